"""The windows of forms fit a phone, take hostile words, and belong to one tab; threads and posts have windows too."""

from __future__ import annotations

from playwright.async_api import FilePayload, Page, expect

from sandbox.people import text_of
from tests.page.bot_cards import label, text
from tests.page.forms import open_form
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable

KEYBOARD = (390, 420)  # what a phone's keyboard leaves of the screen
TOO_WIDE = "[...document.querySelectorAll('dialog, dialog *')].filter((one) => one.scrollWidth > 390).length"
NOTE: FilePayload = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}


async def foot(page: Page) -> float:
    """Return how far the buttons of the window reach down, in pixels."""
    box = await page.locator("dialog .buttons").last.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


async def test_hostile_words_and_many_options_stay_inside_a_phone(house: PageHouse, pages: Pages) -> None:
    options = [{"label": f"{n:02}" + "x" * 98, "value": str(n), "description": "مرحبا" * 20} for n in range(25)]
    ticks = [{"label": "y" * 100, "value": str(n)} for n in range(10)]
    page = await pages.open(house.ana, house.channel, size=PHONE, touch=True)
    window = await open_form(
        house, page, "form",
        text("z" * 200),
        label("W" * 45, {"type": 4, "custom_id": "a", "style": 1, "value": "<b>x</b>"}, "שלום" * 25),
        label("Many", {"type": 3, "custom_id": "b", "options": options, "max_values": 25, "required": False}),
        label("Ticks", {"type": 22, "custom_id": "c", "options": ticks, "max_values": 1, "required": False}),
    )  # fmt: skip

    await page.get_by_role("combobox", name="Many").tap()
    await page.get_by_role("combobox", name="Search").fill("24x")
    await page.get_by_role("option", name="24x").tap()
    faults = await unreadable(page, "dialog")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": KEYBOARD[0], "height": KEYBOARD[1]})

    assert faults == []
    assert await page.evaluate(TOO_WIDE) == 0
    assert await foot(page) <= KEYBOARD[1]
    await expect(window.get_by_label("WWW")).to_have_value("<b>x</b>")


async def test_a_form_speaks_the_persons_language(house: PageHouse, pages: Pages) -> None:
    mei = await house.person("小梅", locale="zh-CN")
    page = await pages.open(mei, house.channel, theme="light")

    await mei.slash(house.channel, "long-form")
    await page.get_by_role("button", name="提交").click()

    await expect(page.get_by_text("此项为必填项。")).to_be_visible()
    assert await unreadable(page, "dialog") == []


async def test_a_form_is_readable_with_a_screen_reader(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, house.channel, theme="light")
    await open_form(house, page)
    await page.locator("input[type=file]").last.set_input_files([NOTE])
    await page.get_by_role("button", name="Submit").click()

    assert await unreadable(page, "dialog") == []


async def test_a_form_opens_only_in_the_tab_that_asked_and_gives_the_focus_back(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "buttons")
    context = await pages.context()
    asking, other = [await pages.tab(context, house.ana, house.channel) for _ in range(2)]
    button = asking.get_by_role("button", name="Open form")
    await expect(other.get_by_role("button", name="Open form")).to_be_visible()

    await button.click()
    await expect(asking.get_by_role("dialog")).to_be_visible()
    await house.ana.say(house.channel, "a newer state")
    await expect(other.get_by_text("a newer state")).to_be_visible()
    in_other = await other.get_by_role("dialog").count()
    await asking.keyboard.press("Escape")

    assert in_other == 0
    await expect(button).to_be_focused()


async def test_a_forum_post_takes_words_or_files(house: PageHouse, pages: Pages) -> None:
    forum = await house.new_channel("gallery", kind="forum")
    page = await pages.open(house.ana, forum)
    await page.get_by_role("button", name="New post").first.click()
    create = page.get_by_role("dialog").get_by_role("button", name="Create")

    await page.keyboard.type("Boats")
    await create.click()
    await expect(page.get_by_text("Write a message or add a file.")).to_be_visible()
    await page.locator("dialog input[type=file]").set_input_files([NOTE])
    await create.click()

    post = await house.ana.see("Boats", lambda m: bool(m["attachments"]), "the post")
    assert (text_of(post), post["attachments"][0]["filename"]) == ("", "note.txt")
    await expect(page.get_by_role("heading", name="Boats")).to_be_visible()


async def test_a_refused_thread_says_why_in_the_persons_language_and_keeps_what_was_typed(
    house: PageHouse, pages: Pages
) -> None:
    pages.watch.expect("status of 400")
    mei, everyone = await house.person("小梅", locale="zh-CN"), next(iter(house.sandbox.world.servers))
    page = await pages.open(mei, house.channel)
    await page.get_by_role("button", name="新子区").first.click()
    name = page.get_by_role("dialog").get_by_label("名称")
    await name.fill("Ideas")
    await house.control.post("/overwrites", channel=house.channel, target=everyone, deny=["CREATE_PUBLIC_THREADS"])

    await page.keyboard.press("Enter")

    await expect(page.get_by_text("你没有权限在此处创建子区。")).to_be_visible()
    await expect(name).to_have_value("Ideas")
    await expect(name).to_be_focused()


async def test_a_window_of_one_place_never_acts_in_another(house: PageHouse, pages: Pages) -> None:
    """The browser's Back closes a window; a window whose channel is deleted refuses and keeps what was typed."""
    pages.watch.expect("status of 400")
    forum = await house.new_channel("gallery", kind="forum")
    page = await pages.open(house.ana, "studio")
    await page.get_by_role("link", name="gallery").click()
    window, new_post = page.get_by_role("dialog"), page.locator("header").get_by_role("button", name="New post")

    await new_post.click()
    await page.keyboard.type("Misplaced")
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await expect(window).to_have_count(0)
    await page.get_by_role("link", name="gallery").click()
    await new_post.click()
    await page.keyboard.type("Misplaced")
    await window.get_by_label("First message").fill("words")
    await house.control.post("/channels/delete", channel=forum)
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")
    await window.get_by_role("button", name="Create").click()

    await expect(window.get_by_role("alert")).not_to_be_empty()
    await expect(window.get_by_label("Name")).to_have_value("Misplaced")
    assert "Misplaced" not in [one.name for one in house.sandbox.world.channels.values()]
