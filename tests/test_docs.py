"""The pages for people: their links, headings, commands and make targets exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.ext import commands

import cogs  # noqa: F401  # the commands are known once it is imported
from cogs.server_settings import StudioCommands
from cogs.styles import style
from imagegen.settings import Settings

ROOT = Path(__file__).parent.parent
FOLDERS = (".", ".github", "docs", "docs/decisions", "docs/pictures", "sandbox", "locales")
PAGES = sorted(page.relative_to(ROOT) for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MAKE = re.compile(r"(?:`|^    )make (?!it\b)(\w[\w-]*)", re.MULTILINE)  # "make it night" is a prompt
CODE = re.compile(r"`[^`\n]*`")
TABLE = re.compile(r"<!-- (\w+): .*?<!-- /\1 -->", re.DOTALL)  # written from the code
AVOIDED = re.compile(
    r"\b(pictures?|allowances?|askers?|paint(?:s|ed|ing)?|housekeeper|waiting card|cancell(?:ed|ing)|colours?)\b",
    re.IGNORECASE,
)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    """Return a page without its fenced blocks, which may hold anything."""
    return FENCED.sub("", (ROOT / page).read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    plain = (LINK.sub("", heading).lower() for heading in HEADING.findall(text_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_link_of_a_page_leads_to_something(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if link.startswith(("http", "../../")):  # ../../ leads to GitHub's own pages of the repository
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_make_target_that_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert [target for target in MAKE.findall(text_of(page)) if f"\n{target}:" not in makefile] == []


def test_each_make_target_is_explained_and_phony() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    targets = re.findall(r"^([a-z-]+):(.*)$", makefile, re.MULTILINE)
    phony = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split())
    assert [name for name, rest in targets if name not in phony] == []
    assert [name for name, rest in targets if " ## " not in rest] == []


def test_the_index_lists_each_decision_by_its_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs/decisions").glob("0*.md"))

    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in pages]
    rows = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+?) \| .+\. \|$", index, re.MULTILINE)
    assert [f"# {number}: {title}" for number, _, title in rows] == titles
    assert [name for _, name, _ in rows] == [page.name for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    ours = r"`((?:cogs|imagegen|hosting|sandbox|tests|docs|locales|benchmarks)/[\w./-]*)`"

    assert [name for name in re.findall(ours, text_of(page)) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parts[:2] != ("docs", "pictures")], ids=str)
def test_the_prose_of_a_page_uses_the_words_of_the_glossary(page: Path) -> None:
    prose = text_of(page).split("\n## Words")[0]  # CONTRIBUTING.md lists the words to avoid there
    for others in (TABLE, CODE, re.compile(r'\]\([^)]*\)|src="[^"]*"')):
        prose = others.sub("", prose)

    assert AVOIDED.findall(prose) == []


COMMAND = re.compile(r"`/([a-z][a-z-]*)(?: ([a-z-]+))?(?=[` ])")
PATHS = {"healthz", "metrics", "readyz"}
NO_SETTINGS = {  # of the tests, Discord, and the containers
    "DISCORD_OPENAPI", "MESSAGE_UPDATE", "CODE_OF_CONDUCT", "MOVE_TO", "CHANNEL_LINK", "POSTGRES_PASSWORD",
}  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if "decisions" not in page.parts], ids=str)
def test_each_setting_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", text_of(page))) - NO_SETTINGS

    assert [name for name in named if name.lower() not in Settings.model_fields] == []


def commands_of_the_bot() -> dict[str, set[str]]:
    """Return the names of all slash commands, each with the names of its subcommands."""
    found: dict[str, set[str]] = {}
    for cog in _subclasses(commands.Cog):
        names = {command.name for command in cog.__cog_app_commands__}
        if issubclass(cog, commands.GroupCog):
            found[str(cog.__cog_group_name__)] = names
        else:
            found |= {name: set() for name in names}
    found[str(StudioCommands.__cog_group_name__)].add(style.name)  # joins the group when the bot starts
    return found


def _subclasses(kind: type[commands.Cog]) -> Iterator[type[commands.Cog]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("cogs."):
            yield one
        yield from _subclasses(one)


@pytest.mark.parametrize("page", [page for page in PAGES if "pictures" not in page.parts], ids=str)
def test_each_command_that_a_page_names_exists(page: Path) -> None:
    known = commands_of_the_bot()
    named = [found.groups() for found in COMMAND.finditer(text_of(page)) if found[1] not in PATHS]

    assert "imagine" in known
    assert "grant" in known["studio"]
    assert [name for name, _ in named if name not in known] == []
    assert [sub for name, sub in named if sub and known[name] and sub not in known[name]] == []
