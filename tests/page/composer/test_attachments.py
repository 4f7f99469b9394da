"""Attachments: picked, pasted and dropped, shown with their size, removed, and sent with a message or a command."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
from playwright.async_api import FilePayload, Locator, Page, Route, expect

from sandbox.run import sandbox
from tests.page.composer.composing import attach, hand_over, image, message_field, offered, option, ready
from tests.page.house import PageHouse
from tests.page.opening import Pages, intercept
from tests.page.test_restart import AWAY, people_of
from tests.page.watch import Watch
from tests.ports import free_port

MB = 1024 * 1024
IS_GONE = """(url) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done(false);
    image.onerror = () => done(true);
    image.src = url;
})"""


def tray(page: Page) -> Locator:
    return page.get_by_role("list", name="Attachments").get_by_role("listitem")


def text_file(name: str, size: int = 2048) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=b"x" * size)


async def test_files_are_picked_pasted_and_dropped_and_sent(house: PageHouse, page: Page, room: str) -> None:
    await attach(page, image("picked.png"))
    await hand_over(page, "paste", image("image.png"))
    await hand_over(page, "dragover", text_file("dropped.txt"))
    await expect(page.get_by_text("Drop files to attach them in #")).to_be_visible()
    await hand_over(page, "drop", text_file("dropped.txt"))
    await expect(page.get_by_text("Drop files to attach them in #")).to_be_hidden()
    await expect(tray(page).filter(has_text="dropped.txt")).to_contain_text("2 KB")
    await message_field(page).press("Enter")

    found = await house.ana.see(room, lambda m: len(m["attachments"]) == 3, "three files")
    assert [one["filename"] for one in found["attachments"]] == ["picked.png", "image.png", "dropped.txt"]
    await expect(tray(page)).to_have_count(0)


async def test_a_file_is_removed_by_mouse_and_by_keyboard_and_its_address_is_revoked(page: Page, watch: Watch) -> None:
    watch.expect("ERR_FILE_NOT_FOUND")
    await attach(page, image("one.png"), image("two.png"), image("three.png"))
    address = await tray(page).nth(1).locator("img").get_attribute("src")

    await page.get_by_role("button", name="Remove two.png").click()
    await expect(page.get_by_role("button", name="Remove three.png")).to_be_focused()
    await page.keyboard.press("Delete")
    await page.keyboard.press("Enter")

    await expect(tray(page)).to_have_count(0)
    await expect(message_field(page)).to_be_focused()
    assert await page.evaluate(IS_GONE, address)


async def test_a_spoiler_and_its_alt_text_are_sent(house: PageHouse, page: Page, room: str) -> None:
    await attach(page, image("ending.png"))
    await page.get_by_role("button", name="Spoiler: ending.png").click()
    await page.get_by_role("button", name="Alt text: ending.png").click()
    await page.get_by_label("Alt text", exact=True).fill("The butler")
    await page.get_by_role("button", name="Save").click()
    await expect(message_field(page)).to_be_focused()
    await page.keyboard.press("Enter")

    found = await house.ana.see(room, lambda m: bool(m["attachments"]), "the file")
    assert found["attachments"][0]["filename"] == "SPOILER_ending.png"
    assert found["attachments"][0]["description"] == "The butler"


async def test_an_eleventh_file_is_left_out_by_name(page: Page) -> None:
    await attach(page, *(image(f"{number}.png") for number in range(11)))

    await expect(tray(page)).to_have_count(10)
    await expect(page.get_by_role("alert")).to_contain_text("Left out: 10.png")


async def test_a_file_of_60_mb_is_refused_at_once_with_its_size_and_the_limit(page: Page) -> None:
    await page.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(60 * 1024 * 1024)], "film.mp4"));
        document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }""")

    await expect(page.get_by_role("alert")).to_contain_text("film.mp4 is 60 MB. The limit is 50 MB for each file.")
    await expect(tray(page)).to_have_count(0)


async def test_an_upload_of_60_mb_gets_413_and_a_sentence(house: PageHouse) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield bytes(MB)

    url = f"{house.control.url}/uploads?filename=film.mp4"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=io.BytesIO(bytes(60 * MB))) as whole:
            status, said = whole.status, await whole.json()
        async with session.post(url, data=chunks()) as chunked:
            assert chunked.status == 413

    assert (status, said["error"]) == (413, "film.mp4 is over the limit of 50 MB for each file.")


