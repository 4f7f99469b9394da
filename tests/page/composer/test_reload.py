"""What is attached outlives a reload, and what had not arrived is missed by name."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.composer.composing import attach, image, message_field, option, take
from tests.page.house import PageHouse
from tests.page.opening import intercept
from tests.page.watch import Watch


async def test_attached_files_are_still_there_after_a_reload(house: PageHouse, page: Page, room: str) -> None:
    await attach(page, image("boat.png"), image("sea.png"))
    await page.get_by_role("button", name="Spoiler: sea.png").click()
    await message_field(page).fill("both")
    await expect(page.get_by_role("progressbar")).to_have_count(0)

    await page.reload()
    await expect(page.get_by_role("list", name="Attachments").get_by_role("listitem")).to_have_count(2)
    await message_field(page).press("Enter")

    found = await house.ana.see(room, lambda m: m["content"] == "both", "the message")
    assert [one["filename"] for one in found["attachments"]] == ["boat.png", "SPOILER_sea.png"]


async def test_the_file_of_an_option_is_still_there_after_a_reload(house: PageHouse, page: Page) -> None:
    await attach(page, image("boat.png"))
    await expect(page.get_by_role("progressbar")).to_have_count(0)
    await message_field(page).focus()
    await take(page, "/picture")

    await page.reload()
    await expect(option(page, "image: boat.png")).to_be_visible()
    await option(page, "image: boat.png").press("Enter")

    assert (await house.bot.used("picture")).keys() == {"image"}


async def test_a_file_that_had_not_arrived_before_a_reload_is_missed(house: PageHouse, page: Page) -> None:
    await intercept(page, "**/uploads?*", lambda route: None)
    await attach(page, image("slow.png"))
    await message_field(page).focus()
    await take(page, "/everything text: with it")
    await expect(option(page, "file: slow.png")).to_be_visible()

    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("Attach these files again: slow.png")
    await option(page, "text").press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("file: Attach slow.png again.")
    await page.unroute("**/uploads?*")
    await attach(page, image("slow.png"))
    await expect(option(page, "file: slow.png")).to_be_focused()
    await page.keyboard.press("Enter")
    assert (await house.bot.used("everything")).keys() == {"text", "file"}


async def test_a_file_that_a_restarted_sandbox_has_not_is_missed(house: PageHouse, page: Page, watch: Watch) -> None:
    watch.expect("400")
    await attach(page, image("boat.png"))
    await message_field(page).fill("with it")
    await expect(page.get_by_role("progressbar")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("boat.png")).to_be_visible()
    house.sandbox.world.uploads.clear()

    await message_field(page).press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("A file is no longer in the sandbox. Attach it again.")
    await expect(message_field(page)).to_have_value("with it")
