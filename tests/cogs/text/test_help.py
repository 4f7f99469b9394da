"""The card of /help says what was decided here, and nothing about commands that there are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from cogs.text.help import CHANNELS, HelpFacts, sections
from cogs.text.i18n import ENGLISH, translator_for
from imagegen.policy.server_settings import ServerSettings
from imagegen.reports import QuotaStatus

QUOTA = QuotaStatus("member", 100, 400, 2000, datetime(2026, 11, 24, tzinfo=UTC))
PLAIN = HelpFacts(quotas=[QUOTA], models=[])


def said(facts: HelpFacts, commands: str = "imagine") -> str:
    return "\n".join(sections(facts, lambda name: f"</{name}:1>" if name in commands.split(",") else "", ENGLISH))


def test_nothing_is_said_of_commands_that_there_are_not() -> None:
    text = said(replace(PLAIN, edits=False, is_manager=True, is_operator=True))

    assert text.startswith("**What you can do here**\n- </imagine:1> generates images")
    assert "- With `private:`, only you see the results" in text
    for word in ("</story", "</album", "Report image", "Edit image", "Models", "Good to know", "styles"):
        assert word not in text


def test_what_is_easily_missed_is_named() -> None:
    text = said(PLAIN, "imagine,gallery,album")

    for words in ("starred with ★", "</album:1>", "Apps ▸ Is this ours?"):
        assert words in text


def test_decisions_of_the_server_and_the_operator_are_named() -> None:
    here = ServerSettings(channels=(1, 2), age_restricted_only=True, paused=True)
    facts = replace(
        PLAIN, settings=here, styles=2, is_server=True, is_private=True, is_held=True, is_manager=True, is_operator=True
    )

    text = said(facts, "imagine,studio/settings,operator/status")

    for line in (
        "This server has 2 styles: choose one with `style:`",
        "A manager has paused the bot in this server",
        "In this server, I work in <#1>, <#2>",
        "In this server, I only work in age-restricted channels",
        "Apps ▸ Report image, on a message, reports an image to the managers of this server",
        "Your results here are shown only to you, until you share them. Stories can't be shared",
        "Managers look at your results here before they're shown. That can take up to 23 hours",
        "You manage this server: </studio/settings:1>",
        "You operate this bot: </operator/status:1>",
    ):
        assert f"- {line}" in text
    assert "The bot's operator has paused the bot" in said(replace(facts, is_paused=True))


def test_of_many_channels_some_are_named() -> None:
    text = said(replace(PLAIN, settings=ServerSettings(channels=tuple(range(CHANNELS + 1)))))

    assert f"<#{CHANNELS - 1}> and more" in text
    assert f"<#{CHANNELS}>" not in text


def test_the_longest_card_fits_into_a_message() -> None:
    channels = tuple(2**63 - number for number in range(50))
    facts = HelpFacts(
        [QUOTA] * 6,
        [],
        ServerSettings(channels=channels, paused=True, age_restricted_only=True),
        styles=50,
        is_server=True,
    )

    for translate in (ENGLISH, translator_for("zh-CN")):
        everything = sections(
            replace(facts, is_paused=True, is_private=True, is_held=True, is_manager=True, is_operator=True),
            lambda name: f"</{name}:{2**63}>",
            translate,
        )
        assert len("\n\n".join(everything)) < 3000  # with room for the models