async def test_the_upload_shows_its_progress(page: Page) -> None:
    held: list[Route] = []
    await intercept(page, "**/uploads?*", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks the handler
    await attach(page, text_file("slow.txt"))
    await expect(page.get_by_role("progressbar", name="Uploading slow.txt")).to_be_visible()

    await held[0].continue_()

    await expect(page.get_by_role("progressbar")).to_have_count(0)


async def test_a_file_that_was_attached_fills_the_first_attachment_option(house: PageHouse, page: Page) -> None:
    await attach(page, image("boat.png"))
    await message_field(page).focus()
    await page.keyboard.type("/pic")
    await page.keyboard.press("Tab")
    await expect(option(page, "image: boat.png")).to_be_visible()
    await expect(tray(page)).to_have_count(0)
    await option(page, "image: boat.png").press("Enter")

    used = await house.bot.used("picture")
    assert list(used) == ["image"]
    attachment = (await house.bot.heard(lambda one: one["data"].get("name") == "picture", "it"))["data"]["resolved"]
    assert [one["filename"] for one in attachment["attachments"].values()] == ["boat.png"]


async def test_a_file_in_an_option_is_removed_by_a_key_and_replaced_by_a_paste(house: PageHouse, page: Page) -> None:
    await page.keyboard.type("/picture")
    await page.keyboard.press("Enter")
    await expect(option(page, "image: Choose a file")).to_be_focused()
    await hand_over(page, "paste", image("first.png"))
    await expect(option(page, "image: first.png")).to_be_focused()
    await page.keyboard.press("Backspace")
    await expect(option(page, "image: Choose a file")).to_be_focused()
    await hand_over(page, "drop", image("second.png"))
    await option(page, "image: second.png").press("Enter")

    used = await house.bot.heard(lambda one: "second.png" in str(one["data"].get("resolved")), "the second image")
    assert used["data"]["name"] == "picture"


async def test_a_file_that_no_option_takes_is_said_at_once_and_never_ignored(house: PageHouse, page: Page) -> None:
    await attach(page, image("one.png"), image("two.png"))
    await message_field(page).focus()
    await page.keyboard.type("/picture")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("/picture takes no more than 1 file")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Remove two.png to send it.")
    await page.get_by_role("button", name="Remove two.png").click()
    before = len(house.bot.got)
    await page.keyboard.press("Enter")
    await house.bot.heard(lambda one: house.bot.got.index(one) >= before, "the command")


async def test_a_command_without_attachment_options_says_that_it_takes_no_files(page: Page) -> None:
    await page.keyboard.type("/ping")
    await page.keyboard.press("Enter")
    await hand_over(page, "paste", image("boat.png"))

    await expect(page.get_by_role("alert")).to_contain_text("/ping takes no files. Remove boat.png to send it.")
    await expect(tray(page)).to_have_count(1)
    await expect(offered(page)).to_have_count(0)


async def test_a_file_that_was_attached_before_a_restart_is_sent_after_it(pages: Pages) -> None:
    port = free_port()
    pages.watch.expect(AWAY)
    async with sandbox(port=port) as box, people_of(box) as people:
        page = await ready(await pages.open(people[0], "studio"))
        await attach(page, image("boat.png"))
        await message_field(page).fill("a boat")
    await expect(page.get_by_role("status", name="Connection")).to_contain_text("does not answer")

    async with sandbox(port=port) as box, people_of(box) as people:
        await expect(page.get_by_role("alert")).to_contain_text("The sandbox was restarted.")
        await message_field(page).press("Enter")

        found = await people[0].see("studio", lambda m: m["content"] == "a boat", "the message")
        assert [one["filename"] for one in found["attachments"]] == ["boat.png"]


async def test_a_file_that_is_no_image_after_all_shows_its_ending(page: Page) -> None:
    await attach(page, FilePayload(name="broken.png", mimeType="image/png", buffer=b"no image"))

    await expect(tray(page)).to_contain_text("PNG")


async def test_a_person_who_may_not_attach_is_told_so(house: PageHouse, pages: Pages) -> None:
    bo = await house.person("Bo")
    room = await house.new_channel("no-files")
    server = next(iter(house.sandbox.world.servers))
    await house.control.post("/overwrites", channel=room, target=server, deny=["ATTACH_FILES"])
    page = await pages.open(bo, room)
    await expect(message_field(page)).to_be_focused()

    await hand_over(page, "paste", image())

    await expect(page.get_by_role("alert")).to_contain_text("You do not have permission to attach files")


async def test_a_slow_upload_holds_up_no_other_channel(house: PageHouse, page: Page, room: str) -> None:
    arrives = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await intercept(page, "**/uploads?*", hold)
    await attach(page, image("slow.png"))
    await message_field(page).press("Enter")
    await page.get_by_role("link", name="#studio").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await page.keyboard.type("not held up")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("not held up")).to_be_visible()
    arrives.set()

    await house.ana.see(room, lambda m: len(m["attachments"]) == 1, "the file")


async def test_where_the_composer_is_hidden_nothing_takes_a_file(house: PageHouse, pages: Pages, page: Page) -> None:
    stranger = await house.person("No one", server=None)
    lonely = await pages.open(stranger)
    await house.new_channel("gallery", kind="forum")
    await page.get_by_role("link", name="gallery").click()
    await expect(page.get_by_role("button", name="New post")).to_be_visible()
    await expect(lonely.get_by_role("heading", level=1)).to_have_text("No channel")

    for shown in (page, lonely):
        await hand_over(shown, "dragover", image())
        await expect(shown.get_by_text("Drop files to attach them in")).to_be_hidden()
        await hand_over(shown, "drop", image())
        await expect(tray(shown)).to_have_count(0)
