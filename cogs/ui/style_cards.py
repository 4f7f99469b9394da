"""The private cards by which managers see and change the styles of their server, and the form of a style's texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import plain, shortened
from cogs.text.models import full_name
from cogs.ui.form_choices import ASPECT_RATIOS
from cogs.ui.ids import StyleVerb, style_choice_id, style_form_id, style_id, style_part_id
from cogs.ui.limits import CARD_CHARS, OPTION_CHARS, SELECT_OPTIONS
from cogs.ui.modals import Form, text_field
from cogs.ui.model_choices import DEFAULT, ModelField
from cogs.ui.views import ACCENT, Card
from imagegen.image_request import AspectRatio, ImageRequest
from imagegen.policy.styles import MAX_REFERENCES, MAX_STYLES, NAME_CHARS, NEGATIVE_CHARS, WORDS_CHARS, Style
from imagegen.reports import ModelOption, RequestLimits

INTRO = "**Styles** · {number} of {limit}\nMembers choose one with `style:` or in a form. Only managers see this list."
NO_STYLES = "No styles yet. A style adds your text to a member's prompt."
CHOOSE = "Choose a style to see or change"
TEXTS: Mapping[str, str] = {
    "negative_prompt": "Negative prompt: {text}",
}
LABELS: Mapping[StyleVerb, tuple[str, discord.ButtonStyle]] = {
    StyleVerb.ADD: ("Add a style", discord.ButtonStyle.primary),
    StyleVerb.EDIT: ("Edit texts and images", discord.ButtonStyle.primary),
    StyleVerb.BARE: ("Remove images", discord.ButtonStyle.secondary),
    StyleVerb.DELETE: ("Delete this style", discord.ButtonStyle.danger),
    StyleVerb.LIST: ("All styles", discord.ButtonStyle.secondary),
}
NAME_SHOWN, TEXT_SHOWN = 60, 500
STYLED, THE_PROMPT = "Prompt: {text}", "…"
ANY_RATIO = "Any aspect ratio"
ANY_MODEL = "Any model"
NOT_OFFERED = "-# The {model} model isn't offered now. Requests in this style use the default."


def style_list(styles: Sequence[Style], translate: Translator = ENGLISH) -> ui.LayoutView:
    """Draw the list of a server's styles, with selects that open one and a button that adds one."""
    lines = [translate(INTRO, number=len(styles), limit=MAX_STYLES), *(_line(style, translate) for style in styles)]
    if not styles:
        lines.append(translate(NO_STYLES))
    card = _card(shortened("\n".join(lines), CARD_CHARS - 500))
    for first in range(0, min(len(styles), MAX_STYLES), SELECT_OPTIONS):
        options = [
            discord.SelectOption(label=style.name, value=str(style.id))
            for style in styles[first : first + SELECT_OPTIONS]
        ]
        chosen = ui.Select[Any](
            custom_id=style_choice_id(first // SELECT_OPTIONS), placeholder=translate(CHOOSE), options=options
        )
        card.add_item(ui.ActionRow(chosen))
    if len(styles) < MAX_STYLES:
        card.add_item(ui.ActionRow(_button(StyleVerb.ADD, 0, translate)))
    return _view(card)


def style_card(
    style: Style, models: Sequence[ModelOption], limits: RequestLimits, translate: Translator = ENGLISH
) -> ui.LayoutView:
    """Draw a style, with selects of its aspect ratio and model and the buttons that change it."""
    card = _card("\n".join(_about(style, models, translate)))
    card.add_item(ui.ActionRow(_ratios(style, limits, translate)))
    if len(models) > 1:
        card.add_item(ui.ActionRow(_models(style, models, translate)))
    verbs = [StyleVerb.EDIT, *([StyleVerb.BARE] if style.references else []), StyleVerb.DELETE, StyleVerb.LIST]
    card.add_item(ui.ActionRow(*(_button(verb, style.id, translate) for verb in verbs)))
    return _view(card)


def chosen_part(name: str, text: str) -> Any:
    """Return the value of a style's select; None for any. ValueError for an aspect ratio that there is none of."""
    if text == DEFAULT:
        return None
    return AspectRatio(text) if name == "aspect_ratio" else text


class StyleForm(Form):
    """Ask for the name, the words and the images of a style."""

    def __init__(self, style: Style, nonce: int, *, takes_images: bool, translate: Translator = ENGLISH) -> None:
        super().__init__(translate("Edit style" if style.id else "Add a style"), style_form_id(style.id, nonce))
        name: ui.TextInput[Any] = ui.TextInput(custom_id="name", default=style.name, max_length=NAME_CHARS)
        self._ask(translate("Name"), name)
        for field, label, example, limit in (
            ("before", "Text before the prompt", "Such as: a woodblock print of", WORDS_CHARS),
            ("after", "Text after the prompt", "Such as: , flat colors", WORDS_CHARS),
            ("negative_prompt", "Negative prompt", "Such as: text, people", NEGATIVE_CHARS),
        ):
            text = text_field(field, getattr(style, field), limit, required=False)
            text.placeholder = translate(example)
            self._ask(translate(label), text)
        if takes_images:
            more: ui.FileUpload[Any] = ui.FileUpload(
                custom_id="more", required=False, min_values=0, max_values=MAX_REFERENCES
            )
            kept = translate("They replace the images it has") if style.references else None
            self._ask(translate("Reference images"), more, kept)


def facts_of(style: Style, translate: Translator) -> str:
    """Return what a style decides besides its words, such as "16:9 wide, Draft (z-image-turbo), 2 images"."""
    parts = [] if style.aspect_ratio is None else [translate(ASPECT_RATIOS[style.aspect_ratio])]
    parts += [] if style.model is None else [plain(full_name(style.model, translate))]
    if style.references:
        parts.append(translate.plural("{number} image", "{number} images", len(style.references)))
    return translate.listed(parts)


def _line(style: Style, translate: Translator) -> str:
    facts = facts_of(style, translate)
    name = shortened(plain(style.name), NAME_SHOWN)
    return f"- {name} · {facts}" if facts else f"- {name}"


def _about(style: Style, models: Sequence[ModelOption], translate: Translator) -> list[str]:
    lines = [f"**{plain(style.name)}**"]
    if style.before or style.after:
        before, after = (shortened(text, TEXT_SHOWN) for text in (style.before, style.after))
        text = ImageRequest(THE_PROMPT, style_before=before, style_after=after).whole_prompt
        lines.append(translate(STYLED, text=plain(text)))
    for name, sentence in TEXTS.items():
        if text := getattr(style, name):
            lines.append(translate(sentence, text=shortened(plain(text), TEXT_SHOWN)))
    if style.references:
        lines.append(translate.plural("{number} image", "{number} images", len(style.references)))
    if style.model not in (None, *(option.model for option in models)):
        lines.append(translate(NOT_OFFERED, model=plain(full_name(style.model or "", translate))))
    return lines


def _ratios(style: Style, limits: RequestLimits, translate: Translator) -> ui.Select[Any]:
    offered = [ratio for ratio in ASPECT_RATIOS if ratio in limits.aspect_ratios]
    options = [
        discord.SelectOption(label=translate(ASPECT_RATIOS[ratio]), value=ratio, default=ratio is style.aspect_ratio)
        for ratio in offered
    ]
    usual = style.aspect_ratio not in offered
    return ui.Select(
        custom_id=style_part_id("aspect_ratio", style.id), options=[_any(ANY_RATIO, usual, translate), *options]
    )


def _models(style: Style, models: Sequence[ModelOption], translate: Translator) -> ui.Select[Any]:
    """Return the select of a style's model: also the default is named, so that the style keeps it."""
    named = [ModelOption(**{**vars(option), "is_default": False}) for option in models]
    select = ModelField(named, style.model).select(translate)
    known = any(option.default for option in select.options)
    select.custom_id = style_part_id("model", style.id)
    select.options = [_any(ANY_MODEL, not known, translate), *select.options[: SELECT_OPTIONS - 1]]
    return select


def _any(label: str, chosen: bool, translate: Translator) -> discord.SelectOption:
    return discord.SelectOption(label=shortened(translate(label), OPTION_CHARS), value=DEFAULT, default=chosen)


def _button(verb: StyleVerb, its_id: int, translate: Translator) -> ui.Button[Any]:
    label, look = LABELS[verb]
    return ui.Button(label=translate(label), style=look, custom_id=style_id(verb, its_id))


def _card(text: str) -> ui.Container[ui.LayoutView]:
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay(text))
    return card


def _view(card: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    view = Card()
    view.add_item(card)
    return view
