"""Images that are drawn here, and jobs as the bot would have them: nothing of Discord's items needs Wan."""

from __future__ import annotations

import io
import itertools
import time
from dataclasses import replace
from typing import Any

import discord
from PIL import Image, ImageDraw

from cogs.delivery.images import card_post
from cogs.messaging.address import address_of, requester_of
from cogs.messaging.routes import Post
from cogs.ui import cards
from cogs.ui.files import file_of
from cogs.ui.ids import result_file_name
from imagegen.address import Address
from imagegen.image_request import AspectRatio, ImageRequest
from imagegen.imaging.marks import marked
from imagegen.model import AiMark, Call, Job, Requester, ResultImage, Scope
from imagegen.states import State

PROMPT = "A sample image that the verification drew itself"
SIZE_PX = (320, 240)
COLORS = ("#4f8a8b", "#f9d276", "#b3403a", "#2f4858")
_numbers = itertools.count(int(time.time()) * 100)  # ids that no other run uses: a nonce is remembered for minutes


def png(number: int) -> bytes:
    """Return a small PNG. Each *number* has its own color."""
    image = Image.new("RGB", SIZE_PX, COLORS[number % len(COLORS)])
    pen = ImageDraw.Draw(image)
    pen.ellipse((90, 50, 230, 190), fill="white")
    pen.rectangle((0, 200, 320, 240), fill="#222222")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def job_of(interaction: discord.Interaction[Any], message_id: int | None) -> Job:
    """Return the job that the bot would have for an interaction whose answer is that message."""
    return _job(requester_of(interaction), address_of(interaction), message_id)


def job_in(channel_id: int, server_id: int, user_id: int) -> Job:
    """Return a job that a message in a channel would have made."""
    scope, address = Scope(server_id), Address(server_id=server_id, channel_id=channel_id)
    return _job(Requester(user_id, scope), address, None)


def _job(requester: Requester, address: Address, message_id: int | None) -> Job:
    number, now = next(_numbers), discord.utils.utcnow()
    return Job(
        id=number,
        key=f"verify:{number}",
        state=State.GENERATED,
        requester=requester,
        request=ImageRequest(PROMPT, seed=1, aspect_ratio=AspectRatio.LANDSCAPE),
        address=Address(**{**vars(address), "message_id": message_id}),
        model="none",
        call=Call.SYNC,
        input_count=0,
        attempts=1,
        epoch=1,
        requested_at=now,
    )


def another(job: Job) -> Job:
    """Return *job* under a new id, so that its upload has a new name."""
    return replace(job, id=next(_numbers))


def result_post(job: Job) -> Post:
    """Return the result card of *job*, with one image that is marked, and named after the job's id."""
    mark = AiMark(job.model, job.requested_at, job.id, is_edit=False)
    return card_post(job, cards.upload([ResultImage(marked(png(job.id), mark), "png", *SIZE_PX)], None), None)


def file(job: Job) -> discord.File:
    """Return a fresh file with the same image, for a card of another kind."""
    return file_of(png(job.id), result_file_name(job.id, 1, "png"))
