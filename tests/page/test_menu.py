"""What can be done with a message, by mouse, keyboard and thumb: offered as Discord offers it, and done."""

from __future__ import annotations

from playwright.async_api import Locator, Page, Route, expect

from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, intercept
from tests.page.test_list import message, top

EVERYTHING = [
    "Add reaction", "Reply", "Edit message", "Create thread", "Forward", "Describe", "Who is", "Copy text",
    "Copy message link",
    "Copy message ID", "Delete message",
]  # fmt: skip


async def offered(page: Page, found: Locator) -> list[str]:
    """Return what the menu of a message offers, and close it."""
    await found.click(button="right")
    items = page.get_by_role("menu").get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    names = await items.all_text_contents()
    await page.keyboard.press("Escape")
    return names


async def take(page: Page, found: Locator, name: str) -> None:
    """Choose in the menu of a message."""
    await found.click(button="right")
    await page.get_by_role("menuitem", name=name).click()


async def test_a_person_is_offered_what_discord_offers_them(house: PageHouse, pages: Pages) -> None:
    bo, mo = await house.person("Bo"), await house.person("Mo", manager=True)
    own = await bo.say(house.channel, "Bo's own")
    await house.ana.say(house.channel, "Ana's")
    await bo.slash(house.channel, "secret")
    page = await pages.open(bo, house.channel)
    manager = await pages.open(mo, house.channel)

    assert await offered(page, message(page, "Bo's own")) == EVERYTHING
    without = [name for name in EVERYTHING if name not in ("Edit message", "Delete message")]
    assert await offered(page, message(page, "Ana's")) == without
    assert await offered(page, message(page, "Between us")) == ["Describe", "Who is", "Copy text", "Copy message ID"]
    assert await offered(manager, message(manager, "Bo's own")) == [
        name for name in EVERYTHING if name != "Edit message"
    ]
    await house.control.post("/act/thread", person=bo.id, channel=house.channel, name="more", message=own)
    server = next(iter(house.sandbox.world.servers))
    await house.control.post("/overwrites", channel=house.channel, target=server, deny=["SEND_MESSAGES"])
    await expect(page.get_by_role("link", name="more")).to_be_visible()
    missing = ("Reply", "Create thread")
    assert await offered(page, message(page, "Bo's own")) == [name for name in EVERYTHING if name not in missing]


