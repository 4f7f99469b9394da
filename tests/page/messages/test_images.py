"""Images keep their place while they load, open large, and hide behind spoilers."""

from __future__ import annotations

import asyncio
import io

from PIL import Image
from playwright.async_api import Page, Route, expect

from sandbox.people import File
from tests.page.house import PageHouse
from tests.page.opening import PHONE, Pages, unreadable

TOP = "(one) => one.getBoundingClientRect().top"
SIZE = "(one) => [one.naturalWidth, one.clientWidth, one.clientHeight]"
SWIPE_LEFT = """(one) => {
  const event = (type, clientX) => new PointerEvent(type, { clientX, clientY: 300, bubbles: true });
  one.dispatchEvent(event("pointerdown", 300));
  one.dispatchEvent(event("pointerup", 120));
}"""
ROWS = """(gallery) => {
  const tops = [...gallery.children].map((one) => Math.round(one.getBoundingClientRect().top));
  return [...new Set(tops)].map((top) => tops.filter((one) => one === top).length);
}"""


def image(name: str, width: int = 60, height: int = 40) -> File:
    """Return an image in a color of its own."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (40, sum(name.encode()) % 200, 160)).save(written, "PNG")
    return File(name, written.getvalue())


async def test_images_open_large_and_arrow_keys_go_through_the_message(house: PageHouse, page: Page, room: str) -> None:
    await house.ana.say(room, "", files=[image("one.png"), image("two.png"), image("SPOILER_three.png")])
    opener = page.get_by_role("button", name="Open image: one.png")

    await opener.focus()
    await page.keyboard.press("Enter")

    viewer = page.get_by_role("dialog", name="Image")
    shown, number = viewer.locator("img"), viewer.get_by_text("1 of 2")
    await expect(number).to_be_visible()
    await expect(shown).to_have_attribute("src", await opener.get_attribute("data-url") or "")
    assert await unreadable(page, "dialog") == []
    await page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_text("2 of 2")).to_be_visible()
    await viewer.get_by_role("button", name="Next image").click()
    await expect(number).to_be_visible()
    await expect(viewer.get_by_role("link", name="Open original")).to_have_attribute("target", "_blank")
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_an_image_of_a_deleted_message_is_closed(house: PageHouse, page: Page, room: str) -> None:
    message = await house.ana.say(room, "", files=[image("gone.png")])
    await page.get_by_role("button", name="Open image: gone.png").click()
    await expect(page.get_by_role("dialog", name="Image")).to_have_text("×Open originalCopy link")

    await house.control.post("/act/delete", person=house.ana.id, message=message)

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()


async def test_a_thumb_swipes_through_images(house: PageHouse, pages: Pages, room: str) -> None:
    await house.ana.say(room, "", files=[image("one.png"), image("two.png")])
    page = await pages.open(house.ana, room, size=PHONE, touch=True)
    viewer = page.get_by_role("dialog", name="Image")
    await page.get_by_role("button", name="Open image: one.png").tap()

    await viewer.locator("img").evaluate(SWIPE_LEFT)

    await expect(viewer.get_by_text("2 of 2")).to_be_visible()
    await viewer.get_by_role("button", name="Close").tap()
    await expect(viewer).to_have_count(0)


async def test_a_spoiler_blurs_its_own_image_and_one_click_shows_it(house: PageHouse, page: Page, room: str) -> None:
    await house.ana.say(room, "", files=[image("SPOILER_cat.png", 400, 300)])
    veiled = page.get_by_role("button", name="Show spoiler")
    img = page.get_by_role("article").locator("button.image img")
    await expect(veiled).to_be_visible()
    before = await veiled.bounding_box()
    assert "blur" in await img.evaluate("(one) => getComputedStyle(one).filter")

    await veiled.focus()
    await page.keyboard.press("Space")

    shown = page.get_by_role("button", name="Open image: SPOILER_cat.png")
    await expect(shown).to_be_focused()
    assert await shown.bounding_box() == before
    assert await img.evaluate("(one) => getComputedStyle(one).filter") == "none"
    await expect(img).to_have_count(1)


async def test_nothing_jumps_while_an_image_loads(house: PageHouse, pages: Pages, room: str) -> None:
    await house.ana.say(room, "", files=[image("slow.png", 800, 600)])
    below = await house.ana.say(room, "Below")
    context, arrives = await pages.context(), asyncio.Event()

    async def hold(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await context.route("**/attachments/**", hold)
    page = await pages.tab(context, house.ana, room)
    line, img = page.locator(f"#m{below}"), page.locator("button.image img")
    await expect(line).to_be_visible()
    waiting = await img.evaluate(SIZE), await line.evaluate(TOP)
    arrives.set()
    await img.evaluate("(one) => one.decode()")

    assert waiting[0] == [0, 467, 350]
    assert (await img.evaluate(SIZE), await line.evaluate(TOP)) == ([800, 467, 350], waiting[1])


async def test_an_image_that_does_not_load_shows_its_name(house: PageHouse, pages: Pages, room: str) -> None:
    await house.ana.say(room, "", files=[image("lost.png")])
    await house.control.arm("cdn_missing")

    pages.watch.expect("status of 404")

    page = await pages.open(house.ana, room)

    await expect(page.get_by_text("lost.png does not load.")).to_be_visible()


async def test_several_images_are_arranged_as_in_discord(house: PageHouse, page: Page, room: str) -> None:
    posted = {
        await house.ana.say(room, "", files=[image(f"{n}.png", 4 + n, 6) for n in range(sum(rows))]): rows
        for rows in ([2], [2, 1], [2, 2], [2, 3], [3, 3], [1, 3, 3], [2, 3, 3], [3, 3, 3], [1, 3, 3, 3])
    }
    await expect(page.locator(".gallery")).to_have_count(len(posted))

    arranged = {message: await page.locator(f"#m{message} .gallery").evaluate(ROWS) for message in posted}

    assert arranged == posted
