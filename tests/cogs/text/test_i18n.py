"""Every sentence, command and option is translated into every language of ``locales/``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import discord
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from discord import app_commands
from discord.ext.commands import GroupCog

from cogs.album import AlbumCommand
from cogs.characters import CharacterCommands
from cogs.gallery import Gallery
from cogs.help import Help
from cogs.imagine import Imagine
from cogs.member_settings import MemberSettingsCommand
from cogs.mentions import edit_image
from cogs.my_data import MyData
from cogs.operator import Operator
from cogs.part_edits import edit_a_part
from cogs.provenance import is_this_ours
from cogs.quota import Quota
from cogs.reports import report_image
from cogs.server_settings import StudioCommands
from cogs.story import Story
from cogs.styles import style
from cogs.text.i18n import ENGLISH, FOLDER, NAME, CommandTranslator, translator_for
from imagegen.image_request import Quality

ROOT = FOLDER.parent


def _group(cog: GroupCog) -> app_commands.Group:
    assert isinstance(cog.app_command, app_commands.Group)
    return cog.app_command


FILES = sorted(FOLDER.glob("*.po"))
COMMANDS: tuple[Any, ...] = (
    *Imagine.__cog_app_commands__,
    *Story.__cog_app_commands__,
    *Quota.__cog_app_commands__,
    *Gallery.__cog_app_commands__,
    *AlbumCommand.__cog_app_commands__,
    *MyData.__cog_app_commands__,
    *MemberSettingsCommand.__cog_app_commands__,
    _group(CharacterCommands()),
    *Help.__cog_app_commands__,
    _group(Operator()),
    _group(StudioCommands()),
    style,
    edit_image,
    edit_a_part,
    is_this_ours,
    report_image,
)

# A text with a capital or a space is for people, except these, which machines or the log read.
NOT_READ_BY_PEOPLE = re.compile(r"w1:|attachment://|https?://|/wanvas-|wanvas-|[A-Z_]+\Z|[a-z_]+:|y?M+d?\Z")
CALLS_WITHOUT_SENTENCES = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "bound_contextvars",
    "TypeVarTuple",
    "compile",
    "fullmatch",
    "search",
}
TYPE_CALLS = {"TypeVar", "TypeVarTuple", "ParamSpec"}


NAMES_ONLY = {"discord_private.py"}  # its texts are names in discord.py, for the operator's log


def catalog(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=file.stem.replace("-", "_"))


def literals_in(tree: ast.AST) -> Iterator[str]:
    """Yield the literals of a module that people read. Skip docstrings, log lines, types and raised errors."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Raise) or (isinstance(node, ast.keyword) and node.arg in ("name", "custom_id")):
            continue
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in CALLS_WITHOUT_SENTENCES | TYPE_CALLS
        ):
            continue
        if isinstance(node, ast.JoinedStr):
            yield from literals_in_template(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        else:
            yield from literals_in(node)


def literals_in_template(node: ast.JoinedStr) -> Iterator[str]:
    """Yield the text of an f-string, which cannot be translated, so that the test reports the text as missing."""
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            yield from literals_in(value)
        elif re.search(r"[A-Za-z]{2,} [a-z]", str(value.value)):  # type: ignore[attr-defined]  # a Constant
            yield str(value.value)  # type: ignore[attr-defined]  # a Constant


def sentences() -> set[str]:
    files = [file for file in sorted((ROOT / "cogs").rglob("*.py")) if file.name not in NAMES_ONLY]
    literals = [text for file in files for text in literals_in(ast.parse(file.read_text()))]
    names = {"Delivery", "AppContext", "AppBot"}  # what cogs/__init__.py exports
    return {
        text
        for text in literals
        if re.search(r"[a-z] |\} [a-z]|[A-Z][a-z]", text) and not NOT_READ_BY_PEOPLE.match(text)
    } - names


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def translated(message: Message) -> list[tuple[str, str]]:
    """Return each form of a message with its translation."""
    if isinstance(message.id, tuple | list):
        return [(text, translation) for text in message.id for translation in message.string or ()]
    return [(str(message.id), str(message.string or ""))]


def test_simplified_chinese_is_a_supported_language() -> None:
    assert "zh-CN" in [file.stem for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_sentence_of_the_cogs_is_in_the_catalog(file: Path) -> None:
    known = {text for message in catalog(file) if message.id for text, _ in translated(message)}

    assert sentences() - known == set(), f"add these to locales/{file.name}, or to NOT_READ_BY_PEOPLE"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_translation_is_missing_or_unused(file: Path) -> None:
    messages = catalog(file)
    literals = {text for path in sorted((ROOT / "cogs").rglob("*.py")) for text in strings_of(path)}

    for message in messages:
        if not message.id:
            continue
        assert all(text.strip() for _, text in translated(message)), f"no translation: {message.id}"
        assert message.fuzzy is False, f"fuzzy: {message.id}"
        assert {message.id if isinstance(message.id, str) else message.id[0]} <= literals, (
            f"not in the code: {message.id}"
        )


def strings_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.arg):
            yield node.arg if isinstance(node, ast.arg) else node.name
    yield from Quality


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_translation_has_the_placeholders_of_its_sentence(file: Path) -> None:
    for message in catalog(file):
        for text, translation in translated(message) if message.id else []:
            assert placeholders(translation) <= placeholders(text), text
            if not isinstance(message.id, tuple):
                assert placeholders(translation) == placeholders(text), text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_every_command_and_option_is_named_and_described_in_each_language(file: Path) -> None:
    translator, locale = CommandTranslator(), discord.Locale(file.stem)

    for command in COMMANDS:
        payload = await command.get_translated_payload(_tree(translator), translator)
        for part in commands_and_options(payload):
            assert locale.value in part["name_localizations"], part["name"]
            if part.get("description"):
                assert locale.value in part["description_localizations"], part["description"]
            assert all(locale.value in choice["name_localizations"] for choice in part.get("choices", [])), part["name"]


def commands_and_options(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a command with its options, or a group with its commands and their options."""
    yield payload
    for option in payload.get("options", []):
        yield from commands_and_options(option)


def _tree(translator: CommandTranslator) -> app_commands.CommandTree[discord.Client]:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    tree._state._translator = translator
    return tree


def test_a_locale_without_a_translation_file_uses_english() -> None:
    assert translator_for("fr") is ENGLISH
    assert translator_for("en-US")("Canceled. It didn't use your quota.") == "Canceled. It didn't use your quota."


def test_facts_are_filled_into_the_translation() -> None:
    assert translator_for("zh-CN")("{shown} used", shown=3) == "用了 3 张"


def test_command_names_are_translated_apart_from_sentences() -> None:
    assert NAME == "name"
    assert translator_for("zh-CN").name("imagine") != translator_for("zh-CN")("imagine")
