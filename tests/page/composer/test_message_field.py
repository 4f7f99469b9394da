"""The message field: what is typed is sent once, in order, and never lost."""

from __future__ import annotations

import asyncio

from playwright.async_api import Locator, Page, Route, expect

from sandbox.people import Json, Person
from tests.page.composer.composing import message_field, offered, ready, send_button, take
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, address, intercept
from tests.page.watch import Watch

SHOWN_MS = 8000  # a notice that nothing ends


async def contents(person: Person, room: str, count: int) -> list[str]:
    """Return the texts of a channel as soon as it has so many messages."""
    state = await person.wait(lambda s: len(_messages(s, room)) >= count, f"{count} messages", channel=room)
    return [one["content"] for one in _messages(state, room)]


def _messages(state: Json, room: str) -> list[Json]:
    found: list[Json] = state["messages"][room]
    return found


async def test_enter_sends_once_and_in_order_and_shift_enter_makes_a_line(
    house: PageHouse, page: Page, room: str
) -> None:
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    for text in ("three", "four"):
        await page.keyboard.type(text)
        await page.keyboard.press("Enter")

    assert await contents(house.ana, room, 3) == ["one\ntwo", "three", "four"]
    await expect(message_field(page)).to_have_value("")
    await expect(message_field(page)).to_be_focused()


async def height(found: Locator) -> float:
    box = await found.bounding_box()
    assert box is not None
    return box["height"]


async def test_a_thumb_sends_on_a_phone_and_messages_stay_visible(house: PageHouse, pages: Pages, room: str) -> None:
    page = await ready(await pages.open(house.ana, room, size=PHONE, touch=True))

    await expect(message_field(page)).to_have_attribute("placeholder", "Message")
    assert await height(message_field(page)) == await height(send_button(page))
    await message_field(page).tap()
    await page.keyboard.insert_text("by thumb")
    box = await send_button(page).bounding_box()
    await send_button(page).tap()

    assert box is not None
    assert box["x"] + box["width"] <= PHONE[0]
    assert await contents(house.ana, room, 1) == ["by thumb"]
    await take(page, "/everything a lighthouse")
    await expect(page.get_by_role("button", name="+ shape")).to_be_visible()
    assert await height(page.locator("footer")) < PHONE[1] / 3


async def test_keys_pressed_anywhere_also_after_a_dialog_go_into_the_field(page: Page) -> None:
    await page.get_by_role("main").click(position={"x": 5, "y": 5})
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.type("x")
    await page.get_by_role("button", name="New thread").click()
    await page.keyboard.type("a name")
    await page.keyboard.press("Escape")
    await page.keyboard.type("yz")

    await expect(message_field(page)).to_have_value("xyz")
    await expect(message_field(page)).to_be_focused()


async def test_enter_does_not_send_while_an_input_method_composes(house: PageHouse, page: Page, room: str) -> None:
    client = await page.context.new_cdp_session(page)

    await client.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    await page.keyboard.press("Enter")
    await client.send("Input.insertText", {"text": "你好"})
    await page.keyboard.press("Enter")

    assert await contents(house.ana, room, 1) == ["你好"]


async def test_letters_are_counted_down_and_2001_are_refused(page: Page) -> None:
    await message_field(page).fill("a" * 1799)
    quiet = await page.locator("#left").text_content()
    await page.keyboard.type("b")
    await expect(page.locator("#left")).to_have_text("200")
    await message_field(page).fill("a" * 2001)
    await page.keyboard.press("Enter")

    assert quiet == ""
    await expect(page.get_by_role("alert")).to_contain_text("2001 characters. The most is 2000.")
    await expect(message_field(page)).to_have_value("a" * 2001)
    await expect(message_field(page)).to_have_attribute("aria-invalid", "true")


async def test_a_refused_message_and_one_without_an_answer_come_back(page: Page, watch: Watch) -> None:
    watch.expect("ERR_FAILED|400")
    await intercept(page, "**/act/message", lambda route: route.abort())

    await page.keyboard.type("precious")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("does not answer")
    await expect(message_field(page)).to_have_value("precious")
    refusal = {"error": "ClientRefusal: Not now."}
    await intercept(page, "**/act/message", lambda route: route.fulfill(status=400, json=refusal))
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("Not now.")
    await expect(message_field(page)).to_have_value("precious")


async def test_a_draft_stays_in_its_channel_and_outlives_a_reload(page: Page, room_name: str) -> None:
    await page.keyboard.type("for here")
    await page.get_by_role("link", name="#studio").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await expect(message_field(page)).to_have_value("")
    await page.keyboard.type("for the studio")
    await page.reload()
    await expect(message_field(page)).to_have_value("for the studio")
    await page.get_by_role("link", name=f"#{room_name}").click()

    await expect(message_field(page)).to_have_value("for here")
    await expect(message_field(page)).to_be_focused()


