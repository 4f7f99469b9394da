"""Edits and replies: each is sent once, and a message that somebody deletes meanwhile ends them."""

from __future__ import annotations

import asyncio

from playwright.async_api import Locator, Page, Route, expect

from tests.page.composer.composing import message_field
from tests.page.house import PageHouse
from tests.page.opening import intercept


def edit_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Edit message")


async def reply_to(page: Page, text: str) -> None:
    article = page.get_by_role("article").filter(has_text=text)
    await article.hover()
    await article.get_by_role("button", name="Reply").first.click()
    await expect(page.get_by_text("Replying to Ana")).to_be_visible()


async def delete(house: PageHouse, message: str) -> None:
    await house.control.post("/act/delete", person=house.ana.id, message=message)


async def test_the_up_arrow_edits_the_last_own_message_and_escape_leaves_it(
    house: PageHouse, page: Page, room: str
) -> None:
    await house.ana.say(room, f"good morning {house.mention}")
    await page.get_by_text("good morning").first.wait_for()

    await page.keyboard.press("ArrowUp")
    field = page.get_by_role("textbox", name="Edit message")
    await expect(field).to_have_value("good morning @Wanvas")
    await page.keyboard.press("Escape")
    await expect(message_field(page)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(field).to_be_focused()
    await field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True})
    await page.keyboard.type(" all")
    await page.keyboard.press("Enter")

    await house.ana.see(room, lambda m: m["content"] == f"good morning {house.mention} all", "the edited message")
    await expect(message_field(page)).to_have_value("")


async def test_more_keys_while_an_edit_is_saved_change_nothing(house: PageHouse, page: Page, room: str) -> None:
    arrives, asked = asyncio.Event(), []

    async def hold(route: Route) -> None:
        asked.append(route.request.url)
        await arrives.wait()
        await route.continue_()

    await intercept(page, "**/act/edit", hold)
    await house.ana.say(room, "slow edit")
    await page.get_by_text("slow edit").first.wait_for()
    await page.keyboard.press("ArrowUp")
    await edit_field(page).press_sequentially(" twice")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    arrives.set()

    await expect(page.get_by_text("slow edit twice (edited)")).to_be_visible()
    await expect(edit_field(page)).to_have_count(0)
    await expect(message_field(page)).to_be_focused()
    assert len(asked) == 1


async def test_an_edit_of_a_deleted_message_ends_and_says_so(house: PageHouse, page: Page, room: str) -> None:
    await house.ana.say(room, "above")
    message = await house.ana.say(room, "soon gone")
    await page.get_by_text("soon gone").first.wait_for()
    await page.keyboard.press("ArrowUp")
    await edit_field(page).press_sequentially(" words")

    await delete(house, message)

    await expect(page.get_by_role("alert")).to_contain_text("The message that you were editing was deleted.")
    await expect(message_field(page)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(edit_field(page)).to_have_value("above")


async def test_a_reply_is_sent_and_escape_cancels_one(house: PageHouse, page: Page, room: str) -> None:
    original = await house.ana.say(room, "the original")
    await page.get_by_text("the original").first.wait_for()

    await reply_to(page, "the original")
    await page.keyboard.type("kept")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Replying to Ana")).to_be_hidden()
    await expect(message_field(page)).to_have_value("kept")
    await reply_to(page, "the original")
    await page.keyboard.press("Enter")

    found = await house.ana.see(room, lambda m: m["content"] == "kept", "the reply")
    assert found["message_reference"]["message_id"] == original
    await expect(page.get_by_text("Replying to Ana")).to_be_hidden()


async def test_a_reply_to_a_deleted_message_ends_and_the_text_stays(house: PageHouse, page: Page, room: str) -> None:
    original = await house.ana.say(room, "going away")
    await page.get_by_text("going away").first.wait_for()
    await reply_to(page, "going away")
    await page.keyboard.type("still here")

    await delete(house, original)

    await expect(page.get_by_text("Replying to Ana")).to_be_hidden()
    await expect(page.get_by_role("alert")).to_contain_text("The message that you were replying to was deleted.")
    await page.keyboard.press("Enter")
    found = await house.ana.see(room, lambda m: m["content"] == "still here", "the message")
    assert "message_reference" not in found
