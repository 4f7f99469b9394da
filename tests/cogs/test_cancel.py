"""Cancel on the card of a request whose task waits at Wan: what the card offers, and what the presser is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from cogs.delivery.status_cards import StatusCards
from cogs.text import formatters, phrases
from cogs.text.i18n import translator_for
from imagegen.model import Call, Job
from imagegen.states import State
from imagegen.store import jobs, tasks
from sandbox.people import EPHEMERAL, Json, Person, text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import NOON, a_job, an_entry


async def on_a_card(room: Room, ana: Person, channel: str, prompt: str) -> tuple[Job, Json]:
    """A request whose task waits at Wan, and its card."""
    await ana.slash(channel, "imagine", prompt=prompt, count=2)
    job = await room.submitted_job(prompt)
    return job, await card(room, ana, channel, prompt)


async def card(room: Room, ana: Person, channel: str, prompt: str) -> Json:
    """The card of that request, made to say what is so now."""
    status_cards = StatusCards(room.service, room.delivery._show_card)
    await status_cards.update(await room.queue_entry(prompt))
    return next(message for message in await room.bot_messages(ana, channel) if prompt in text_of(message))


def said_alone(words: str) -> Callable[[Json], bool]:
    return lambda message: bool(message["flags"] & EPHEMERAL) and words in text_of(message)


async def test_a_task_that_waits_is_canceled_by_its_asker(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await on_a_card(room, ana, channel, "waits at wan")

    await ana.press(before, "Cancel")
    await ana.see(channel, said_alone("asked the image service to cancel"), "what was begun")
    asked = await card(room, ana, channel, "waits at wan")
    await room.store.write(jobs.canceled, job, may_have_been_paid=False, now=datetime.now(UTC))
    await ana.see(channel, said_alone("Canceled. It didn't use your quota."), "what came of it")

    assert "Waiting at the image service" in text_of(before)
    assert "Canceling" in text_of(asked)
    assert "w1:cancel" not in str(asked)


async def test_a_task_that_has_begun_is_said_to_be_too_late_to_cancel(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await on_a_card(room, ana, channel, "begins at wan")

    await ana.press(before, "Cancel")
    await ana.see(channel, said_alone("asked the image service to cancel"), "what was begun")
    began = await room.store.write(tasks.running, job, now=datetime.now(UTC))
    await ana.see(channel, said_alone("I can't cancel it"), "what came of it")
    after = await card(room, ana, channel, "begins at wan")

    assert "Too late to cancel. Generating…" in text_of(after)
    assert "w1:cancel" not in str(after)
    assert began is not None
    await room.store.write(jobs.canceled, began, may_have_been_paid=False, now=datetime.now(UTC))


async def test_a_card_of_a_task_that_has_begun_offers_no_cancel(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await on_a_card(room, ana, channel, "has begun")
    began = await room.store.write(tasks.running, job, now=datetime.now(UTC))
    assert began is not None

    after = await card(room, ana, channel, "has begun")

    assert ("w1:cancel" in str(before), "w1:cancel" in str(after)) == (True, False)
    assert "Generating…" in text_of(after)
    await room.store.write(jobs.canceled, began, may_have_been_paid=False, now=datetime.now(UTC))


async def test_nobody_else_cancels_it(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job, before = await on_a_card(room, ana, channel, "not yours at wan")

    await bo.press(before, "Cancel")
    await bo.see(channel, said_alone("Only the person who requested it"), "the refusal")

    assert not await room.store.read(tasks.wants_cancel, job.id)
    await room.store.write(jobs.canceled, job, may_have_been_paid=False, now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("stop", "asked", "says"),
    [
        (True, False, "正在图片服务排队…"),
        (True, True, "正在取消…"),
        (False, True, "来不及取消，生成中…"),
        (False, False, "生成中…"),
    ],
)
def test_a_card_says_in_chinese_how_a_task_stands(stop: bool, asked: bool, says: str) -> None:
    waiting = an_entry(0, may_be_stopped=stop, cancel_requested=asked, state=State.SUBMITTED)

    assert formatters.queue_status(waiting, translator_for("zh-CN")) == says


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (None, phrases.ALREADY_SENT),
        (a_job(state=State.CANCELED), phrases.CANCELED),
        (a_job(state=State.SUBMITTING, call=Call.STREAM), phrases.STOPPING),
        (a_job(state=State.SUBMITTED, call=Call.TASK), phrases.ASKED_TO_CANCEL),
        (a_job(state=State.SUBMITTED, call=Call.TASK, running_at=NOON), phrases.ALREADY_SENT),
        (a_job(state=State.GENERATED), phrases.ALREADY_SENT),
    ],
)
def test_cancel_is_answered_by_how_the_request_stands(job: Job | None, says: str) -> None:
    assert formatters.canceled(job) == says
