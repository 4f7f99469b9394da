"""What a reader reads: the English that stands in the code, or a language of ``locales/``.

Adding a language is one file, ``locales/<Discord's name of it>.po``: its sentences, the names and descriptions of the
commands, and its plural rule. https://discord.com/developers/docs/reference#locales (2026-11-22)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

import discord
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from babel.units import format_unit
from discord import app_commands

FOLDER = Path(__file__).parents[2] / "locales"
NAME = "name"  # the context of a command's or an option's name: lower case, without spaces

Facts = Mapping[str, str | int]


class Translator:
    """One language. A sentence that it does not have is said in English."""

    def __init__(self, locale: Locale, sentences: NullTranslations) -> None:
        self.locale, self._sentences = locale, sentences

    def __call__(self, text: str, facts: Facts | None = None, /, **more: str | int) -> str:
        """*text* in this language, with its facts filled in; facts are never read as templates."""
        return self._sentences.gettext(text).format_map({**more} if facts is None else facts)

    def plural(self, one: str, many: str, number: int, **facts: str | int) -> str:
        """*one* or *many* by the rule of this language; both may name {number}."""
        return self._sentences.ngettext(one, many, number).format_map({"number": number, **facts})

    def listed(self, texts: list[str]) -> str:
        """One after another, with the comma of this language."""
        return (
            self("{first}, {rest}", first=texts[0], rest=self.listed(texts[1:])) if len(texts) > 1 else "".join(texts)
        )

    def seconds(self, number: int) -> str:
        return format_unit(number, "duration-second", "short", locale=self.locale)

    def minutes(self, number: int) -> str:
        return format_unit(number, "duration-minute", "short", locale=self.locale)

    def name(self, text: str) -> str:
        """The name of a command or an option."""
        return self._sentences.pgettext(NAME, text)


ENGLISH = Translator(Locale("en"), NullTranslations())


@cache
def languages() -> Mapping[str, Translator]:
    """Every language of ``locales/``, by Discord's name of it. Read once, at start."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.po"))}


def _read(file: Path) -> Translator:
    with file.open("rb") as source:
        catalog = read_po(source, locale=file.stem.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translator(Locale.parse(file.stem, sep="-"), Translations(compiled))


def translator_for(locale: str) -> Translator:
    """The language of a Discord locale; English for one that is not there."""
    return languages().get(locale, ENGLISH)


class CommandTranslator(app_commands.Translator):
    """The names and descriptions of commands, as Discord shows them to people of each locale."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        translate = languages().get(locale.value)
        if translate is None:
            return None
        place = app_commands.TranslationContextLocation
        named = context.location in (place.command_name, place.group_name, place.parameter_name)
        text = translate.name(string.message) if named else translate(string.message)
        return None if text == string.message else text
