"""Each failure of Discord's has one rule, and whatever fails, an image is shown once. Through the local Discord."""

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

EDIT_BY_TOKEN, EDIT, SEND = "PATCH /api/v10/webhooks", "PATCH /api/v10/channels", "POST /api/v10/channels"
FOLLOW_UP = "POST /api/v10/webhooks"
LOST = ("server_error_after", "discord_reset_after", "slow_body")
Prepare = Callable[[Room, Job, str], Awaitable[Job]]


@dataclass(frozen=True)
class Case:
    """A member, where they asked, and the job that was made of it."""

    ana: Person
    channel: str
    job: Job

    async def shown(self, room: Room) -> list[Json]:
        """Every message of the bot's that this person sees anywhere, and that has an image."""
        seen = [*await room.seen(self.ana, self.channel), *await room.seen(self.ana, "dm")]
        return [message for message in seen if images_of(message)]


async def a_case(room: Room, prompt: str) -> Case:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt=prompt)
    return Case(ana, channel, await room.made(prompt))


def forget_nonces(room: Room) -> None:
    """As Discord does after some minutes."""
    for message in room.box.world.messages.values():
        message.body.pop("nonce", None)


async def whole(_room: Room, job: Job, _channel: str) -> Job:
    return job


async def token_dead(room: Room, job: Job, _channel: str) -> Job:
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


WAYS: dict[str, tuple[Prepare, str]] = {
    "by token": (whole, EDIT_BY_TOKEN),
    "by message": (token_dead, EDIT),
    "by channel": (card_gone, SEND),
    "by follow-up": (edit_refused, FOLLOW_UP),
    "by direct message": (channel_closed, SEND + "/{dm}"),
}


async def on_way(room: Room, way: str, prompt: str) -> tuple[Case, Job, str]:
    """A job for which only *way* and those after it are open, and where its request goes."""
    case, (prepare, match) = await a_case(room, prompt), WAYS[way]
    dm = room.box.world.bot_dm(case.ana.id).id
    return case, await prepare(room, case.job, case.channel), match.format(dm=dm)


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_lost_on_any_way_shows_the_image_once(
    room: Room, way: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "SILENCE_S", 0.3 if fault == "slow_body" else outcomes.SILENCE_S)
    case, job, match = await on_way(room, way, f"lost {fault} {way}")
    room.box.faults.arm(fault, match=match)

    with pytest.raises(DeliverLater):
        await room.delivery.deliver(job)
    forget_nonces(room)
    await room.delivery.deliver(job)

    (message,) = await case.shown(room)
    assert len(images_of(message)) == 1


