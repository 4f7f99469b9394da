"""What /help says: what a member can do here, with what is left, and how this server decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cogs.text import phrases
from cogs.text.formatters import quota_line
from cogs.text.i18n import Translator
from cogs.text.models import option_text
from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings
from imagegen.reports import ModelOption, QuotaStatus

CHANNELS = 10  # named at most
Mention = Callable[[str], str]  # of a command: its link, or "" if there is no such command


@dataclass(frozen=True)
class HelpFacts:
    """What is true for one member in one place."""

    quotas: Sequence[QuotaStatus]
    models: Sequence[ModelOption]
    settings: ServerSettings = DEFAULT_SETTINGS
    edits: bool = True  # a model here takes input images
    styles: int = 0
    is_paused: bool = False  # by the operator
    is_server: bool = False  # that the bot is a member of
    is_private: bool = False  # results by default
    is_held: bool = False  # managers look at results first
    is_manager: bool = False
    is_operator: bool = False


def sections(facts: HelpFacts, mention: Mention, translate: Translator) -> list[str]:
    """Return the parts of the card, each with its title, without those that have nothing to say."""
    parts = (
        (phrases.HELP_DO, _actions(facts, mention, translate)),
        (phrases.HELP_LEFT, (quota_line(one, translate) for one in facts.quotas)),
        (phrases.HELP_MODELS, _models(facts, translate)),
        (phrases.HELP_HERE, _here(facts, mention, translate)),
    )
    listed = [(title, [f"- {line}" for line in lines]) for title, lines in parts]
    return ["\n".join([f"**{translate(title)}**", *lines]) for title, lines in listed if lines]


def short(mention: Mention, translate: Translator, *, is_sent: bool) -> str:
    """Return what everybody may read after a mention without words. *is_sent*: the card went to its author."""
    hint = translate(phrases.HELP_SHORT, help=mention("help") or "`/help`")
    return f"{hint}\n-# {translate(phrases.HELP_SENT)}" if is_sent else hint


def _actions(facts: HelpFacts, mention: Mention, translate: Translator) -> Iterator[str]:
    for command, sentence in phrases.HELP_COMMANDS.items():
        if link := mention(command):
            yield translate(sentence, command=link)
        if command == "imagine" and facts.edits:
            yield translate(phrases.HELP_REPLY)
        if command == "imagine":
            yield translate(phrases.HELP_ALTERNATIVES, example="`{red|blue}`")
            yield translate(phrases.HELP_PRIVATE_OPTION)
    if facts.styles:
        yield translate.plural(*phrases.HELP_STYLES, facts.styles)
    if facts.is_server:
        yield translate(phrases.HELP_REPORT)
    yield translate(phrases.HELP_OURS)


def _models(facts: HelpFacts, translate: Translator) -> Iterator[str]:
    for option in facts.models:
        line = option_text(option, translate)
        yield translate(phrases.HELP_DEFAULT_MODEL, model=line) if option.is_default else line


def _here(facts: HelpFacts, mention: Mention, translate: Translator) -> Iterator[str]:
    settings = facts.settings
    if facts.is_paused or settings.paused:
        yield translate(phrases.HELP_PAUSED_BY_OPERATOR if facts.is_paused else phrases.HELP_PAUSED)
    if settings.channels:
        named = translate.nouns([f"<#{channel_id}>" for channel_id in settings.channels[:CHANNELS]])
        more = len(settings.channels) > CHANNELS
        yield translate(phrases.HELP_MORE_CHANNELS if more else phrases.HELP_CHANNELS, channels=named)
    if settings.age_restricted_only:
        yield translate(phrases.HELP_AGE_RESTRICTED)
    if facts.is_private:
        yield translate(phrases.HELP_PRIVATE)
    if facts.is_held:
        yield translate(phrases.HELP_HELD)
    studio = mention("studio/settings") or mention("studio")
    if facts.is_manager and studio:
        yield translate(phrases.HELP_MANAGER, command=studio)
    if facts.is_operator and (operator := mention("operator/status")):
        yield translate(phrases.HELP_OPERATOR, command=operator)
