"""Status cards and result cards (Components V2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import discord
from discord import ui

from cogs.text import formatters, image_lines, phrases
from cogs.text.i18n import Translator, translator_for
from cogs.text.markdown import shortened
from cogs.text.models import card_name, full_name, priced
from cogs.text.spoilers import shown, veiled
from cogs.ui.buttons import button
from cogs.ui.files import file_of
from cogs.ui.form_choices import aspect_ratio_name
from cogs.ui.ids import Verb, result_file_name
from cogs.ui.limits import ALT_CHARS, FILE_BYTES, REQUEST_BYTES
from cogs.ui.private_cards import shows_one
from cogs.ui.result_rows import USUAL, Offered, drawn, result_rows
from cogs.ui.views import ACCENT, Card
from imagegen.image_request import Intent
from imagegen.model import UNITS_PER_IMAGE, Job, ResultImage
from imagegen.model_options import intent_of
from imagegen.reports import Quotas

PROMPT_CHARS = 600  # on the card; the alt text holds more of the prompt
STATUS_CARD_CHARS = 120
ORIGINAL_CHARS = 400  # of an alt text, so that the change is in it too


@dataclass(frozen=True)
class Upload:
    """The images to upload, and the (number, bytes) of those that are too large. Numbers begin at 1.

    *original*: the first prompt of what was edited, for the alt texts; empty if there is none.
    """

    images: tuple[tuple[int, ResultImage], ...]
    left_out: tuple[tuple[int, int], ...] = ()
    spoiler: bool = False  # hidden until it is clicked
    original: str = field(default="", repr=False)


def upload(images: Sequence[ResultImage], file_bytes: int | None) -> Upload:
    """Return what fits into one request, each file at most *file_bytes* (None: Discord's own limit)."""
    taken: list[tuple[int, ResultImage]] = []
    left_out: list[tuple[int, int]] = []
    room = REQUEST_BYTES
    for number, image in enumerate(images, start=1):
        size = len(image.data)
        if size > min(room, file_bytes or FILE_BYTES):
            left_out.append((number, size))
        else:
            taken.append((number, image))
            room -= size
    return Upload(tuple(taken), tuple(left_out))


def translator_for_job(job: Job) -> Translator:
    """Return the translator for the messages of a job: the server's language for those that everyone there sees.

    Private and direct messages, and a server without a known language, get the requester's.
    """
    return translator_for_requester(job) if job.request.private else translator_for_everyone(job)


def translator_for_everyone(job: Job) -> Translator:
    """Return the translator for what everyone in the server of a job sees, such as its log."""
    return translator_for(job.address.server_locale or job.requester.locale)


def translator_for_requester(job: Job) -> Translator:
    """Return the translator for what the requester alone sees."""
    return translator_for(job.requester.locale)


def for_requester_alone(job: Job) -> Job:
    """Return *job* as its cards are drawn for the requester alone, such as in a direct message."""
    return replace(job, address=replace(job.address, server_locale=None))


def status_card(job: Job, says: str, *, may_cancel: bool) -> ui.LayoutView:
    """Draw the status card of a job that is not done yet."""
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay("\n-# ".join((says, *_about(job)))))
    if may_cancel:
        card.add_item(ui.ActionRow(button(Verb.CANCEL, job.id, translator_for_job(job))))
    view.add_item(card)
    return view


def _about(job: Job) -> list[str]:
    """Return the prompt, what an image set may use, and what images of the model use, unless it is a usual model."""
    translate = translator_for_job(job)
    lines = [shown(job.request.prompt, STATUS_CARD_CHARS), *formatters.set_reserved(job, translate)]
    if job.weight == UNITS_PER_IMAGE and intent_of(job.model) in (None, Intent.STANDARD):
        return lines
    return [*lines, priced(full_name(job.model, translate), job.weight, translate)]


def one_sentence(text: str) -> ui.LayoutView:
    """Draw a card of one sentence, for a message that was a card before."""
    view = Card()
    view.add_item(ui.TextDisplay(text))
    return view


def file_name(job: Job, number: int, image: ResultImage) -> str:
    """Return the file name of a result."""
    return result_file_name(job.id, number, image.extension)


