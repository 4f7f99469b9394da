"""How a job looks while it waits, and when it is done (Components V2)."""

from __future__ import annotations

import io
from collections.abc import Sequence

import discord
from discord import ui

from cogs.results import Again, Cancel, Delete, Edit
from imagegen.model import Job, Remaining, ResultPicture, Waiting

ACCENT = discord.Colour(0x4F8A8B)
PROMPT_CHARS = 600  # on the card; the whole prompt stays in the picture's alt text as far as that goes
ALT_CHARS = 1024
BAR = 10
NOTES = {
    "first_frame": "its first frame",
    "flattened": "transparency made white",
    "turned": "turned upright",
    "converted": "colours converted",
    "reduced": "made smaller",
}
NAMES = {
    "member": "You, in this server, today",
    "person": "You, everywhere, today",
    "server": "This server, this month",
    "attempts": "Attempts today",
}


def plain(text: str) -> str:
    """*text* as it was typed: no markdown, no mention works in it."""
    return discord.utils.escape_mentions(discord.utils.escape_markdown(text))


def shortened(text: str, most: int) -> str:
    """At most *most* characters, and visibly cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def waiting_words(waiting: Waiting) -> str:
    """What the card says; coarse enough not to change with each second."""
    if waiting.paused:
        return "Waiting: the operator's account at the picture service needs attention. Nothing is counted meanwhile."
    if waiting.position:
        place = "Next in line" if waiting.position == 1 else f"{_ordinal(waiting.position)} in line"
    else:
        place = "Painting"
    return place if waiting.about_s is None else f"{place}, about {_coarse(waiting.about_s)}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _coarse(seconds: int) -> str:
    if seconds <= 60:
        return f"{max(10, -(-seconds // 10) * 10)} s"
    return f"{-(-seconds // 60)} min"


def waiting(job: Job, words: str, *, may_cancel: bool) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    card: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ACCENT)
    card.add_item(ui.TextDisplay(f"{words} …\n-# {plain(shortened(job.request.prompt, 120))}"))
    if may_cancel:
        card.add_item(ui.ActionRow(Cancel(job.id)))
    view.add_item(card)
    return view


def words(text: str) -> ui.LayoutView:
    """A card of one sentence, for a message that was a card before."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


def file_name(job: Job, number: int, picture: ResultPicture) -> str:
    return f"wanvas-{job.id}-{number}.{picture.extension}"


def files(job: Job, pictures: Sequence[ResultPicture]) -> list[discord.File]:
    """Fresh file objects for one upload: untouched bytes, each with its alt text."""
    return [
        discord.File(_reader(picture), file_name(job, number, picture), description=alt_text(job))
        for number, picture in enumerate(pictures, start=1)
    ]


def _reader(picture: ResultPicture) -> io.BytesIO:
    return io.BytesIO(picture.data)


def alt_text(job: Job) -> str:
    return shortened(job.request.prompt, ALT_CHARS)


def result(job: Job, pictures: Sequence[ResultPicture], left: Remaining | None) -> ui.LayoutView:
    """The finished card: words, pictures, how they were made, what they took, and what can be done with them."""
    view = ui.LayoutView(timeout=None)
    card: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ACCENT)
    card.add_item(ui.TextDisplay(plain(shortened(job.request.prompt, PROMPT_CHARS))))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number, picture in enumerate(pictures, start=1):
        gallery.add_item(media=f"attachment://{file_name(job, number, picture)}", description=alt_text(job))
    card.add_item(gallery)
    card.add_item(ui.TextDisplay("\n".join(f"-# {line}" for line in facts(job, pictures, left))))
    card.add_item(ui.ActionRow(Again(job.id), Edit(job.id), Delete(job.id)))
    view.add_item(card)
    return view


def facts(job: Job, pictures: Sequence[ResultPicture], left: Remaining | None) -> list[str]:
    """The small lines under the pictures."""
    size = f"{pictures[0].width_px} × {pictures[0].height_px}, " if pictures else ""
    shape = job.request.shape.value if job.request.shape else "square"
    lines = [f"<@{job.asker.user_id}> · {shape}, {size}seed {job.request.seed} · {job.model}"]
    taken = f"{len(pictures)} of {job.request.count} came, {len(pictures)} counted"
    if len(pictures) == job.request.count:
        taken = f"{len(pictures)} counted"
    lines.append(taken if left is None else f"{taken}, {left.left} left of today's {left.limit}")
    for number, notes in enumerate(job.picture_notes, start=1):
        if said := ", ".join(NOTES[note] for note in notes if note in NOTES):
            lines.append(f"picture {number}: {said}")
    return lines


def plain_result(job: Job) -> str:
    """The words beside the files where Discord refuses the card."""
    return f"<@{job.asker.user_id}> {plain(shortened(job.request.prompt, PROMPT_CHARS))}"


def allowance(remaining: Remaining) -> str:
    """One allowance as a bar."""
    name = NAMES.get(remaining.name, remaining.name)
    share = remaining.left / remaining.limit if remaining.limit else 0
    bar = "▰" * round(share * BAR) + "▱" * (BAR - round(share * BAR))
    back = f"<t:{round(remaining.back_at.timestamp())}:R>"
    held = f", {remaining.held} on their way" if remaining.held else ""
    return f"{name}\n{bar} {remaining.left} left of {remaining.limit}{held} · full again {back}"
