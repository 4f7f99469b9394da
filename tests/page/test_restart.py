"""A page that stays open while the sandbox is restarted recovers by itself, and says what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import expect

from sandbox.discord import interactions
from sandbox.people import Person
from sandbox.records import Modal
from sandbox.run import Sandbox, sandbox
from sandbox.world import World
from sandbox.world_folder import open_folder
from tests.page.bot_cards import MODALS
from tests.page.house import control_of
from tests.page.opening import Pages
from tests.ports import free_port

AWAY = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 404"


@asynccontextmanager
async def people_of(box: Sandbox) -> AsyncIterator[list[Person]]:
    """Connect to a sandbox's control port, and yield the people."""
    async with control_of(box) as control:
        yield [Person(control, found.id, found.name) for found in box.world.people.values()]


async def test_a_page_that_is_open_through_a_restart_recovers_and_says_so(pages: Pages) -> None:
    port = free_port()
    pages.watch.expect(AWAY)
    async with sandbox(port=port) as box, people_of(box) as people:
        page = await pages.open(people[1], "studio")
        composer = page.get_by_label("Message", exact=True)
        await composer.fill("half a senten")

    await expect(page.get_by_role("status", name="Connection")).to_contain_text("The sandbox does not answer")

    async with sandbox(port=port) as box, people_of(box) as people:
        await expect(page.get_by_role("alert")).to_have_text("The sandbox was restarted. Earlier messages are gone.")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("studio")
        await expect(page.get_by_role("button", name="Act as another person")).to_contain_text("Bo")
        await expect(composer).to_have_value("half a senten")
        await composer.press_sequentially("ce")
        await composer.press("Enter")
        await people[1].see("studio", lambda m: m["content"] == "half a sentence", "the message")
        await expect(page.get_by_role("log")).to_contain_text("half a sentence")


@asynccontextmanager
async def kept_sandbox(port: int, path: Path) -> AsyncIterator[Sandbox]:
    """Run a sandbox whose world is kept in a folder."""
    with open_folder(path) as folder:
        async with sandbox(port=port, set_stage=folder.set_stage) as box, folder.saving(box.world):
            yield box


async def test_a_page_that_is_open_through_a_restart_of_a_kept_world_goes_on(pages: Pages, tmp_path: Path) -> None:
    port = free_port()
    pages.watch.expect(AWAY)
    async with kept_sandbox(port, tmp_path) as box, people_of(box) as people:
        page = await pages.open(people[0], "studio")
        await people[0].say("studio", "said before")
        await expect(page.get_by_role("log")).to_contain_text("said before")

    async with kept_sandbox(port, tmp_path):
        await expect(page.get_by_role("alert")).to_have_text("The sandbox was restarted. You are connected again.")
        await expect(page.get_by_role("log")).to_contain_text("said before")


async def test_what_was_typed_in_a_form_outlives_the_sandbox(pages: Pages) -> None:
    port = free_port()
    pages.watch.expect(AWAY)
    async with sandbox(port=port) as box, people_of(box) as people:
        page = await pages.open(people[1], "studio")
        open_modal(box.world, people[1], "studio")
        await page.get_by_label("Name").fill("typed")

    async with sandbox(port=port):
        await expect(page.get_by_text("This form can no longer be sent.")).to_be_visible()
        await expect(page.get_by_label("Name")).to_have_value("typed")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


def open_modal(world: World, person: Person, channel: str) -> None:
    """Open a form at a person, as if a bot had."""
    found = next(one for one in world.channels.values() if one.name == channel)
    opener = interactions.create(world, world.people[person.id], found, interactions.COMMAND, {})
    world.modals["1"] = Modal("1", person.id, found.id, MODALS["form"], None, opener.id)
    world.changed()
