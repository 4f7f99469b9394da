"""Selects of messages are used by keyboard or mouse as in Discord."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Locator, Route, expect

from sandbox.people import Json
from tests.page.forms import FormDesk
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, intercept, unreadable


@pytest.fixture
async def forms(forms: FormDesk) -> FormDesk:
    """Return the page with a new message of all selects."""
    before = await card(forms).count()
    await forms.house.ana.slash(forms.house.channel, "selects")
    await expect(card(forms)).to_have_count(before + 1)
    return forms


def card(forms: FormDesk) -> Locator:
    """Return the messages of all selects."""
    return forms.page.get_by_role("article").filter(has_text="Selects of every type")


def select(forms: FormDesk, name: str) -> Locator:
    return card(forms).last.get_by_role("combobox", name=name)


async def chosen(forms: FormDesk, custom_id: str) -> list[str]:
    """Return the values that the newest use of a select brought."""
    found = await forms.house.bot.heard(lambda one: one["data"].get("custom_id") == custom_id, custom_id)
    return list(found["data"]["values"])


def sent(forms: FormDesk) -> list[str]:
    """Return which selects were used so far."""
    return [one["data"]["custom_id"] for one in forms.house.bot.got if one["type"] == 3]


async def test_a_select_of_one_value_sends_it_at_once_by_mouse(forms: FormDesk) -> None:
    await select(forms, "Choose a person").click()
    await forms.option("@Ana").click()

    assert await chosen(forms, "who") == [forms.house.ana.id]
    await expect(forms.page.get_by_role("listbox")).to_have_count(0)
    await expect(select(forms, "Choose a person")).to_have_text("@Ana")


async def test_whether_the_bot_answers_a_select_is_asked_once(forms: FormDesk) -> None:
    asked, go_on = list[str](), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.append(route.request.url)
        await go_on.wait()
        await route.continue_()

    await intercept(forms.page, "**/interaction/*", hold)
    async with forms.page.expect_request("**/interaction/*"):
        await select(forms, "Choose a person").click()
        await forms.option("@Ana").click()
    await forms.page.evaluate("new Promise(requestAnimationFrame)")
    at_once = len(asked)
    go_on.set()
    await expect(select(forms, "Choose a person")).not_to_have_attribute("aria-busy", "true")
    await forms.page.unroute("**/interaction/*")

    assert at_once == 1


async def test_a_select_of_several_values_sends_them_when_it_closes(forms: FormDesk) -> None:
    await select(forms, "Choose a size").click()
    await forms.option("Small").click()
    await forms.option("Huge").click()
    await expect(forms.option("Large")).to_be_disabled()
    await expect(forms.page.get_by_text("Choose 1 to 2")).to_be_visible()
    before = sent(forms)
    await forms.page.keyboard.press("Escape")

    assert await chosen(forms, "size") == ["s", "h"]
    assert before == []
    await expect(select(forms, "Choose a size")).to_have_text("SmallHuge")


async def test_too_few_values_are_said_and_not_sent(forms: FormDesk) -> None:
    await select(forms, "Choose a size").click()
    await forms.option("Large").click()
    await forms.page.keyboard.press("Escape")
    assert await chosen(forms, "size") == ["l"]

    await select(forms, "Choose a size").click()
    await forms.option("Large").click()
    await forms.page.keyboard.press("Escape")

    await expect(forms.page.get_by_text("Choose at least 1.")).to_be_visible()
    await expect(select(forms, "Choose a size")).to_have_text("Large")
    assert sent(forms) == ["size"]


async def test_a_select_is_used_by_keyboard_alone(forms: FormDesk) -> None:
    keys = forms.page.keyboard

    await select(forms, "Choose a size").focus()
    await keys.press("ArrowDown")
    await expect(forms.option("Small")).to_have_attribute("aria-selected", "true")
    await keys.press("End")
    await keys.press("Space")
    await keys.press("Home")
    await keys.press("l")
    await keys.press("Enter")
    await keys.press("Escape")

    assert await chosen(forms, "size") == ["h", "l"]
    await expect(select(forms, "Choose a size")).to_be_focused()


async def test_a_select_that_closes_unchanged_sends_nothing(forms: FormDesk) -> None:
    await select(forms, "Choose a role").press("Enter")
    await expect(forms.page.get_by_role("listbox")).to_be_focused()
    await forms.page.keyboard.press("Escape")

    await expect(select(forms, "Choose a role")).to_be_focused()
    assert sent(forms) == []


async def test_a_form_that_opens_closes_an_open_list(forms: FormDesk) -> None:
    await select(forms, "Choose a size").click()
    await forms.option("Small").click()

    window = await forms.open()
    await forms.page.keyboard.press("Escape")

    await expect(window).to_have_count(0)
    await expect(forms.page.get_by_role("listbox")).to_have_count(0)
    assert await chosen(forms, "size") == ["s"]
    await expect(select(forms, "Choose a size")).to_be_focused()


async def test_what_the_bot_does_not_answer_can_be_chosen_again(
    forms: FormDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_one: Json) -> None:
        return

    with monkeypatch.context() as patch:
        patch.setattr(forms.house.bot, "_component", silent)
        await select(forms, "Choose a person").click()
        await forms.option("@Ana").click()
        await expect(select(forms, "Choose a person")).to_have_text("@Ana")
        await expect(select(forms, "Choose a person")).to_have_text("Choose a person")
    forms.house.bot.got.clear()
    await select(forms, "Choose a person").click()
    await forms.option("@Ana").click()

    assert await chosen(forms, "who") == [forms.house.ana.id]


async def test_many_options_have_a_filter_field(forms: FormDesk) -> None:
    for number in range(30):
        await forms.house.new_channel(f"pier-{number}")
    await expect(forms.page.get_by_role("link", name="pier-29")).to_be_attached()

    await select(forms, "Choose a channel").click()
    await expect(forms.page.get_by_role("listbox").get_by_role("option")).to_have_count(25)
    await expect(forms.page.get_by_role("combobox", name="Search")).to_be_focused()
    await forms.page.keyboard.type("no such pier")
    await expect(forms.page.get_by_text("Nothing found")).to_be_visible()
    await forms.page.get_by_role("combobox", name="Search").fill("#PIER-29")
    await expect(forms.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await forms.page.keyboard.press("Enter")

    found = await chosen(forms, "place")
    assert forms.house.sandbox.world.channels[found[0]].name == "pier-29"


async def test_an_open_select_is_a_sheet_on_a_phone_and_readable(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "selects")
    page = await pages.open(house.ana, house.channel, size=PHONE, touch=True)

    await page.get_by_role("combobox", name="Choose a size").tap()
    box = await page.locator(".picks").bounding_box()

    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, PHONE[0], PHONE[1])
    assert await unreadable(page, ".picks") == []
