"""What tests of the composer share: its fields by their names, and files to attach."""

from __future__ import annotations

import base64
import io
from functools import cache

from PIL import Image
from playwright.async_api import FilePayload, Locator, Page

MAKE_FILES = """(files) => {
    const transfer = new DataTransfer();
    for (const [name, type, data] of files)
        transfer.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name, { type }));
    return transfer;
}"""


@cache
def png(color: str = "teal") -> bytes:
    """Return a small image."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "PNG")
    return out.getvalue()


def image(name: str = "boat.png") -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=png())


def message_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message", exact=True)


def option(page: Page, name: str) -> Locator:
    """Return the field of an option of the taken command."""
    return page.get_by_role("group", name="/").get_by_label(name, exact=True)


def offered(page: Page) -> Locator:
    """Return the entries of the open list."""
    return page.get_by_role("option")


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send", exact=True)


async def ready(page: Page) -> Page:
    """Wait until the page has its first state."""
    await page.get_by_role("heading", level=1).filter(has_text="#").wait_for()
    return page


async def attach(page: Page, *files: FilePayload) -> None:
    """Choose files in the picker that the button opens."""
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files(list(files))


async def hand_over(page: Page, kind: str, *files: FilePayload, at: str = "body") -> None:
    """Paste or drop files: dispatch a ``paste``, ``dragover`` or ``drop`` event that carries them."""
    packed = [[one["name"], one["mimeType"], base64.b64encode(one["buffer"]).decode()] for one in files]
    transfer = await page.evaluate_handle(MAKE_FILES, packed)
    about = "clipboardData" if kind == "paste" else "dataTransfer"
    await page.evaluate(
        """([at, kind, about, transfer]) => document.querySelector(at).dispatchEvent(
            new (kind === "paste" ? ClipboardEvent : DragEvent)(
                kind, { bubbles: true, cancelable: true, [about]: transfer }))""",
        [at, kind, about, transfer],
    )


async def take(page: Page, text: str) -> None:
    """Type a command with what follows it, and take it with Enter."""
    await page.keyboard.type(text)
    await offered(page).first.wait_for()
    await page.keyboard.press("Enter")
