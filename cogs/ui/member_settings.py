"""The card of a member's own settings: a select for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import ENGLISH, Translator, languages
from cogs.text.markdown import plain, shortened
from cogs.text.models import full_name
from cogs.ui.form_choices import ASPECT_RATIOS
from cogs.ui.ids import setting_id
from cogs.ui.limits import OPTION_CHARS
from cogs.ui.model_choices import DEFAULT, ModelField
from cogs.ui.views import ACCENT, Card
from imagegen.image_request import AspectRatio
from imagegen.policy.member_settings import MemberSettings
from imagegen.reports import ModelOption, RequestLimits

INTRO = (
    "**Your settings**\n"
    "They apply to your requests in every server and in direct messages, unless you name something else."
)
TITLES: Mapping[str, str] = {
    "aspect_ratio": "**Aspect ratio**\n-# Edits keep the first image's aspect ratio",
    "model": "**Model**\n-# For requests that this model takes",
    "count": "**Number of images**\n-# Fewer if the model or your quota allows fewer",
    "private": "**Who sees your results**",
    "language": "**Language**\n-# Of the answers that only you see",
}
NOT_OFFERED = "-# The {model} model isn't offered now. Your requests use the default."
USUAL = "Default"
SERVER_DECIDES = "as the server decides"
CLIENT_DECIDES = "as in your Discord"
PRIVATE = {"yes": "Only you, until you share them", "no": "Everyone in the channel"}
ENGLISH_LOCALE = "en-US"


@dataclass(frozen=True)
class Offered:
    """What members can choose here: the models, the default first, and what all of them take together."""

    models: Sequence[ModelOption]
    limits: RequestLimits


def settings_card(settings: MemberSettings, offered: Offered, translate: Translator = ENGLISH) -> ui.LayoutView:
    """Draw a member's settings, with a select for each that leaves a choice here."""
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay(translate(INTRO)))
    for name, select in _selects(settings, offered, translate).items():
        card.add_item(ui.TextDisplay("\n".join([translate(TITLES[name]), *_notes(name, settings, offered, translate)])))
        card.add_item(ui.ActionRow(select))
    view.add_item(card)
    return view


def chosen_value(name: str, text: str) -> object:
    """Return the value of a setting that a select names; None for the default. KeyError or ValueError for another."""
    if text == DEFAULT:
        return None
    if name == "private":
        return {"yes": True, "no": False}[text]
    if name == "language" and text not in _languages():
        raise ValueError("no language of this bot")
    return int(text) if name == "count" else text


def _selects(settings: MemberSettings, offered: Offered, translate: Translator) -> dict[str, ui.Select[Any]]:
    ratios = {ratio.value: translate(ASPECT_RATIOS[ratio]) for ratio in _ratios(offered.limits)}
    counts = {str(number): str(number) for number in range(1, offered.limits.max_count + 1)}
    seen = {value: translate(text) for value, text in PRIVATE.items()}
    chosen = {None: None, True: "yes", False: "no"}[settings.private]
    found = {
        "aspect_ratio": _select(
            "aspect_ratio", ratios, settings.aspect_ratio, translate(ASPECT_RATIOS[AspectRatio.SQUARE]), translate
        )
    }
    if len(offered.models) > 1:
        found["model"] = _models(settings.model, offered.models, translate)
    if len(counts) > 1:
        found["count"] = _select("count", counts, settings.count, "1", translate)
    found["private"] = _select("private", seen, chosen, translate(SERVER_DECIDES), translate)
    found["language"] = _select("language", _languages(), settings.language, translate(CLIENT_DECIDES), translate)
    return found


def _select(name: str, choices: Mapping[str, str], chosen: object, usual: str, translate: Translator) -> ui.Select[Any]:
    known = str(chosen) if chosen is not None and str(chosen) in choices else DEFAULT
    options = [
        discord.SelectOption(label=shortened(label, OPTION_CHARS), value=value, default=value == known)
        for value, label in choices.items()
    ]
    return ui.Select(custom_id=setting_id(name), options=[_usual(usual, translate, known == DEFAULT), *options])


def _models(chosen: str | None, models: Sequence[ModelOption], translate: Translator) -> ui.Select[Any]:
    select = ModelField(models, chosen).select(translate)
    select.custom_id = setting_id("model")
    if not any(option.value == DEFAULT for option in select.options):  # Wan refuses the default now
        known = any(option.default for option in select.options)
        select.options = [_usual("", translate, not known), *select.options[:-1]]
    return select


def _usual(what: str, translate: Translator, chosen: bool) -> discord.SelectOption:
    return discord.SelectOption(label=translate(USUAL), description=what or None, value=DEFAULT, default=chosen)


def _notes(name: str, settings: MemberSettings, offered: Offered, translate: Translator) -> list[str]:
    """Return what to say of a chosen model that is not offered now."""
    if name != "model" or settings.model in (None, *(option.model for option in offered.models)):
        return []
    return [translate(NOT_OFFERED, model=plain(full_name(settings.model or "", translate)))]


def _ratios(limits: RequestLimits) -> list[AspectRatio]:
    return [ratio for ratio in ASPECT_RATIOS if ratio in limits.aspect_ratios and ratio is not AspectRatio.SAME]


def _languages() -> dict[str, str]:
    """Return each language of the bot by Discord's locale, in its own name."""
    known = {ENGLISH_LOCALE: ENGLISH, **languages()}
    return {name: translator.locale.get_display_name() or name for name, translator in known.items()}
