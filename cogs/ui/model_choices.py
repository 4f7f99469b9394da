"""The models that members choose from: suggestions for an option, the select of a form, and what they chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui
from discord.app_commands import Choice

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import shortened
from cogs.text.models import WORDS, option_facts, option_name, option_text
from cogs.ui.limits import OPTION_CHARS, SELECT_OPTIONS, SUGGESTIONS
from imagegen.policy.validation import clean_text
from imagegen.reports import ModelOption

FIELD = "model"
DEFAULT = "default"  # the value of the choice that names no model


def value_of(option: ModelOption) -> str:
    """Return the value of a choice."""
    return DEFAULT if option.is_default else option.model


def suggestions(options: Sequence[ModelOption], typed: str, translate: Translator) -> list[Choice[str]]:
    """Return the choices whose text or model contains what was *typed*."""
    wanted = typed.strip().casefold()
    texts = {value_of(option): option_text(option, translate) for option in options}
    found = [option for option in options if wanted in f"{texts[value_of(option)]} {option.model}".casefold()]
    return [
        Choice(name=shortened(texts[value_of(option)], OPTION_CHARS), value=value_of(option))
        for option in found[:SUGGESTIONS]
    ]


def chosen_model(text: str | None, options: Sequence[ModelOption], translate: Translator) -> str | None:
    """Return the model that an option of a command names; None for the default.

    Clients may send the text of a suggestion, or what a member typed, instead of the suggestion's value.
    https://github.com/discord/discord-api-docs/issues/7206 (2024-10-11). A word of several models names the default or
    else the one that uses the least. The service refuses an unknown name.
    """
    named = clean_text(text or "").strip()
    for option in sorted(options, key=lambda option: (not option.is_default, option.weight)):
        names = {value_of(option), option.model}
        for each in (translate, ENGLISH):
            names |= {option_name(option, each), option_text(option, each), each(WORDS[option.intent])}
        if named.casefold() in {name.casefold() for name in names}:
            return None if option.is_default else option.model
    return None if named in ("", DEFAULT) else named


@dataclass(frozen=True)
class ModelField:
    """The choice of a model in a form. *chosen* is selected; the default, if that model cannot be chosen or is None.

    If there is no default, because Wan refuses it now, nothing is selected: the member chooses a model by its price.
    """

    options: Sequence[ModelOption] = ()
    chosen: str | None = None
    held: Sequence[str] = ()  # in words: parts of the request that have no field, and that not every model takes

    @property
    def is_needed(self) -> bool:
        """Return whether there is something to choose. A model that is no default is named, also if it is alone."""
        return len(self.options) > 1 or any(not option.is_default for option in self.options)

    def select(self, translate: Translator) -> ui.Select[Any]:
        """Return the select of a form, with what each model is good for and uses of a quota."""
        known = self.chosen in [option.model for option in self.options]
        drawn = [
            discord.SelectOption(
                label=shortened(option_name(option, translate), OPTION_CHARS),
                description=shortened(option_facts(option, translate), OPTION_CHARS),
                value=value_of(option),
                default=option.model == self.chosen if known else option.is_default,
            )
            for option in self.options[:SELECT_OPTIONS]
        ]
        return ui.Select(custom_id=FIELD, options=drawn)
