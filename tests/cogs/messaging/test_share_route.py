"""A shared image is sent once, also by several processes, and a later try finds its message."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.messaging.routes import Post
from cogs.messaging.share_route import send, sent_before
from cogs.ui.files import file_of
from cogs.ui.ids import result_file_name
from imagegen.errors import DeliverLater
from imagegen.reports import SharedImage
from tests.cogs.conftest import Room
from tests.end_to_end.conftest import png

JOBS = itertools.count(900_000)


async def an_image(room: Room, channel: str, job: int, number: int = 1) -> tuple[SharedImage, Post]:
    """Return an image that is shared now, and its message."""
    at, name = room.box.clock.now(), result_file_name(job, number, "png")
    shared = SharedImage(job, number, int(room.channel_id(channel)), None, at, is_new=True)
    return shared, Post(lambda: {"content": "a cove"}, lambda: [file_of(png((32, 32)), name)])


async def test_two_processes_that_share_an_image_at_once_send_one_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    shared, post = await an_image(room, channel, next(JOBS))

    tries = (send(room.bot, one, post) for one in (shared, replace(shared, is_new=False)))
    first, second = await asyncio.gather(*tries)

    (message,) = await room.bot_messages(ana, channel)
    assert message["id"] == str(first) == str(second)


async def test_an_earlier_message_is_found_by_the_number_of_its_image(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, sent = next(JOBS), {}
    for number in (1, 2):
        shared, post = await an_image(room, channel, job, number)
        sent[number] = await send(room.bot, shared, post)

    found = await sent_before(room.bot, replace(shared, is_new=False))

    assert found == sent[2]
    assert len(await room.bot_messages(ana, channel)) == 2


async def test_an_old_try_that_cannot_be_looked_for_is_in_doubt(room: Room) -> None:
    shared, _ = await an_image(room, await room.channel(), next(JOBS))
    old = replace(shared, is_new=False, at=shared.at - timedelta(hours=1))

    with pytest.raises(DeliverLater):
        await sent_before(room.bot, old, can_search=False)