NOT_NOW: dict[str, tuple[str, dict[str, Any]]] = {
    "429 of its own": ("too_many_requests", {"retry_after_s": 30.0}),
    "429 of all": ("too_many_requests", {"retry_after_s": 0.5, "scope": "global"}),
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
@pytest.mark.parametrize("way", ["by token", "by channel"])  # discord.py has one client for each
async def test_what_is_not_taken_now_is_made_once_and_tried_later_by_the_same_way(
    room: Room, way: str, failure: str
) -> None:
    name, arguments = NOT_NOW[failure]
    case, job, match = await on_way(room, way, f"not now {failure} {way}")
    before = len(await room.control.record("discord"))
    room.box.faults.arm(name, match=match, **arguments)

    with pytest.raises(DeliverLater) as later:
        await room.delivery.deliver(job)
    sent = (await room.control.record("discord"))[before:]
    if arguments.get("scope") == "global":  # until then every other call is held too
        await asyncio.sleep(later.value.delay_s)
    await room.delivery.deliver(job)

    assert later.value.delay_s == pytest.approx(arguments.get("retry_after_s", outcomes.LATER_S))
    assert len([entry for entry in sent if entry.get("fault") == name]) == 1
    assert sent[-1].get("fault") == name
    assert len(await case.shown(room)) == 1


async def test_a_short_429_is_waited_for_on_the_spot(room: Room) -> None:
    case = await a_case(room, "a short 429")
    room.box.faults.arm("too_many_requests", match=EDIT_BY_TOKEN, retry_after_s=0.1)

    await room.delivery.deliver(case.job)

    assert len(await case.shown(room)) == 1


@pytest.mark.parametrize("code", [50027, 10015])
async def test_a_dead_token_leads_to_the_bots_own_on_the_same_message(room: Room, code: int) -> None:
    case = await a_case(room, f"dead token {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await case.shown(room)
    assert message["id"] == str(case.job.address.message_id)


@pytest.mark.parametrize("code", [10003, 10008, 50001, 50005, 50013, 30046, 50083])
async def test_a_card_that_cannot_be_edited_gives_way_to_a_new_message(room: Room, code: int) -> None:
    case = await a_case(room, f"no edit {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)
    room.box.faults.arm("discord_error", match=EDIT, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.seen(case.ana, case.channel)
    assert images_of(message)
    assert message["id"] != str(case.job.address.message_id)
    assert [user["id"] for user in message["mentions"]] == [case.ana.id]


async def test_a_card_in_an_archived_thread_goes_when_the_result_has_opened_it(room: Room) -> None:
    case = await a_case(room, "archived")
    for match in (EDIT_BY_TOKEN, EDIT, "DELETE /api/v10/webhooks", "DELETE /api/v10/channels"):
        room.box.faults.arm("discord_error", match=match, code=50083)

    await room.delivery.deliver(case.job)

    (message,) = await room.seen(case.ana, case.channel)
    assert images_of(message)


@pytest.mark.parametrize("code", [10003, 50001, 50013])
async def test_where_the_bot_may_not_write_a_living_interaction_carries_the_image(room: Room, code: int) -> None:
    case = await a_case(room, f"may not write {code}")
    await card_gone(room, case.job, case.channel)
    room.box.faults.arm("discord_error", match=SEND, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.seen(case.ana, case.channel)
    assert images_of(message)
    assert message["webhook_id"]


CLOSED = (10003, 10008, 50001, 50007, 50013)


@pytest.mark.parametrize("code", CLOSED)
async def test_a_place_that_was_closed_meanwhile_is_named_as_such(room: Room, code: int) -> None:
    case = await a_case(room, f"closed everywhere {code}")
    job = await card_gone(room, case.job, case.channel)
    room.box.faults.arm("discord_error", times=9, match=SEND, code=code)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.CHANNEL_CLOSED
    assert await case.shown(room) == []


async def test_a_deleted_channel_is_a_closed_place(room: Room) -> None:
    case = await a_case(room, "channel deleted")
    job = await channel_closed(room, case.job, case.channel)
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(case.ana.id).id}", code=50007)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.CHANNEL_CLOSED


async def test_a_dead_token_and_closed_direct_messages_close_no_place(room: Room) -> None:
    """Nobody shut the bot out of where it was asked: a user install has no other way, and the token died."""
    case = await a_case(room, "nothing but a token")
    job = replace(case.job, address=replace(case.job.address, token=None, is_user_install=True))
    await room.deny(case.channel, "VIEW_CHANNEL")  # a user install's channel is not the bot's to write in
    room.box.faults.arm("discord_error", match=f"{SEND}/{room.box.world.bot_dm(case.ana.id).id}", code=50007)

    with pytest.raises(Undeliverable) as refused:
        await room.delivery.deliver(job)

    assert refused.value.reason is Reason.UNDELIVERED


async def test_a_member_who_closed_the_place_reads_that_it_was_counted(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="closed and counted")
    job = await room.failed("closed and counted", Reason.CHANNEL_CLOSED, counted=2)

    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert "deleted or closed to me. It used 2 of your quota." in text_of(message)


async def test_undelivered_is_told_where_a_sentence_still_gets_through_and_leaves_no_card(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.slash(channel, "imagine", prompt="undelivered")
    job = await room.failed("undelivered", Reason.UNDELIVERED)

    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert message["flags"] & EPHEMERAL
    assert "didn't let me post it anywhere. It didn't use your quota" in text_of(message)


@pytest.mark.parametrize("code", [50035, 50006])
async def test_a_form_that_is_refused_becomes_a_follow_up_and_then_a_plain_message(room: Room, code: int) -> None:
    case = await a_case(room, f"form {code}")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=code)
    room.box.faults.arm("discord_error", match=FOLLOW_UP, code=code)

    await room.delivery.deliver(case.job)

    (message,) = await room.seen(case.ana, case.channel)
    assert message["components"] == []
    assert len(message["attachments"]) == 1


async def test_words_that_automod_refuses_are_left_out_and_the_image_comes(room: Room) -> None:
    case = await a_case(room, "a forbidden lighthouse")
    room.box.faults.arm("discord_error", match=EDIT_BY_TOKEN, code=200000)

    await room.delivery.deliver(case.job)

    (message,) = await case.shown(room)
    assert "AutoMod" in text_of(message)
    assert "forbidden" not in str(message)


async def test_where_even_the_rest_is_refused_by_automod_the_next_way_is_taken(room: Room) -> None:
    case = await a_case(room, "refused twice")
    job = await token_dead(room, case.job, case.channel)
    room.box.faults.arm("discord_error", times=2, match=EDIT, code=200000)

    await room.delivery.deliver(job)

    (message,) = await room.seen(case.ana, case.channel)
    assert images_of(message)
    assert message["id"] != str(job.address.message_id)


async def test_a_reply_that_may_not_be_one_comes_as_a_plain_message(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} no reply")
    job = await room.made("no reply")
    room.box.faults.arm("discord_error", match=SEND, code=160002)

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)
    assert "message_reference" not in message


async def test_a_sentence_in_the_channel_whose_answer_was_lost_is_said_once(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} told once")
    job = await room.failed("told once", Reason.UNANSWERED)
    room.box.faults.arm("server_error_after", match=SEND)

    with pytest.raises(DeliverLater):
        await room.delivery.notify(job)
    await room.delivery.notify(job)

    assert len(await room.seen(ana, channel)) == 1


async def test_a_card_whose_answer_was_lost_becomes_the_result(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card becomes")
    waiting = await room.waiting("lost card becomes")
    room.box.faults.arm("discord_reset_after", match=SEND)
    await room.delivery._status_cards.update(waiting)
    job = await room.made("lost card becomes")

    await room.delivery.deliver(job)

    (message,) = await room.seen(ana, channel)
    assert images_of(message)


async def test_a_card_whose_answer_was_lost_goes_when_its_job_failed(room: Room) -> None:
    ana, channel = await room.somebody(), await room.channel()
    await ana.say(channel, f"{room.mention} lost card goes")
    waiting = await room.waiting("lost card goes")
    room.box.faults.arm("discord_reset_after", match=SEND)
    await room.delivery._status_cards.update(waiting)
    job = await room.failed("lost card goes", Reason.UNANSWERED)

    await room.delivery.notify(job)

    (message,) = await room.seen(ana, channel)
    assert "didn't answer in time" in text_of(message)


@pytest.mark.parametrize(("code", "status"), [(code, REFUSALS[code][0]) for code in REFUSALS if code])
def test_each_code_that_the_local_discord_can_say_has_a_rule_of_its_own(code: int, status: int) -> None:
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
def test_what_has_no_code_of_its_own_goes_by_its_status(status: int, code: int, expected: Any) -> None:
    assert refusal_action(status, code) is expected