def files(job: Job, upload: Upload) -> list[discord.File]:
    """Return fresh file objects for one request: untouched bytes with their alt texts."""
    return [
        file_of(image.data, file_name(job, number, image), alt_text(job, number, upload.original))
        for number, image in upload.images
    ]


def bare_files(job: Job, upload: Upload) -> list[discord.File]:
    """Return the same for a message without a card: a spoiler is marked in the file's name."""
    bare = files(job, upload)
    for file in bare:
        file.spoiler = upload.spoiler
    return bare


def alt_text(job: Job, number: int = 1, original: str = "") -> str:
    """Return the alt text of an image: its number if there are several, and the prompt.

    Of an edit, the prompt says only the change, so the *original* prompt comes before it.
    """
    which = f"{number}. " if job.request.count > 1 else ""
    prompt = veiled(job.request.prompt)
    if original:
        of_original = shortened(veiled(original), ORIGINAL_CHARS)
        prompt = translator_for_job(job)(phrases.CHANGED, original=of_original, change=prompt)
    return shortened(which + prompt, ALT_CHARS)


def result(job: Job, upload: Upload, left: Quotas | None, offered: Offered = USUAL, note: str = "") -> ui.LayoutView:
    """Draw the result card: prompt, images, how they were generated, what they used, and buttons.

    *note* is a small line above the others.
    """
    return _card(job, upload, shown(job.request.prompt, PROMPT_CHARS), [note, *facts(job, upload, left)], offered)


def shared(job: Job, upload: Upload, offered: Offered = USUAL) -> ui.LayoutView:
    """Draw the card of one image that the requester of *job* shares. It says nothing of the quota or input images."""
    translate, requester = translator_for_job(job), f"<@{job.requester.user_id}>"
    above = translate(phrases.SHARED_BY, requester=requester)
    head = "\n".join((above, shown(job.request.prompt, PROMPT_CHARS)))
    return _card(job, upload, head, [*_about_images(job, upload, translate)], replace(offered, comparing=False))


def _card(job: Job, upload: Upload, head: str, small_lines: Sequence[str], offered: Offered) -> ui.LayoutView:
    view = Card()
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    card.add_item(ui.TextDisplay(head))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number, image in upload.images[:1] if shows_one(job) else upload.images:
        media, alt = f"attachment://{file_name(job, number, image)}", alt_text(job, number, upload.original)
        gallery.add_item(media=media, description=alt, spoiler=upload.spoiler)
    card.add_item(gallery)
    card.add_item(ui.TextDisplay("\n".join(f"-# {line}" for line in small_lines if line)))
    rows, numbers = result_rows(job, offered), [number for number, _ in upload.images]
    for row in drawn(rows, numbers, job, translator_for_job(job)):
        card.add_item(row)
    view.add_item(card)
    return view


def facts(job: Job, upload: Upload, left: Quotas | None) -> list[str]:
    """Return the small lines under the images."""
    translate, numbers = translator_for_job(job), [number for number, _ in upload.images]
    generated, *about = _about_images(job, upload, translate)
    return [
        generated,
        formatters.quota_used(job, len(upload.images), left, translate),
        *([] if shows_one(job) else image_lines.reading_order(numbers, translate)),
        *image_lines.left_out(upload.left_out, translate),
        *about,
    ]


def _about_images(job: Job, upload: Upload, translate: Translator) -> Iterator[str]:
    """Yield how the images were generated, and what differs from what was requested."""
    _, first = upload.images[0]
    generated: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "aspect_ratio": translate(aspect_ratio_name(job.request)),
        "size": f"{first.width_px} × {first.height_px}",
        "seed": job.request.seed or 0,
        "model": card_name(job.model, translate),
    }
    yield translate(phrases.FACTS_WITHOUT_SEED if job.request.seed is None else phrases.RESULT_FACTS, generated)
    yield from _refits(upload, translate)
    yield from image_lines.variation(job, translate)
    yield from image_lines.style(job, translate)
    yield from image_lines.inputs(job, translate)
    yield from image_lines.edited_parts(job, translate)


def _refits(upload: Upload, translate: Translator) -> list[str]:
    return image_lines.shrunk([(number, image.shrink) for number, image in upload.images], translate)


def plain_result(job: Job) -> str:
    """Return the text beside the files if Discord refuses the card."""
    return f"<@{job.requester.user_id}> {shown(job.request.prompt, PROMPT_CHARS)}"
