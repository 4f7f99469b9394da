"""Each refusal of Discord has one rule, and whatever fails, a result is shown once. Through the local Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cogs.messaging import outcomes
from cogs.messaging.outcomes import RefusalAction, refusal_action
from imagegen.errors import DeliverLater, Reason, Undeliverable
from imagegen.model import Job
from sandbox.discord.errors import REFUSALS
from sandbox.people import EPHEMERAL, Json, Person, images_of, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import card_id

pytestmark = pytest.mark.usefixtures("no_cards")

EDIT_BY_TOKEN, EDIT, SEND = "PATCH /api/v10/webhooks", "PATCH /api/v10/channels", "POST /api/v10/channels"
FOLLOW_UP = "POST /api/v10/webhooks"
LOST = ("server_error_after", "discord_reset_after", "slow_body")
Prepare = Callable[[Room, Job, str], Awaitable[Job]]


@dataclass(frozen=True)
class Case:
    """A member, the channel of the request, and the generated job."""

    ana: Person
    channel: str
    job: Job

    async def shown(self, room: Room) -> list[Json]:
        """Return every message of the bot that this person sees, and that has an image."""
        seen = [*await room.bot_messages(self.ana, self.channel), *await room.bot_messages(self.ana, "dm")]
        return [message for message in seen if images_of(message)]


async def a_case(room: Room, prompt: str) -> Case:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    return Case(ana, channel, await room.generated_job(prompt))


def forget_nonces(room: Room) -> None:
    """Forget the nonces, as Discord does after some minutes."""
    for message in room.box.world.messages.values():
        message.body.pop("nonce", None)


async def all_open(_room: Room, job: Job, _channel: str) -> Job:
    return job


async def token_expired(room: Room, job: Job, _channel: str) -> Job:
    return replace(job, address=job.address.without_token())


async def card_gone(room: Room, job: Job, channel: str) -> Job:
    await room.bot.http.delete_message(int(room.channel_id(channel)), card_id(job))
    return replace(job, address=job.address.without_token())


async def edit_refused(room: Room, job: Job, _channel: str) -> Job:
    room.box.faults.arm("v2_upload_refused")
    return job


async def channel_closed(room: Room, job: Job, channel: str) -> Job:
    await room.deny(channel, "VIEW_CHANNEL")
    return replace(job, address=job.address.without_token())


ROUTES: dict[str, tuple[Prepare, str]] = {
    "by token": (all_open, EDIT_BY_TOKEN),
    "by message": (token_expired, EDIT),
    "by channel": (card_gone, SEND),
    "by follow-up": (edit_refused, FOLLOW_UP),
    "by direct message": (channel_closed, SEND + "/{dm}"),
}


async def on_route(room: Room, route: str, prompt: str) -> tuple[Case, Job, str]:
    """Return a job for which only *route* and the routes after it are open, and the HTTP request of that route."""
    case, (prepare, match) = await a_case(room, prompt), ROUTES[route]
    dm = room.box.world.bot_dm(case.ana.id).id
    return case, await prepare(room, case.job, case.channel), match.format(dm=dm)


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("route", ROUTES)
async def test_after_a_lost_answer_on_any_route_the_image_is_shown_once(
    room: Room, route: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", 0.3 if fault == "slow_body" else outcomes.SILENCE_S)
    case, job, match = await on_route(room, route, f"lost {fault} {route}")
    room.box.faults.arm(fault, match=match)

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)
    forget_nonces(room)
    await room.delivery.deliver(job)

    (message,) = await case.shown(room)
    assert len(images_of(message)) == 1


NOT_NOW: dict[str, tuple[str, dict[str, Any]]] = {
    "429 of the bucket": ("too_many_requests", {"retry_after_s": 30.0}),
    "429 of the whole bot": ("too_many_requests", {"retry_after_s": 0.5, "scope": "global"}),
    "429 shared": ("too_many_requests", {"retry_after_s": 30.0, "scope": "shared"}),
    "the channel's write limit": ("too_many_requests", {"retry_after_s": 30.0, "code": 20028}),
    "the server's write limit": ("too_many_requests", {"retry_after_s": 30.0, "code": 20029}),
    "500": ("server_error_before", {"status": 500}),
    "502": ("server_error_before", {"status": 502}),
    "503": ("server_error_before", {"status": 503}),
    "504": ("server_error_before", {"status": 504}),
    "a reset": ("discord_reset_before", {}),
    "a bare 403, as Cloudflare's": ("discord_error", {"code": 0}),
}


@pytest.mark.parametrize("failure", NOT_NOW)
@pytest.mark.parametrize("route", ["by token", "by channel"])  # discord.py has an HTTP client for each
async def test_a_temporary_refusal_is_tried_later_by_the_same_route(room: Room, route: str, failure: str) -> None:
    name, arguments = NOT_NOW[failure]
    case, job, match = await on_route(room, route, f"not now {failure} {route}")
    before = len(room.box.record.part("discord"))
    room.box.faults.arm(name, match=match, **arguments)

    with pytest.raises(DeliverLater) as later:
        await room.delivery.deliver(job)
    sent = room.box.record.part("discord")[before:]
    if arguments.get("scope") == "global":  # until then every other call is held back too
        await asyncio.sleep(later.value.delay_s)
    await room.delivery.deliver(job)

    assert later.value.delay_s == pytest.approx(arguments.get("retry_after_s", outcomes.LATER_S))
    assert len([entry for entry in sent if entry.get("fault") == name]) == 1
    assert sent[-1].get("fault") == name
    assert len(await case.shown(room)) == 1


async def test_a_short_rate_limit_is_waited_for_at_once(room: Room) -> None:
    case = await a_case(room, "a short 429")
    room.box.faults.arm("too_many_requests", match=EDIT_BY_TOKEN, retry_after_s=0.1)

    await room.delivery.deliver(case.job)

    assert len(await case.shown(room)) == 1


@pytest.mark.parametrize("code", [50027, 10015])
async def test_after_an_expired_token_the_bot_edits_the_same_message(room: Room, code: int) -> None:
    case = await a_case(room, f"dead token {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await case.shown(room)
    assert message["id"] == str(case.job.address.message_id)


@pytest.mark.parametrize("code", [10003, 10008, 50001, 50005, 50013, 30046, 50083])
async def test_a_card_that_cannot_be_edited_is_replaced_by_a_new_message(room: Room, code: int) -> None:
    case = await a_case(room, f"no edit {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)
    room.box.faults.arm("discord_error", match=EDIT, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.bot_messages(case.ana, case.channel)
    assert images_of(message)
    assert message["id"] != str(case.job.address.message_id)
    assert [user["id"] for user in message["mentions"]] == [case.ana.id]


async def test_a_card_in_an_archived_thread_is_removed_after_the_result_reopens_it(room: Room) -> None:
    case = await a_case(room, "archived")
    for match in (EDIT_BY_TOKEN, EDIT, "DELETE /api/v10/webhooks", "DELETE /api/v10/channels"):
        room.box.faults.arm("discord_error", match=match, code=50083)

    await room.delivery.deliver(case.job)

    (message,) = await room.bot_messages(case.ana, case.channel)
    assert images_of(message)


@pytest.mark.parametrize("code", [10003, 50001, 50013])
async def test_where_the_bot_may_not_write_a_valid_token_delivers_the_image(room: Room, code: int) -> None:
    case = await a_case(room, f"may not write {code}")
    await card_gone(room, case.job, case.channel)
    room.box.faults.arm("discord_error", match=SEND, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.bot_messages(case.ana, case.channel)
    assert images_of(message)
    assert message["webhook_id"]


CLOSED = (10003, 10008, 50001, 50007, 50013)


@pytest.mark.parametrize("code", CLOSED)
async def test_a_channel_that_was_closed_meanwhile_is_the_reason(room: Room, code: int) -> None:
    case = await a_case(room, f"closed everywhere {code}")
    job = await card_gone(room, case.job, case.channel)
    room.box.faults.arm("discord_error", times=9, match=SEND, code=code)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.CHANNEL_CLOSED
    assert await case.shown(room) == []


async def test_a_deleted_channel_counts_as_closed(room: Room) -> None:
    case = await a_case(room, "channel deleted")
    job = await channel_closed(room, case.job, case.channel)
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(case.ana.id).id}", code=50007)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.CHANNEL_CLOSED


async def test_an_expired_token_and_closed_direct_messages_do_not_count_as_a_closed_channel(room: Room) -> None:
    """No person locked the bot out: a user install has no other route, and its token expired."""
    case = await a_case(room, "nothing but a token")
    job = replace(case.job, address=replace(case.job.address, token=None, is_user_install=True))
    await room.deny(case.channel, "VIEW_CHANNEL")  # in the channel of a user install the bot may not write
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(case.ana.id).id}", code=50007)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.UNDELIVERED


async def test_a_member_who_closed_the_channel_reads_what_the_job_used(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="closed and counted")
    job = await room.failed_job("closed and counted", Reason.CHANNEL_CLOSED, counted=2)

    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert "deleted or closed to me. It used 2 of your quota." in text_of(message)


async def test_an_undelivered_job_is_notified_in_private_and_leaves_no_card(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.slash(channel, "imagine", prompt="undelivered")
    job = await room.failed_job("undelivered", Reason.UNDELIVERED)

    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "didn't let me post it anywhere. It didn't use your quota" in text_of(message)


@pytest.mark.parametrize("code", [50035, 50006])
async def test_a_rejected_form_becomes_a_follow_up_and_then_plain_text_and_files(room: Room, code: int) -> None:
    case = await a_case(room, f"form {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)
    room.box.faults.arm("discord_error", match=FOLLOW_UP, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.bot_messages(case.ana, case.channel)
    assert message["components"] == []
    assert len(message["attachments"]) == 1


async def test_a_prompt_that_automod_rejects_is_left_out_and_the_image_comes(room: Room) -> None:
    case = await a_case(room, "a forbidden lighthouse")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=200000)

    await room.delivery.deliver(case.job)

    (message,) = await case.shown(room)
    assert "AutoMod" in text_of(message)
    assert "forbidden" not in str(message)


async def test_after_a_second_rejection_by_automod_the_next_route_is_taken(room: Room) -> None:
    case = await a_case(room, "refused twice")
    job = await token_expired(room, case.job, case.channel)
    room.box.faults.arm("discord_error", times=2, match=EDIT, code=200000)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(case.ana, case.channel)
    assert images_of(message)
    assert message["id"] != str(job.address.message_id)


async def test_a_rejected_reply_comes_as_a_message_without_reference(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} no reply")
    job = await room.generated_job("no reply")
    room.box.faults.arm("discord_error", match=SEND, code=160002)

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)
    assert "message_reference" not in message


async def test_a_notice_whose_answer_was_lost_is_posted_once(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} notified once")
    job = await room.failed_job("notified once", Reason.UNANSWERED)
    room.box.faults.arm("server_error_after", match=SEND)

    with pytest.raises(DeliverLater):
        await room.delivery.notify(job)
    await room.delivery.notify(job)

    assert len(await room.bot_messages(ana, channel)) == 1


async def test_a_card_whose_answer_was_lost_becomes_the_result(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card becomes")
    waiting = await room.queue_entry("lost card becomes")
    room.box.faults.arm("discord_reset_after", match=SEND)
    await room.delivery._status_cards.update(waiting)
    job = await room.generated_job("lost card becomes")

    await room.delivery.deliver(job)

    (message,) = await room.bot_messages(ana, channel)
    assert images_of(message)


async def test_a_card_whose_answer_was_lost_is_removed_when_its_job_fails(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card goes")
    waiting = await room.queue_entry("lost card goes")
    room.box.faults.arm("discord_reset_after", match=SEND)
    await room.delivery._status_cards.update(waiting)
    job = await room.failed_job("lost card goes", Reason.UNANSWERED)

    await room.delivery.notify(job)

    (message,) = await room.bot_messages(ana, channel)
    assert "didn't answer in time" in text_of(message)


@pytest.mark.parametrize(("code", "status"), [(code, REFUSALS[code][0]) for code in REFUSALS if code])
def test_each_code_that_the_local_discord_sends_has_its_own_rule(code: int, status: int) -> None:
    assert code in outcomes.BY_CODE
    assert refusal_action(status, code) is outcomes.BY_CODE[code]


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        *((status, 0, RefusalAction.LATER) for status in (500, 502, 503, 504, 524, 401, 403, 429)),
        (413, 0, RefusalAction.SMALLER),
        *((status, code, RefusalAction.CHANNEL_CLOSED) for status, code in ((404, 10004), (400, 160005), (403, 50013))),
        *((status, code, RefusalAction.NEXT_ROUTE) for status, code in ((404, 0), (403, 50278), (400, 99999))),
    ],
)
def test_without_a_known_code_the_status_decides(status: int, code: int, expected: Any) -> None:
    assert refusal_action(status, code) is expected
