"""What a newcomer does in the page, step by step. The tests, the pictures and the film take these steps."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.page.hands import Hands


def composer(page: Page) -> Locator:
    """Return the message field."""
    return page.get_by_role("textbox", name="Message", exact=True)


def option(page: Page, name: str) -> Locator:
    """Return the field of an option of the command that was taken."""
    return page.locator("#composer").get_by_label(name, exact=True)


def results(page: Page, prompt: str = "") -> Locator:
    """Return the messages with a result, of a prompt or of any."""
    again = page.get_by_role("button", name="Generate again", exact=True)
    return page.get_by_role("article").filter(has=again).filter(has_text=prompt)


async def send(hands: Hands) -> None:
    await hands.send(hands.page.get_by_role("button", name="Send", exact=True))


async def take_command(hands: Hands, name: str, typed: str) -> None:
    """Type the beginning of a command, and take it from the list."""
    await hands.write(composer(hands.page), f"/{typed}")
    await hands.take(hands.page.get_by_role("option", name=f"/{name}").first)


async def ask_for_an_image(hands: Hands, prompt: str) -> None:
    """Take /imagine, write the prompt, choose an aspect ratio and send."""
    await take_command(hands, "imagine", "ima")
    await hands.write(option(hands.page, "prompt"), prompt)
    await hands.press(hands.page.get_by_role("button", name="+ aspect_ratio", exact=True))
    await hands.take(hands.page.get_by_role("option", name="4:3 landscape"))
    await send(hands)


async def try_in_private(hands: Hands, prompt: str) -> Locator:
    """Take /imagine, ask for two images in private, and wait for the card with the first one."""
    page = hands.page
    await take_command(hands, "imagine", "ima")
    await hands.write(option(page, "prompt"), prompt)
    await hands.press(page.get_by_role("button", name="+ count", exact=True))
    await hands.write(option(page, "count"), "2")
    await hands.press(page.get_by_role("button", name="+ private", exact=True))
    await hands.take(page.get_by_role("option", name="True"))
    await send(hands)
    card = page.get_by_role("article").filter(has_text=prompt).filter(has_text="Only you can see this")
    await expect(card.get_by_text("1/2")).to_be_visible()
    return card


async def share_the_second(hands: Hands, card: Locator) -> Locator:
    """Turn to the second image of a private card, share it, and wait for the message that everybody sees."""
    await hands.press(card.get_by_role("button", name="▶"))
    await expect(card.get_by_text("2/2")).to_be_visible()
    await hands.press(card.get_by_role("button", name="Share", exact=True))
    shared = hands.page.get_by_role("article").filter(has_text="shared")
    await expect(shared.locator("img").last).to_be_visible()
    return shared.last


async def star(hands: Hands, there: Locator) -> None:
    """Star a result, and wait for the number."""
    await hands.press(there.get_by_role("button", name="☆"))
    await expect(there.get_by_role("button", name="1")).to_be_visible()


async def ask_for_help(hands: Hands) -> None:
    """Take /help, and wait for the card with this member's quota."""
    await take_command(hands, "help", "hel")
    await send(hands)
    await expect(hands.page.get_by_role("article").filter(has_text="/imagine").last).to_be_visible()


async def see_the_status_card(page: Page, prompt: str) -> None:
    """Wait for the card that says that the image is being generated."""
    card = page.get_by_role("article").filter(has_text="Generating").filter(has_text=prompt)
    await expect(card).to_be_visible()


async def result(page: Page, prompt: str) -> Locator:
    """Wait for the result of a prompt, with its image."""
    found = results(page, prompt).last
    await expect(found).to_be_visible()
    await expect(found.locator("img").last).to_have_js_property("complete", value=True)
    return found


async def edit(hands: Hands, there: Locator, change: str) -> None:
    """Press Edit image under a result, describe the change and submit."""
    dialog = hands.page.get_by_role("dialog")
    await hands.press(there.get_by_role("button", name="Edit image", exact=True))
    await hands.write(dialog.get_by_label("What should change?"), change)
    await hands.press(dialog.get_by_role("button", name="Submit"))
    await expect(dialog).to_have_count(0)


async def reply_by_menu(hands: Hands, there: Locator, change: str) -> None:
    """Open the menu of a result, reply, mention the bot and send."""
    await hands.open_menu(there)
    await hands.take(hands.page.get_by_role("menuitem", name="Reply", exact=True))
    await mention(hands)
    await hands.write(composer(hands.page), change)
    await send(hands)


async def mention(hands: Hands) -> None:
    """Type the beginning of the bot's name, and take it from the list."""
    await hands.write(composer(hands.page), "@Wan")
    await hands.take(hands.page.get_by_role("option", name="@Wanvas").first)


async def attach(hands: Hands, file: Path) -> None:
    """Choose a file with the button of the composer."""
    async with hands.page.expect_file_chooser() as chooser:
        await hands.press(hands.page.get_by_role("button", name="Attach files"))
    await (await chooser.value).set_files(file)
    await expect(hands.page.get_by_role("list", name="Attachments").get_by_text(file.name)).to_be_visible()


async def go_to_channel(hands: Hands, name: str) -> None:
    """Show another channel."""
    await _open_side(hands)
    places = hands.page.get_by_role("navigation")
    await hands.take(places.get_by_role("link", name=f"#{name}"), within=hands.page.locator("#places"))
    await expect(hands.page.get_by_role("heading", level=1)).to_contain_text(name)


async def become(hands: Hands, name: str) -> None:
    """Act as another person."""
    await _open_side(hands)
    switcher = hands.page.get_by_role("button", name="Act as another person")
    await hands.press(switcher)
    await hands.take(hands.page.get_by_role("menuitemradio", name=name))
    await expect(hands.page.locator("#me")).to_contain_text(name)


async def _open_side(hands: Hands) -> None:
    """Open the drawer with servers, channels and people, where the window is too narrow to show them always."""
    drawer = hands.page.get_by_role("button", name="Servers and channels")
    if await drawer.is_visible():
        await hands.press(drawer)


async def open_panel(hands: Hands) -> None:
    """Open the panel for developers."""
    await hands.press(hands.page.get_by_role("button", name="Panel", exact=True))
    await expect(hands.page.get_by_role("complementary", name="Panel")).to_be_visible()
