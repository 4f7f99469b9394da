"""The row of a private card that shows one image at a time: turn to another image, share the one that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import discord
from discord import ui

from cogs.text.i18n import Translator
from cogs.ui.buttons import BLUE, GREY, LOOKS
from cogs.ui.ids import Verb, numbered_id
from imagegen.model import Job


@dataclass(frozen=True)
class PrivateImages:
    """The images of one private message by their *numbers*, and which of them is shown.

    *shared* has the link to the message of each that was shared.
    """

    job_id: int
    numbers: Sequence[int]
    shown: int
    shared: Mapping[int, str] = field(default_factory=dict)


def shows_one(job: Job) -> bool:
    """Return whether a message of *job* shows one image at a time. A story stays in reading order."""
    return job.request.private and not job.request.story


def image_row(images: PrivateImages, translate: Translator) -> ui.ActionRow[ui.LayoutView]:
    """Draw the buttons about the shown image. The first and the last image have no neighbor on one side."""
    turns = _turns(images) if len(images.numbers) > 1 else []
    return ui.ActionRow(*turns, *_share(images, translate))


def _turns(images: PrivateImages) -> list[ui.Button[ui.LayoutView]]:
    at, last = images.numbers.index(images.shown), len(images.numbers) - 1
    ids = [numbered_id(Verb.TURN, images.job_id, position) for position in (at, at + 1, at + 2)]  # counted from 1
    here = f"{at + 1}/{last + 1}"
    return [
        ui.Button(label="◀", style=GREY, custom_id=ids[0], disabled=at == 0),
        ui.Button(label=here, style=GREY, custom_id=ids[1], disabled=True),
        ui.Button(label="▶", style=GREY, custom_id=ids[2], disabled=at == last),
    ]


def _share(images: PrivateImages, translate: Translator) -> list[ui.Button[ui.LayoutView]]:
    custom_id = numbered_id(Verb.SHARE, images.job_id, images.shown)
    if (jump := images.shared.get(images.shown)) is None:
        return [ui.Button(label=translate(LOOKS[Verb.SHARE][0]), style=BLUE, custom_id=custom_id)]
    shared: ui.Button[ui.LayoutView] = ui.Button(label=translate("Shared"), custom_id=custom_id, disabled=True)
    return [shared, ui.Button(label=translate("View"), style=discord.ButtonStyle.link, url=jump)]
