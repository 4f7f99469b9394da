"""Receive interactions as the bot gets them, find jobs by their messages, and count the bot's calls and statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord
from sqlalchemy import event

from imagegen.model import Job
from imagegen.store.engine import Store
from sandbox.people import Json, Person
from tests.cogs.conftest import Room


async def received_interaction(
    room: Room, person: Person, channel: str, message: Json | None = None
) -> discord.Interaction[Any]:
    """Return an interaction of *person* as the bot receives it, after the bot has received all earlier events."""
    next_interaction = room.bot.wait_for("interaction", check=lambda it: it.user.id == int(person.id), timeout=10)
    received = asyncio.create_task(next_interaction)
    await asyncio.sleep(0)
    await person.forge(channel, 5, message, custom_id="none", components=[])
    interaction: discord.Interaction[Any] = await received
    return interaction


async def job_of(room: Room, message: Json) -> Job:
    """Return the job whose status card or result is in *message*."""
    job = await room.service.display.job_of_message(int(message["id"]))
    assert job is not None
    return job


async def results(room: Room, person: Person, channel: str, number: int) -> list[Job]:
    """Deliver *number* results of *person* to a channel, and return their jobs, oldest first."""
    return [await job_of(room, await room.delivered(person, channel, f"{channel}, {n}")) for n in range(number)]


@asynccontextmanager
async def calls(room: Room) -> AsyncIterator[list[str]]:
    """Yield a list that holds, after the block, the calls that the bot made in the block by its own token.

    Calls by an interaction's token are left out.
    """
    before, recorded = len(room.box.record.part("discord")), list[str]()
    yield recorded
    record = room.box.record.part("discord")[before:]
    by_interaction = ("/api/v10/webhooks/", "/api/v10/interactions/")
    recorded += [
        f"{entry['method']} {entry['path']}" for entry in record if not entry["path"].startswith(by_interaction)
    ]


def card_id(job: Job) -> int:
    """Return the id of the message that is the job's status card."""
    assert job.address.message_id is not None
    return job.address.message_id


@contextmanager
def statements_of(store: Store) -> Iterator[list[str]]:
    """Yield a list that grows by every statement that the store executes in the block."""
    found = list[str]()

    def note(_tx: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(store._engine, "before_cursor_execute", note)  # also hears the engine of the reads, made from this one
    yield found
    event.remove(store._engine, "before_cursor_execute", note)


@contextmanager
def serves(room: Room, job: Job, data: bytes) -> Iterator[None]:
    """Let the link of the job's first result lead to *data* in the block."""
    assert job.made is not None
    files, name = room.box.local_wan.results, job.made.links[0].split("/")[-1].split("?")[0]
    before = files[name]
    files[name] = data
    try:
        yield
    finally:
        files[name] = before
