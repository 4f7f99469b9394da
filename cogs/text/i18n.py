"""Translate the English sentences of the code into the languages of ``locales/``.

To add a language, add one file, ``locales/<Discord's locale>.po``, with its sentences, the names and descriptions of
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
    """Translates into one language. A sentence without a translation stays English."""

    def __init__(self, locale: Locale, sentences: NullTranslations) -> None:
        self.locale, self._sentences = locale, sentences

    def __call__(self, text: str, facts: Facts | None = None, /, **more: str | int) -> str:
        """Return *text* in this language with its facts filled in. Facts are never read as templates."""
        return self._sentences.gettext(text).format_map({**more} if facts is None else facts)

    def plural(self, one: str, many: str, number: int, **facts: str | int) -> str:
        """Return *one* or *many* by the plural rule of this language, with {number} filled in."""
        return self._sentences.ngettext(one, many, number).format_map({"number": number, **facts})

    def listed(self, texts: list[str]) -> str:
        """Return *texts*, which say something each, joined by the comma of this language."""
        return (
            self("{first}, {rest}", first=texts[0], rest=self.listed(texts[1:])) if len(texts) > 1 else "".join(texts)
        )

    def nouns(self, nouns: list[str]) -> str:
        """Return *nouns* joined as this language lists things of one kind: Chinese has a mark of its own for that."""
        return self("{noun}, {nouns}", noun=nouns[0], nouns=self.nouns(nouns[1:])) if len(nouns) > 1 else "".join(nouns)

    def seconds(self, number: int) -> str:
        """Return a duration of *number* seconds, such as "12 sec"."""
        return format_unit(number, "duration-second", "short", locale=self.locale)

    def minutes(self, number: int) -> str:
        """Return a duration of *number* minutes, such as "3 min"."""
        return format_unit(number, "duration-minute", "short", locale=self.locale)

    def name(self, text: str) -> str:
        """Return the name of a command or an option."""
        return self._sentences.pgettext(NAME, text)


ENGLISH = Translator(Locale("en"), NullTranslations())


@cache
def languages() -> Mapping[str, Translator]:
    """Return every language of ``locales/`` by Discord's locale. The files are read once."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.po"))}


def _read(file: Path) -> Translator:
    with file.open("rb") as source:
        catalog = read_po(source)  # its header names the language with its script, or Babel loads 2 MB to find it
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translator(catalog.locale or Locale.parse(file.stem, sep="-"), Translations(compiled))


def translator_for(locale: str) -> Translator:
    """Return the translator for a Discord locale, or the English one."""
    return languages().get(locale, ENGLISH)


class CommandTranslator(app_commands.Translator):
    """Translates the names and descriptions of commands for Discord."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        translate = languages().get(locale.value)
        if translate is None:
            return None
        where = app_commands.TranslationContextLocation
        named = context.location in (where.command_name, where.group_name, where.parameter_name)
        text = translate.name(string.message) if named else translate(string.message)
        return None if text == string.message else text
