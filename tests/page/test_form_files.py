"""Files come into a form by picker, paste and drop, within its limits."""

from __future__ import annotations

from playwright.async_api import FilePayload, Page, expect

from tests.page.bot_cards import label
from tests.page.forms import FormDesk
from tests.sandbox.wan.house import png

PNG: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": png()}
SUBMIT = 5


async def test_files_are_chosen_pasted_dropped_and_removed(forms: FormDesk) -> None:
    window = await forms.open("form", label("Files", {"type": 19, "custom_id": "files", "max_values": 2}))
    files = window.get_by_role("group", name="Files").get_by_role("listitem")

    async with forms.page.expect_file_chooser() as chooser:
        await window.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files([PNG])
    await expect(files.filter(has_text="a.png").get_by_role("presentation")).to_be_visible()
    await bring(forms.page, "paste", "b.txt")
    await expect(files).to_have_count(2)
    await bring(forms.page, "drop", "c.txt")
    await expect(window.get_by_text("You can attach 2 files at most. Left out: c.txt")).to_be_visible()
    await window.get_by_role("button", name="Remove a.png").click()
    await expect(window.get_by_role("button", name="Remove b.txt")).to_be_focused()
    await bring(forms.page, "drop", "c.txt")
    await forms.submit.click()

    await expect(window).to_have_count(0)
    sent = await forms.house.bot.heard(lambda one: one["type"] == SUBMIT, "the form")
    assert [one["filename"] for one in sent["data"]["resolved"]["attachments"].values()] == ["b.txt", "c.txt"]


async def test_a_file_over_the_limit_and_too_few_files_are_said(forms: FormDesk) -> None:
    control = forms.house.control
    await control.post("/discord/settings", person_upload_limit=3)
    field = {"type": 19, "custom_id": "files", "min_values": 2, "max_values": 3}
    window = await forms.open("form", label("Files", field))

    await bring(forms.page, "drop", "large.txt")
    await expect(window.get_by_text("large.txt is 5 B. The limit is 3 B for each file.")).to_be_visible()
    await control.post("/discord/settings", person_upload_limit=50 * 1024 * 1024)
    await control.post("/channels", name="a-newer-state")
    await expect(forms.page.get_by_text("a-newer-state")).to_be_attached()
    await bring(forms.page, "drop", "small.txt")
    await forms.submit.click()

    await expect(window.get_by_text("Add at least 2 files.")).to_be_visible()


async def test_a_file_dropped_on_a_form_without_a_field_for_it_does_not_leave_the_page(forms: FormDesk) -> None:
    await forms.open("long-form")

    assert await bring(forms.page, "drop", "a.txt")


async def bring(page: Page, how: str, name: str) -> bool:
    """Paste a file of five bytes into the newest window, or drop it there. Return whether the page handled that."""
    script = """([how, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["words"], name, { type: "text/plain" }));
      const about = { bubbles: true, cancelable: true };
      const event = how === "paste" ? new ClipboardEvent(how, { ...about, clipboardData: data })
        : new DragEvent(how, { ...about, dataTransfer: data });
      return !document.querySelector("dialog[open] h2").dispatchEvent(event);
    }"""
    return bool(await page.evaluate(script, [how, name]))
