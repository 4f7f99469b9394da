"""The sandbox's README names files, calls and settings that exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sandbox.actions import Actions
from sandbox.calls import CALLS
from sandbox.clock import Clock
from sandbox.discord.gateway import Gateway
from sandbox.faults import Faults
from sandbox.panel_api import PanelApi
from sandbox.record import Record
from sandbox.records import DiscordSettings
from sandbox.setup_api import SetupApi
from sandbox.wan.app import WAN, make_app
from sandbox.wan.state import Settings
from sandbox.world import World

FOLDER = Path(__file__).parents[2] / "sandbox"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py|(?:[a-z_]+/)+)`", README)))


@pytest.mark.parametrize("name", NAMED)
def test_each_file_that_the_readme_names_exists(name: str) -> None:
    assert (FOLDER / name).exists()


def test_the_readme_names_every_file_at_the_top_of_the_sandbox() -> None:
    files = {path.name for path in FOLDER.glob("*.py") if not path.name.startswith("__")}

    assert files <= set(NAMED)


@pytest.mark.parametrize("room", ["discord", "wan"])
def test_each_question_about_a_room_is_answered_with_files_of_that_room(room: str) -> None:
    title = {"discord": "Discord", "wan": "Wan"}[room]
    section = README.partition(f"## Where does the local {title} decide")[2].partition("\n## ")[0]
    rows = [
        line for line in section.splitlines() if line.startswith("| ") and "---" not in line and "question" not in line
    ]

    assert len(rows) >= 6
    assert [row for row in rows if f"`{room}/" not in row] == []


def test_the_readme_lists_every_call_of_people_and_of_the_stage() -> None:
    world = World(Clock())
    paths = {*Actions(world).routes(), *SetupApi(world).routes()}

    assert [path for path in sorted(paths) if f"`POST {path}`" not in README] == []


def test_the_readme_lists_every_call_of_the_panel() -> None:
    world, faults, record = World(Clock()), Faults(), Record()
    wan = make_app(key="key", clock=world.clock, faults=faults, record=record)[WAN]
    panel = PanelApi(world, Gateway(world, faults, record, "token"), wan, faults, record, lambda: None)
    calls = [*(f"POST {path}" for path in panel.posts()), *(f"GET {path}" for path in panel.gets())]

    assert [call for call in calls if f"`{call}" not in README] == []


@pytest.mark.parametrize(("path", "settings"), [("/wan/settings", Settings), ("/discord/settings", DiscordSettings)])
def test_the_readme_lists_every_setting(path: str, settings: type[Settings | DiscordSettings]) -> None:
    (listed,) = re.findall(rf"`POST {path}` `{{(.*?)}}`", README)

    assert {name.removesuffix("?") for name in listed.split(", ")} == {field.name for field in fields(settings)}


@pytest.mark.parametrize("path", sorted(CALLS))
def test_the_readme_lists_the_fields_of_each_call(path: str) -> None:
    listed = README.partition(f"`POST {path}` `{{")[2].partition("}`")[0]
    taken = {name: field.is_required() for name, field in CALLS[path].model_fields.items() if name != "tab"}

    found = {name: re.search(rf"(?<![a-z_]){name}(\??)", listed) for name in taken}

    assert [name for name, match in found.items() if match is None] == []
    assert {name: not match[1] for name, match in found.items() if match} == taken
