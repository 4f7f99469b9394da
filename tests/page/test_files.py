"""Files come into the composer by paste and by drop, and too large ones are refused before they are sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.end_to_end.conftest import png
from tests.page import newcomer
from tests.page.hands import Keyboard
from tests.page.house import PageHouse
from tests.page.opening import Pages

COPY_IMAGE = """async () => {
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext("2d").fillRect(0, 0, 64, 48);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}"""


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    file = tmp_path / "drawing.png"
    file.write_bytes(png())
    return file


async def drop(page: Page, target: Locator, *files: Path) -> None:
    """Drag files from the desktop over an element, and let them go there."""
    box = await target.bounding_box()
    assert box is not None
    devtools = await page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": box["x"] + 20, "y": box["y"] + 20, "data": data}
        await devtools.send("Input.dispatchDragEvent", event)


async def test_a_pasted_image_is_attached_and_sent_by_keyboard_alone(house: PageHouse, pages: Pages) -> None:
    context = await pages.context()
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await pages.tab(context, house.ana, house.channel)
    await expect(newcomer.composer(page)).to_be_focused()
    await page.evaluate(COPY_IMAGE)

    await page.keyboard.press("Control+V")
    await expect(page.get_by_role("list", name="Attachments").get_by_role("listitem")).to_have_count(1)
    await page.keyboard.type("what I copied")
    await page.keyboard.press("Enter")

    sent = await house.ana.see(house.channel, lambda m: m["content"] == "what I copied", "the message")
    assert [one["width"] for one in sent["attachments"]] == [64]


async def test_dropped_files_are_attached_with_thumbnails_and_removed_by_keyboard(
    house: PageHouse, pages: Pages, drawing: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    page = await pages.open(house.ana, house.channel)
    attachments = page.get_by_role("list", name="Attachments")
    await expect(newcomer.composer(page)).to_be_focused()

    await drop(page, page.get_by_role("log"), drawing, tmp_path / "notes.txt")
    await expect(attachments.get_by_role("listitem")).to_have_count(2)
    await expect(attachments.locator("img")).to_have_js_property("complete", value=True)
    await Keyboard(page).press(page.get_by_role("button", name="Remove notes.txt"))

    await expect(attachments.get_by_role("listitem")).to_have_count(1)
    await Keyboard(page).write(newcomer.composer(page), "dropped")
    await page.keyboard.press("Enter")
    sent = await house.ana.see(house.channel, lambda m: m["content"] == "dropped", "the message")
    assert [one["filename"] for one in sent["attachments"]] == ["drawing.png"]


async def test_a_dropped_file_fills_the_commands_attachment(house: PageHouse, pages: Pages, drawing: Path) -> None:
    page = await pages.open(house.ana, house.channel)
    await newcomer.take_command(Keyboard(page), "picture", "pic")

    await drop(page, page.get_by_role("log"), drawing)
    await expect(page.get_by_role("group", name="/picture")).to_contain_text("drawing.png")
    await page.keyboard.press("Enter")

    assert await house.bot.used("picture") != {}


async def test_a_file_of_60_mb_is_refused_before_it_is_sent(house: PageHouse, pages: Pages, tmp_path: Path) -> None:
    large = tmp_path / "film.mov"
    large.write_bytes(bytes(60 * 1024 * 1024))
    page = await pages.open(house.ana, house.channel)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await expect(newcomer.composer(page)).to_be_focused()

    await drop(page, page.get_by_role("log"), large)

    await expect(page.get_by_role("alert")).to_contain_text("film.mov")
    await expect(page.get_by_role("list", name="Attachments")).to_be_hidden()
    assert [url for url in asked if "/uploads" in url] == []


async def test_a_file_of_60_mb_that_is_sent_anyway_is_refused_by_a_sentence(house: PageHouse, pages: Pages) -> None:
    page = await pages.open(house.ana, house.channel)
    pages.watch.expect("status of 413|ERR_CONNECTION_RESET")

    answer = await page.evaluate(
        """async () => {
            const body = new Blob([new Uint8Array(60 * 1024 * 1024)]);
            const answer = await fetch("/uploads?filename=film.mov", { method: "POST", body });
            return { status: answer.status, error: (await answer.json()).error };
        }"""
    )

    assert answer["status"] == 413
    assert "MB" in answer["error"]
