"""Servers, channels, threads and people: where a person goes in the page, by mouse and by keyboard."""

from __future__ import annotations

from playwright.async_api import expect

from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages


async def test_arrows_move_between_channels_and_enter_shows_one(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor")
    channels = page.get_by_role("navigation").get_by_role("link")

    await channels.filter(has_text="harbor").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await expect(page).to_have_title("#studio · The Lighthouse")
    await expect(page.locator("nav [aria-current=page]")).to_have_text("#studio")
    await expect(channels.filter(has_text="studio")).to_be_focused()


async def test_people_are_switched_by_keyboard_and_each_returns_to_their_last_channel(
    house: PageHouse, pages: Pages
) -> None:
    page = await pages.open(house.ana, "harbor")
    switcher = page.get_by_role("navigation").get_by_role("button", name="Act as another person")

    await switcher.press("Enter")
    await page.keyboard.press("b")
    await page.keyboard.press("Enter")
    await expect(switcher).to_contain_text("BoMember · English")
    await page.get_by_role("link", name="#quiet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#quiet")
    await switcher.press("Enter")
    await page.get_by_role("menuitemradio", name="Ana").click()

    await expect(switcher).to_contain_text("AnaOperator · English")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")


async def test_escape_closes_the_switcher_and_the_focus_returns(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana)
    switcher = page.get_by_role("navigation").get_by_role("button", name="Act as another person")

    await switcher.click()
    await expect(page.get_by_role("menuitemradio", name="Ana")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(switcher).to_be_focused()


async def test_the_drawer_of_a_phone_closes_by_choice_escape_and_scrim(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor", size=PHONE, touch=True)
    button, side = page.get_by_role("button", name="Servers and channels"), page.locator("#side")

    await expect(side).to_be_hidden()
    await button.tap()
    await expect(page.get_by_role("link", name="#harbor")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(side).to_be_hidden()
    await expect(button).to_be_focused()
    await button.tap()
    await page.touchscreen.tap(380, 400)
    await expect(side).to_be_hidden()
    await button.tap()
    await page.get_by_role("link", name="#studio").tap()

    await expect(side).to_be_hidden()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")


async def test_an_age_restricted_channel_asks_once_in_a_tab(house: PageHouse, pages: Pages) -> None:
    adult = await house.new_channel("after-dark", nsfw=True)
    await house.ana.say(adult, "not for everyone")
    page = await pages.open(house.ana, "studio")
    await page.get_by_role("link", name="#after-dark Age-restricted").press("Enter")

    await expect(page.get_by_role("heading", name="Age-restricted channel")).to_be_visible()
    await expect(page.get_by_role("button", name="Continue")).to_be_focused()
    await expect(page.get_by_text("not for everyone", exact=True)).to_be_hidden()
    await expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
    await page.get_by_role("button", name="Go back").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await page.get_by_role("link", name="#after-dark").click()
    await expect(page.get_by_role("button", name="Continue")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("not for everyone", exact=True)).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    await page.reload()
    await expect(page.get_by_text("not for everyone", exact=True)).to_be_visible()


async def test_a_forum_lists_its_posts_and_a_post_leads_back(house: PageHouse, pages: Pages) -> None:
    forum = await house.new_channel("gallery", kind="forum")
    for name in ("Older", "Newer"):
        await house.control.post(
            "/act/thread", person=house.ana.id, channel=forum, name=name, content=f"**{name}** first"
        )
    page = await pages.open(house.ana, "gallery")
    region = page.get_by_role("region", name="Posts")
    posts = region.get_by_role("link")

    await expect(region).to_be_focused()
    await expect(posts).to_contain_text(["Newer first", "Older first"])
    await expect(posts.first).to_contain_text("Ana")
    await posts.filter(has_text="Older").press("Enter")
    await page.get_by_role("textbox", name="Message").fill("an answer")
    await page.keyboard.press("Enter")
    await page.locator("header").get_by_role("link", name="gallery").click()

    await expect(posts.first).to_contain_text("2 messages")
    await expect(posts.first).to_contain_text("Older")
    await page.get_by_role("link", name="#harbor").focus()
    await page.get_by_role("button", name="Skip to the content").press("Enter")
    await expect(region).to_be_focused()


async def test_a_locked_thread_and_a_read_only_channel_say_so(house: PageHouse, pages: Pages) -> None:
    rules = await house.new_channel("rules")
    everyone = house.sandbox.world.server_id
    await house.control.post("/overwrites", channel=rules, target=everyone, deny=["SEND_MESSAGES"])
    thread = (await house.control.post("/act/thread", person=house.ana.id, channel=house.channel, name="Old ideas"))[
        "id"
    ]
    await house.control.post("/channels/change", channel=thread, archived=True, locked=True)
    page = await pages.open(await house.person("Cleo"), "harbor")

    await page.get_by_role("button", name="1 archived").click()
    await page.get_by_role("link", name="Old ideas locked").click()
    await expect(page.get_by_role("textbox", name="Message")).to_have_attribute("placeholder", "This thread is locked")
    await expect(page.locator("header")).to_contain_text("locked")
    await page.get_by_role("link", name="#rules read only").click()

    await expect(page.get_by_role("textbox", name="Message")).to_have_attribute(
        "placeholder", "You do not have permission to send messages in this channel"
    )


async def test_a_place_is_found_by_a_few_letters_and_alt_arrows_step_on(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#harbor")

    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Find a place").fill("zzzz")
    await expect(page.get_by_role("dialog").get_by_text("Nothing found")).to_be_visible()
    await page.get_by_role("combobox", name="Find a place").fill("tud")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#studio")
    await page.keyboard.press("Alt+ArrowDown")

    await expect(page.get_by_role("heading", level=1)).to_have_text("#quiet")


async def test_a_channel_a_server_and_a_person_are_added_in_the_page(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, "harbor")
    heading, dialog = page.get_by_role("heading", level=1), page.get_by_role("dialog")

    await page.get_by_role("button", name="Create a channel in The Lighthouse").click()
    await dialog.get_by_role("textbox", name="Name").fill("Night Watch")
    await dialog.get_by_role("checkbox", name="Age-restricted").check()
    await page.keyboard.press("Enter")
    await expect(heading).to_have_text("#night-watch")
    await page.get_by_role("button", name="Act as another person").click()
    await page.get_by_role("menuitem", name="Add a person").click()
    await dialog.get_by_role("textbox", name="Name").fill("Dora")
    await dialog.get_by_role("radio", name="Manager").check()
    await dialog.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("button", name="Act as another person")).to_contain_text("DoraManager · English")
    await page.get_by_role("button", name="Add a server").click()
    await dialog.get_by_role("textbox", name="Name").fill("Cat Lovers")
    await dialog.get_by_role("checkbox", name="With the bot").uncheck()
    await page.keyboard.press("Enter")

    await expect(heading).to_have_text("#general")
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    await expect(page.get_by_role("region", name="Cat Lovers no bot")).to_be_visible()


async def test_unread_channels_are_marked_until_they_are_shown(house: PageHouse, pages: Pages) -> None:
    bo = await house.person("Bo")
    page = await pages.open(house.ana, "harbor")
    await expect(page).to_have_title("#harbor · The Lighthouse")

    await house.ana.say("quiet", "of one's own, from another tab")
    await bo.say("studio", "anything new?")
    await expect(page.get_by_role("link", name="#studio unread")).to_be_visible()
    await expect(page.get_by_role("link", name="unread")).to_have_count(1)
    await bo.say("quiet", f"<@{house.ana.id}> look")
    await expect(page.get_by_role("link", name="#quiet unread 1 mention")).to_be_visible()
    await expect(page).to_have_title("(1) #harbor · The Lighthouse")
    for channel in ("#studio", "#quiet"):
        await page.get_by_role("link", name=channel).click()

    await expect(page.get_by_role("link", name="unread")).to_have_count(0)
    await expect(page).to_have_title("#quiet · The Lighthouse")


async def test_a_chosen_theme_is_kept_and_reaches_the_other_tabs(house: PageHouse, pages: Pages) -> None:
    context = await pages.context(theme="light")
    first, second = await pages.tab(context, house.ana, "harbor"), await pages.tab(context, house.ana, "studio")
    body = "getComputedStyle(document.documentElement).colorScheme"
    await expect(second.get_by_role("heading", level=1)).to_have_text("#studio")

    await first.get_by_role("button", name="Act as another person").click()
    await first.get_by_role("menuitemradio", name="Dark").click()

    await second.wait_for_function(f"{body} === 'dark'")
    await first.reload()
    assert await first.evaluate(body) == "dark"
    await first.get_by_role("button", name="Act as another person").click()
    await expect(first.get_by_role("menuitemradio", name="Dark")).to_have_attribute("aria-checked", "true")
