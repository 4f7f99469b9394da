"""The list of messages: at its foot it stays there, scrolled up it stays where one reads, and older messages come."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from sandbox.discord import message_rules
from sandbox.people import Person
from tests.page.house import PageHouse
from tests.page.opening import Pages


def fill(house: PageHouse, count: int, channel: str = "", author: Person | None = None) -> list[str]:
    """Post messages at once, as if they had been there, and return their ids."""
    world, name = house.sandbox.world, (author or house.ana).id
    where = world.channels[channel or house.channel]
    return [message_rules.create(world, where, name, {"content": f"message {n}"}).id for n in range(count)]


def message(page: Page, text: str) -> Locator:
    """Return the message with exactly this text."""
    return page.get_by_role("article").filter(has=page.get_by_text(text, exact=True))


async def from_foot(page: Page) -> float:
    """Return how many pixels the list is from its foot."""
    left = "(list) => list.scrollHeight - list.scrollTop - list.clientHeight"
    return float(await page.locator("#messages").evaluate(left))


async def top(found: Locator) -> float:
    box = await found.bounding_box()
    assert box is not None
    return box["y"]


async def test_the_list_stays_at_its_foot_as_it_grows_and_shrinks(house: PageHouse, pages: Pages) -> None:
    fill(house, 60)
    bo = await house.person("Bo")
    page = await pages.open(house.ana, house.channel)
    await expect(message(page, "message 59")).to_be_in_viewport()

    await bo.say(house.channel, "\n".join(["a tall message"] * 20 + ["its end"]))
    await expect(page.get_by_text("its end")).to_be_in_viewport()
    await page.set_viewport_size({"width": 700, "height": 400})

    await expect(page.get_by_text("its end")).to_be_in_viewport()
    assert await from_foot(page) < 2


async def test_scrolled_up_nothing_moves_and_a_bar_leads_down(house: PageHouse, pages: Pages) -> None:
    ids, bo = fill(house, 49), await house.person("Bo")
    page = await pages.open(house.ana, house.channel)
    read = message(page, "message 20")
    await message(page, "message 48").hover()
    await read.evaluate("(node) => node.scrollIntoView()")
    before = await top(read)

    await bo.say(house.channel, "news")
    await expect(page.get_by_role("button", name="1 new message")).to_be_visible()
    await house.ana.edit(ids[3], "a longer one\n\n\n\nabove")
    await house.control.post("/act/delete", person=house.ana.id, message=ids[5])
    await expect(message(page, "message 5")).to_have_count(0)
    after = await top(read)
    await page.get_by_role("button", name="1 new message").click()

    assert abs(after - before) < 1
    await expect(message(page, "news")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="1 new message")).to_have_count(0)
    await expect(page.get_by_role("separator", name="New messages")).to_be_visible()


async def test_older_messages_come_without_a_jump(house: PageHouse, pages: Pages) -> None:
    fill(house, 130)
    page = await pages.open(house.ana, house.channel)
    await expect(message(page, "message 80")).to_have_count(1)

    for first in (80, 30):
        oldest = message(page, f"message {first}")
        await oldest.evaluate(
            "(node) => { node.scrollIntoView(); document.getElementById('messages').scrollTop -= 40; }"
        )
        await expect(message(page, f"message {max(first - 50, 0)}")).to_have_count(1)
        assert 0 < await top(oldest) < 300

    await expect(page.get_by_text("#harbor begins here.")).to_have_count(1)


async def test_the_red_line_marks_what_came_while_one_was_away(house: PageHouse, pages: Pages) -> None:
    bo, other = await house.person("Bo"), await house.new_channel("other")
    fill(house, 3)
    page = await pages.open(house.ana, house.channel)
    await expect(message(page, "message 2")).to_be_visible()

    await page.evaluate("(id) => import('/page/world/state.js').then((state) => state.go(id))", other)
    await expect(page.get_by_text("No messages yet")).to_be_visible()
    await bo.say(house.channel, "while you were away")
    await page.evaluate("(id) => import('/page/world/state.js').then((state) => state.go(id))", house.channel)

    line = page.get_by_role("separator", name="New messages")
    await expect(line).to_be_visible()
    assert await top(line) < await top(message(page, "while you were away"))
    assert await top(line) > await top(message(page, "message 2"))


async def test_an_answer_to_ones_own_press_is_shown_without_a_red_line(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "card")
    await house.ana.see(house.channel, lambda m: bool(m["components"]), "the card")
    fill(house, 12)
    page = await pages.open(house.ana, house.channel, size=(1280, 400))
    await expect(message(page, "message 11")).to_be_in_viewport()
    button = page.get_by_role("button", name="Whisper")
    await button.scroll_into_view_if_needed()
    await expect(message(page, "message 11")).not_to_be_in_viewport()

    await button.click()

    await expect(page.get_by_text("secret []")).to_be_in_viewport()
    await expect(page.get_by_role("separator", name="New messages")).to_have_count(0)
