"""Cancel a request whose task waits at Wan: what the status card offers, and what the bot answers to the press."""

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


async def request_with_card(room: Room, ana: Person, channel: str, prompt: str) -> tuple[Job, Json]:
    """Send a request, and return its job, whose task waits at Wan, with its status card."""
    await ana.slash(channel, "imagine", prompt=prompt, count=2)
    job = await room.submitted_job(prompt)
    return job, await updated_card(room, ana, channel, prompt)


async def updated_card(room: Room, ana: Person, channel: str, prompt: str) -> Json:
    """Update the status card of a request, and return its message."""
    status_cards = StatusCards(room.service, room.delivery._show_card)
    await status_cards.update(await room.queue_entry(prompt))
    return next(message for message in await room.bot_messages(ana, channel) if prompt in text_of(message))


def private_message_with(text: str) -> Callable[[Json], bool]:
    """Return a check that a message is private and contains *text*."""
    return lambda message: bool(message["flags"] & EPHEMERAL) and text in text_of(message)


async def test_the_requester_cancels_a_task_that_waits_at_wan(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await request_with_card(room, ana, channel, "waits at wan")

    await ana.press(before, "Cancel")
    await ana.see(channel, private_message_with("asked the image service to cancel"), "the first answer")
    canceling = await updated_card(room, ana, channel, "waits at wan")
    await room.store.write(jobs.canceled, job, may_have_been_paid=False, now=datetime.now(UTC))
    await ana.see(channel, private_message_with("Canceled. It didn't use your quota."), "the outcome")

    assert "Waiting at the image service" in text_of(before)
    assert "Canceling" in text_of(canceling)
    assert "w1:cancel" not in str(canceling)


async def test_the_requester_is_notified_when_a_task_starts_before_the_cancel(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await request_with_card(room, ana, channel, "begins at wan")

    await ana.press(before, "Cancel")
    await ana.see(channel, private_message_with("asked the image service to cancel"), "the first answer")
    running = await room.store.write(tasks.running, job, now=datetime.now(UTC))
    await ana.see(channel, private_message_with("I can't cancel it"), "the outcome")
    after = await updated_card(room, ana, channel, "begins at wan")

    assert "Too late to cancel. Generating…" in text_of(after)
    assert "w1:cancel" not in str(after)
    assert running is not None
    await room.store.write(jobs.canceled, running, may_have_been_paid=False, now=datetime.now(UTC))


async def test_the_status_card_of_a_running_task_has_no_cancel_button(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    job, before = await request_with_card(room, ana, channel, "has begun")
    running = await room.store.write(tasks.running, job, now=datetime.now(UTC))
    assert running is not None

    after = await updated_card(room, ana, channel, "has begun")

    assert ("w1:cancel" in str(before), "w1:cancel" in str(after)) == (True, False)
    assert "Generating…" in text_of(after)
    await room.store.write(jobs.canceled, running, may_have_been_paid=False, now=datetime.now(UTC))


async def test_another_member_cannot_cancel_the_request(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    job, before = await request_with_card(room, ana, channel, "not yours at wan")

    await bo.press(before, "Cancel")
    await bo.see(channel, private_message_with("Only the person who requested it"), "the refusal")

    assert not await room.store.read(tasks.wants_cancel, job.id)
    await room.store.write(jobs.canceled, job, may_have_been_paid=False, now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("stop", "requested", "says"),
    [
        (True, False, "正在图片服务排队…"),
        (True, True, "正在取消…"),
        (False, True, "来不及取消，生成中…"),
        (False, False, "生成中…"),
    ],
)
def test_the_queue_status_in_chinese_names_the_state_of_a_task(stop: bool, requested: bool, says: str) -> None:
    entry = an_entry(0, may_be_stopped=stop, cancel_requested=requested, state=State.SUBMITTED)

    assert formatters.queue_status(entry, translator_for("zh-CN")) == says


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
def test_the_answer_to_cancel_depends_on_the_state_of_the_job(job: Job | None, says: str) -> None:
    assert formatters.canceled(job) == says
