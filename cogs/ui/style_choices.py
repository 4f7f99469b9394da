"""The styles that members choose from: suggestions for an option, and the select of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import discord
from discord import ui

from cogs.text.i18n import Translator
from cogs.text.markdown import shortened
from cogs.text.models import CHOICE, priced, word_of
from cogs.ui.limits import OPTION_CHARS, SELECT_OPTIONS
from imagegen.policy.styles import Style, folded_name
from imagegen.reports import ModelOption

NO_STYLE = "No style"
AS_IT_WAS = "{name}, as it was"


def suggested(styles: Sequence[Style], typed: str) -> list[Style]:
    """Return the styles whose names contain what was *typed*."""
    wanted = folded_name(typed)
    return [style for style in styles if wanted in folded_name(style.name)]


def style_text(style: Style, models: Sequence[ModelOption], translate: Translator) -> str:
    """Return a style in one line, with its model and what that uses of a quota if the style has one."""
    facts = _price(style, models, translate)
    return shortened(translate(CHOICE, name=style.name, facts=facts) if facts else style.name, OPTION_CHARS)


def _price(style: Style, models: Sequence[ModelOption], translate: Translator) -> str:
    weights = {option.model: option.weight for option in models}
    if style.model not in weights:
        return ""
    return priced(word_of(style.model or "", translate), weights[style.model or ""], translate)


@dataclass(frozen=True)
class StyleField:
    """The choice of a style in a form: the last changed ones, if the server has more than a select takes.

    *chosen* is selected; or *held*, the name of the style that the request has, as it was then.
    """

    FIELD: ClassVar[str] = "style"
    NONE: ClassVar[str] = "none"
    HELD: ClassVar[str] = "held"

    styles: Sequence[Style] = ()
    models: Sequence[ModelOption] = ()
    chosen: int | None = None
    held: str = ""

    @property
    def is_needed(self) -> bool:
        """Return whether there is something to choose."""
        return bool(self.styles or self.held)

    def select(self, translate: Translator) -> ui.Select[Any]:
        """Return the select of a form."""
        known = self.chosen in [style.id for style in self.styles]
        first = [discord.SelectOption(label=translate(NO_STYLE), value=self.NONE, default=not known and not self.held)]
        if self.held:
            label = shortened(translate(AS_IT_WAS, name=self.held), OPTION_CHARS)
            first.insert(0, discord.SelectOption(label=label, value=self.HELD, default=not known))
        shown = [style for style in self.styles if style.id == self.chosen]
        others = [style for style in self.styles if style.id != self.chosen]
        options = [self._option(style, translate) for style in (*shown, *others)]
        return ui.Select(custom_id=self.FIELD, options=[*first, *options][:SELECT_OPTIONS])

    def _option(self, style: Style, translate: Translator) -> discord.SelectOption:
        price = _price(style, self.models, translate)
        return discord.SelectOption(
            label=style.name,
            description=shortened(price, OPTION_CHARS) if price else None,
            value=str(style.id),
            default=style.id == self.chosen,
        )