async def test_messages_and_their_menu_are_used_by_keyboard_alone(house: PageHouse, pages: Pages) -> None:
    await house.ana.say(house.channel, "first")
    await house.ana.slash(house.channel, "buttons")
    page = await pages.open(house.ana, house.channel)
    card = message(page, "Buttons of every style")
    await expect(card).to_be_visible()

    await page.get_by_role("textbox", name="Message").focus()
    while not await card.evaluate("(node) => node.contains(document.activeElement)"):
        await page.keyboard.press("Shift+Tab")
    while not await card.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowUp")
    await expect(message(page, "first")).to_be_focused()
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menuitem", name="Add reaction")).to_be_focused()
    await page.keyboard.press("End")
    await expect(page.get_by_role("menuitem", name="Delete message")).to_be_focused()
    await page.keyboard.press("f")
    await expect(page.get_by_role("menuitem", name="Forward")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(message(page, "first")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Count 0")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name="Count 1")).to_be_focused()


async def test_hovering_moves_nothing_and_the_toolbar_replies(house: PageHouse, pages: Pages) -> None:
    for words in ("first", "second"):
        await house.ana.say(house.channel, words)
    page = await pages.open(house.ana, house.channel)
    second = message(page, "second")
    before = await top(second)

    await message(page, "first").hover()
    toolbar = page.get_by_role("group", name="Message actions")
    await expect(toolbar).to_be_visible()
    after = await top(second)
    names = await toolbar.get_by_role("button").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    await toolbar.get_by_role("button", name="Reply").click()

    assert after == before
    assert names == ["Add reaction", "Reply", "Edit message", "Apps", "More"]
    await expect(page.get_by_text("Replying to Ana")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()


async def test_a_message_is_copied_forwarded_described_and_deleted(house: PageHouse, pages: Pages) -> None:
    said = await house.ana.say(house.channel, "to copy")
    page = await pages.open(house.ana, house.channel)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    found = message(page, "to copy")

    await take(page, found, "Copy text")
    await expect(page.get_by_role("alert")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "to copy"
    await take(page, found, "Copy message link")
    await page.wait_for_function(f"() => navigator.clipboard.readText().then((text) => text.endsWith('/{said}'))")
    await take(page, found, "Describe")
    await expect(message(page, "Describe {}")).to_be_visible()
    await take(page, found, "Forward")
    await page.get_by_role("searchbox", name="Search").fill("stud")
    await expect(page.get_by_role("checkbox")).to_have_count(1)
    await page.get_by_role("textbox", name="Comment").fill("look")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Forwarded to #studio")
    await take(page, found, "Delete message")
    await page.get_by_role("dialog", name="Delete this message?").get_by_role("button", name="Cancel").click()
    await expect(found).to_be_visible()
    await take(page, found, "Delete message")
    await page.keyboard.press("Enter")
    await expect(found).to_have_count(0)
    await message(page, "Describe {}").hover()

    sent = await house.ana.messages("studio")
    assert [one.get("message_snapshots", [{"message": one}])[0]["message"]["content"] for one in sent] == [
        "to copy",
        "look",
    ]


async def test_a_forward_that_is_refused_at_one_place_is_not_sent_twice_to_another(
    house: PageHouse, pages: Pages
) -> None:
    pages.watch.expect("status of 400")
    await house.ana.say(house.channel, "to spread")
    page = await pages.open(house.ana, house.channel)
    await take(page, message(page, "to spread"), "Forward")
    window = page.get_by_role("dialog", name="Forward to")
    await window.get_by_role("checkbox", name="#studio").check()
    await window.get_by_role("checkbox", name="#quiet").check()
    quiet = next(one.id for one in house.sandbox.world.channels.values() if one.name == "quiet")
    refusal = {"error": "ClientRefusal: Not now."}

    async def refuse(route: Route) -> None:
        if quiet in (route.request.post_data or ""):
            await route.fulfill(status=400, json=refusal)
        else:
            await route.continue_()

    await intercept(page, "**/act/message", refuse)
    await window.get_by_role("button", name="Send").click()
    await expect(window.get_by_role("alert")).to_have_text("#quiet: Not now.")
    await page.unroute("**/act/message")
    await window.get_by_role("button", name="Send").click()
    await expect(window).to_have_count(0)

    assert len(await house.ana.messages("studio")) == len(await house.ana.messages("quiet")) == 1


async def test_a_message_is_edited_where_it_stands_and_outlives_a_redraw(house: PageHouse, pages: Pages) -> None:
    said = await house.ana.say(house.channel, "first words")
    page = await pages.open(house.ana, house.channel)
    await take(page, message(page, "first words"), "Edit message")
    field = page.get_by_role("article").get_by_role("textbox", name="Edit message")

    await expect(field).to_be_focused()
    await page.keyboard.type(", more")
    await house.ana.edit(said, "changed elsewhere")
    await expect(page.get_by_role("article", name="changed elsewhere")).to_be_visible()
    await expect(field).to_be_focused()
    await page.keyboard.type(" and the end")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article", name="first words, more and the end")).to_be_visible()
    await expect(field).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()


async def test_the_browsers_own_menu_stays_on_links_and_selected_text(house: PageHouse, pages: Pages) -> None:
    await house.ana.say(house.channel, "see https://example.com/ here")
    page = await pages.open(house.ana, house.channel)
    found = page.get_by_role("article")
    opens = (
        "(node) => node.dispatchEvent(new PointerEvent('contextmenu', {bubbles: true, cancelable: true, button: 2}))"
    )

    assert await found.get_by_role("link").evaluate(opens)
    await found.evaluate("(node) => getSelection().selectAllChildren(node)")
    assert await found.evaluate(opens)
    await page.evaluate("getSelection().removeAllRanges()")
    assert not await found.evaluate(opens)
    await expect(page.get_by_role("menu")).to_be_visible()


async def test_a_long_press_opens_a_sheet_and_scrolling_does_not(house: PageHouse, pages: Pages) -> None:
    await house.ana.slash(house.channel, "buttons")
    page = await pages.open(house.ana, house.channel, size=PHONE, touch=True)
    await page.clock.install()
    button = page.get_by_role("button", name="Count 0")
    box = await button.bounding_box()
    assert box is not None
    touch = await page.context.new_cdp_session(page)
    at = {"x": box["x"] + 20, "y": box["y"] + 10}

    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    moved = {"x": at["x"], "y": at["y"] - 40}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
    await page.clock.run_for(600)
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert await page.get_by_role("menu").count() == 0
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    await page.clock.run_for(600)
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    await expect(page.get_by_role("menu")).to_be_visible()
    sheet = await page.get_by_role("menu").bounding_box()
    assert sheet is not None
    assert (sheet["x"], sheet["width"], sheet["y"] + sheet["height"]) == (0, PHONE[0], PHONE[1])
    await expect(button).to_be_attached()
    assert all(one["type"] != 3 for one in house.bot.got)


async def test_screen_readers_hear_what_others_write_and_nothing_old(house: PageHouse, pages: Pages) -> None:
    bo = await house.person("Bo")
    await bo.say(house.channel, "old")
    context = await pages.context()
    await context.add_init_script("window.heard = []; document.ariaNotify = (text) => window.heard.push(text);")
    page = await pages.tab(context, house.ana, house.channel)
    await expect(message(page, "old")).to_be_visible()

    await house.ana.say(house.channel, "my own")
    await bo.say(house.channel, "new")
    await house.ana.slash(house.channel, "slow")
    await expect(page.get_by_text("is thinking")).to_be_visible()
    house.bot.finish()
    await expect(message(page, "Done at last.")).to_be_visible()

    heard = await page.evaluate("window.heard")
    assert "\n".join(heard).split("\n") == ["Bo: new", "Wanvas is thinking…", "Wanvas: Done at last."]


async def test_a_command_for_people_is_used_on_who_wrote_a_message(house: PageHouse, pages: Pages) -> None:
    bo = await house.person("Bo")
    await bo.say(house.channel, "Bo's own")
    page = await pages.open(house.ana, house.channel)
    said = message(page, "Bo's own")

    await said.get_by_text("Bo", exact=True).click(button="right")
    menu = page.get_by_role("menu")
    names = await menu.get_by_role("menuitem").all_text_contents()
    await menu.get_by_role("menuitem", name="Who is").click()
    await expect(message(page, "Who is {}")).to_contain_text("Ana used Who is")
    by_mouse = house.bot.got[-1]
    await said.press("ContextMenu")
    await menu.get_by_role("group", name="Apps for Bo").get_by_role("menuitem", name="Who is").press("Enter")
    by_keyboard = await house.bot.heard(lambda one: one["id"] != by_mouse["id"], "the second use")

    assert names == ["Who is"]
    for data in (by_mouse["data"], by_keyboard["data"]):
        assert (data["type"], data["target_id"], data["resolved"]["members"].keys()) == (2, bo.id, {bo.id})
