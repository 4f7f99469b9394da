"""Slash commands in the composer: the list, what is taken, and what is sent or given back."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.bot_commands import COMMANDS
from tests.page.composer.composing import attach, image, message_field, offered, option, ready, send_button, take
from tests.page.house import PageHouse
from tests.page.opening import Pages, intercept, unreadable
from tests.page.watch import Watch


async def test_the_list_is_filtered_by_the_beginning_a_part_and_the_registered_name(
    house: PageHouse, pages: Pages, room: str
) -> None:
    mei = await house.person("小梅", locale="zh-CN")
    page = await ready(await pages.open(mei, room))
    found = {}

    for typed in ("/应", "/ping", "/secret", "/show", "/settings s"):
        await page.get_by_role("textbox", name="消息").fill(typed)
        found[typed] = [text.split("/")[1] for text in await offered(page).locator("strong").all_text_contents()]

    assert found["/应"] == found["/ping"] == ["应答"]
    assert found["/secret"] == ["secret", "slow-secret"]
    assert found["/show"] == ["settings show"]
    assert set(found["/settings s"]) == {"settings size set", "settings size reset", "settings show"}
    await expect(page.get_by_role("listbox").get_by_role("group", name="Wanvas")).to_be_visible()


async def test_arrows_move_tab_takes_and_escape_closes_without_a_loss(house: PageHouse, page: Page) -> None:
    await page.keyboard.type("/settings")
    await page.keyboard.press("Escape")
    await expect(offered(page)).to_have_count(0)
    await expect(message_field(page)).to_have_value("/settings")
    await page.keyboard.type(" ")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("group", name="/settings show")).to_be_visible()
    await page.keyboard.press("Enter")

    assert await house.bot.used("settings show") == {}


async def test_a_command_is_taken_and_sent_by_mouse(house: PageHouse, page: Page) -> None:
    await page.get_by_role("button", name="Commands", exact=True).click()
    await offered(page).filter(has_text="/everything").click()
    await option(page, "text").click()
    await page.keyboard.insert_text("by mouse")
    await page.get_by_role("button", name="+ shape").click()
    await offered(page).filter(has_text="Tall").click()
    await send_button(page).click()

    assert await house.bot.used("everything") == {"text": "by mouse", "shape": "9:16"}
    await expect(message_field(page)).to_be_focused()


async def test_a_slash_within_a_text_opens_nothing_and_an_unknown_command_is_text(
    house: PageHouse, page: Page, room: str
) -> None:
    await page.keyboard.type("and/or /ping")
    await expect(offered(page)).to_have_count(0)
    await page.keyboard.press("Enter")
    await page.keyboard.type("/unknown words")
    await expect(page.get_by_text("No command fits. Enter sends this as text.")).to_be_visible()
    await page.keyboard.press("Enter")

    await house.ana.see(room, lambda m: m["content"] == "and/or /ping", "the text")
    await house.ana.see(room, lambda m: m["content"] == "/unknown words", "the unknown command")


async def test_a_channel_without_commands_says_so(house: PageHouse, pages: Pages, room: str) -> None:
    server = next(iter(house.sandbox.world.servers))
    bo = await house.person("Bo")
    await house.control.post("/overwrites", channel=room, target=server, deny=["USE_APPLICATION_COMMANDS"])
    page = await pages.open(bo, room)
    await ready(page)

    await message_field(page).fill("/")

    await expect(page.get_by_text("No commands are offered in this channel.")).to_be_visible()


async def test_backspace_at_the_beginning_gives_the_text_back_and_enter_takes_it_again(
    house: PageHouse, page: Page
) -> None:
    await take(page, "/everything text: one two shape: Wide")
    await option(page, "text").focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("Backspace")
    await expect(message_field(page)).to_have_value("/everything text: one two shape: Wide")
    await expect(message_field(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(option(page, "shape")).to_have_value("Wide")
    await page.keyboard.press("Enter")

    await house.bot.heard(lambda one: "one two" in str(one["data"]), "the command")
    assert await house.bot.used("everything") == {"text": "one two", "shape": "16:9"}


async def test_escape_closes_the_list_and_keeps_the_command_as_the_draft(page: Page, room_name: str) -> None:
    await take(page, "/everything hello")
    await page.get_by_role("button", name="+ shape").click()
    await page.keyboard.type("wi")
    await page.keyboard.press("Escape")
    await expect(offered(page)).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="#studio").click()
    await expect(message_field(page)).to_have_value("")
    await page.reload()
    await page.get_by_role("link", name=f"#{room_name}").click()

    await expect(option(page, "text")).to_have_value("hello")
    await expect(option(page, "shape")).to_have_value("wi")


async def test_a_command_without_options_is_sent_by_enter_after_it_was_taken(house: PageHouse, page: Page) -> None:
    await take(page, "/ping")
    await expect(page.get_by_role("group", name="/ping")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    assert await house.bot.used("ping") == {}
    await expect(message_field(page)).to_be_focused()


async def test_a_refused_command_comes_back_with_its_options(page: Page, watch: Watch) -> None:
    watch.expect("400")
    await intercept(
        page, "**/act/slash", lambda route: route.fulfill(status=400, json={"error": "ClientRefusal: Not now."})
    )
    await take(page, "/everything text: kept shape: Tall")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("Not now.")
    await expect(option(page, "text")).to_have_value("kept")
    await expect(option(page, "shape")).to_have_value("Tall")


# A promise: the page knows of the commands that the bot has registered.
OFFERED = """async (name) => {
  const { offered, on } = await import("/page/world/state.js");
  const has = () => offered(1).some((one) => one.name === name);
  await new Promise((done) => { const look = () => has() && done(); on("state", look); look(); });
}"""


async def test_a_command_that_disappears_is_kept_as_text(house: PageHouse, page: Page) -> None:
    try:
        await take(page, "/everything text: half done")
        await house.bot.register(*COMMANDS[1:])
        await expect(page.get_by_role("alert")).to_contain_text("/everything is no longer offered.")
        await expect(message_field(page)).to_have_value("/everything text: half done")
        await expect(message_field(page)).to_be_focused()
    finally:
        await house.bot.register(*COMMANDS)
    await page.evaluate(OFFERED, "everything")
    await page.keyboard.press("End")
    await page.keyboard.type("!")
    await page.keyboard.press("Enter")
    await expect(option(page, "text")).to_have_value("half done!")


async def test_a_taken_command_waits_for_a_bot_that_has_no_commands_yet(house: PageHouse, page: Page) -> None:
    await take(page, "/everything text: half done shape: Tall")
    try:
        await house.bot.register()
        await page.reload()
        await expect(page.get_by_text("Waiting for the bot's commands…")).to_be_visible()
        await expect(page.get_by_role("group", name="/everything")).to_contain_text("/everything text: half done")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("The bot has not offered its commands yet.")
    finally:
        await house.bot.register(*COMMANDS)
    await expect(option(page, "text")).to_have_value("half done")
    await option(page, "text").press("Enter")

    assert await house.bot.used("everything") == {"text": "half done", "shape": "9:16"}


async def test_lists_options_errors_and_files_can_be_used_with_a_screen_reader(house: PageHouse, page: Page) -> None:
    await attach(page, image("boat.png"), image("too-many.png"))
    await message_field(page).focus()
    await page.keyboard.type("/eve")
    violations = await unreadable(page, "footer")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="+ shape").click()
    await expect(offered(page)).to_have_count(2)
    violations += await unreadable(page, "footer")

    assert violations == []


async def test_a_command_with_two_lines_is_taken_again_and_never_posted(house: PageHouse, page: Page) -> None:
    await take(page, "/everything one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.get_by_title("Change the command back to text").click()
    await expect(message_field(page)).to_have_value("/everything text: one\ntwo")

    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    assert await house.bot.used("everything") == {"text": "one\ntwo"}
    await expect(page.get_by_role("article")).to_have_count(1)


async def test_a_press_on_a_mentioned_command_takes_it_and_no_typed_text_is_lost(
    house: PageHouse, page: Page, room: str
) -> None:
    await house.ana.say(room, "Try </everything:1> or </ping:2> or </gone:3>")
    mentioned = page.get_by_role("article").get_by_role("button")
    await page.keyboard.type("half")
    await mentioned.filter(has_text="/everything").click()
    await expect(page.get_by_role("alert")).to_have_text("Send or delete what you have typed first.")
    await message_field(page).fill("")
    await mentioned.filter(has_text="/gone").click()
    await expect(page.get_by_role("alert")).to_have_text("/gone is not offered in this channel.")

    await mentioned.filter(has_text="/everything").click()

    await expect(option(page, "text")).to_be_focused()