async def test_two_tabs_of_one_person_have_a_draft_each(house: PageHouse, pages: Pages, page: Page, room: str) -> None:
    other = await ready(await pages.tab(page.context, house.ana, room))

    await message_field(page).fill("first tab")
    await message_field(other).fill("second tab")
    await page.reload()
    await other.reload()

    await expect(message_field(page)).to_have_value("first tab")
    await expect(message_field(other)).to_have_value("second tab")


async def test_mentions_are_completed_by_keyboard_and_by_mouse(house: PageHouse, page: Page, room: str) -> None:
    managers = next(
        role for role in next(iter(house.sandbox.world.servers.values())).roles.values() if role.name == "Managers"
    )

    await page.keyboard.type("hi @an")
    await expect(offered(page).first).to_have_text("@Ana")
    await page.keyboard.press("Tab")
    await page.keyboard.type("of @man")
    await offered(page).filter(has_text="Managers").click()
    await page.keyboard.type("in #stu")
    await page.keyboard.press("Enter")
    await page.keyboard.type("or @Ana ")
    await page.keyboard.press("Enter")

    studio = next(c.id for c in house.sandbox.world.channels.values() if c.name == "studio")
    sent = await contents(house.ana, room, 1)
    assert sent == [f"hi <@{house.ana.id}> of <@&{managers.id}> in <#{studio}> or @Ana"]


async def test_a_bot_that_is_typed_out_is_mentioned_and_a_broken_mention_is_text(
    house: PageHouse, page: Page, room: str
) -> None:
    await page.keyboard.type("bob@wanvas.com `@wanvas` @wanvas look: @an")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")

    assert (await contents(house.ana, room, 1))[0] == f"bob@wanvas.com `@wanvas` {house.mention} look: @An"


async def test_a_newer_state_disturbs_neither_text_nor_caret_nor_list(house: PageHouse, page: Page, room: str) -> None:
    await page.keyboard.type("/se")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowLeft")
    chosen = await page.locator("[aria-selected=true]").text_content()

    await house.ana.say(room, "news from another tab")
    await page.get_by_text("news from another tab").wait_for()

    await expect(page.locator("[aria-selected=true]")).to_have_text(chosen or "")
    assert await message_field(page).evaluate("(one) => [one.value, one.selectionStart]") == ["/se", 2]


async def test_what_is_typed_before_the_first_state_is_kept(house: PageHouse, pages: Pages, room: str) -> None:
    there = asyncio.Event()

    async def hold(route: Route) -> None:
        await there.wait()
        await route.continue_()

    page = await (await pages.context()).new_page()
    await page.route("**/state?*", hold)
    await page.goto(address(house.ana, room), wait_until="commit")
    await page.locator("textarea:focus").press_sequentially("/ping")
    await page.keyboard.press("Enter")
    there.set()
    await ready(page)

    await expect(message_field(page)).to_have_value("/ping")
    await expect(offered(page)).to_have_text(["/ping Answer at once"])


async def test_a_warning_goes_with_its_cause_and_a_failure_with_the_next_success(page: Page, watch: Watch) -> None:
    watch.expect("400")
    alert = page.get_by_role("alert")
    await message_field(page).fill("a" * 2001)
    await page.keyboard.press("Enter")
    await expect(alert).to_contain_text("2001 characters")
    await page.keyboard.press("Backspace")
    await expect(alert).to_have_count(0, timeout=SHOWN_MS / 2)
    await message_field(page).fill("refused once")
    refusal = {"error": "ClientRefusal: Not now."}
    await intercept(page, "**/act/message", lambda route: route.fulfill(status=400, json=refusal))
    await page.keyboard.press("Enter")
    await expect(alert).to_contain_text("Not now.")
    await expect(message_field(page)).to_have_value("refused once")
    await page.unroute("**/act/message")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("refused once")).to_be_visible()
    await expect(alert).to_have_count(0, timeout=SHOWN_MS / 2)


async def test_undo_takes_back_a_completed_mention(house: PageHouse, page: Page, room: str) -> None:
    await page.keyboard.type("hi @an")
    await page.keyboard.press("Tab")
    await expect(message_field(page)).to_have_value("hi @Ana ")

    await page.keyboard.press("Control+Z")

    await expect(message_field(page)).to_have_value("hi @an")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    assert await contents(house.ana, room, 1) == ["hi @an"]


async def test_page_up_turns_the_messages_and_escape_leads_to_the_present(
    house: PageHouse, page: Page, room: str
) -> None:
    for number in range(12):
        await house.ana.say(room, "\n".join([f"message {number}"] * 6))
    newest = page.get_by_role("article").filter(has_text="message 11")
    await expect(newest).to_be_in_viewport()

    await page.keyboard.press("PageUp")
    await expect(newest).not_to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(newest).to_be_in_viewport()
    await expect(message_field(page)).to_be_focused()
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("PageUp")

    await expect(newest).not_to_be_in_viewport()
