"""What hangs under a result, pressed by whoever sees it, and by whoever would like to trick it."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from cogs.interactions.context import PRESS_EVERY_S
from cogs.messaging.token_buckets import TokenBuckets
from imagegen.model import INSTALL, AspectRatio, Job, Quality
from imagegen.reports import QueueEntry
from imagegen.store import retention
from sandbox.people import EPHEMERAL, File, Json, Person, button_id, private_answer, text_of
from tests.cogs.conftest import Room

TYPED = {
    "markdown": "# big **bold** [x](https://example.org) ||x||",
    "mentions": "@everyone <@1> <@&2> <#3>",
    "right to left": "\u202egnp.exe\u202c אבג",
    "a block's end": "``` @here ```",
    "4,000 characters": "long " * 800,
}


def photo() -> File:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "orange").save(out, "PNG")
    return File("photo.png", out.getvalue())


async def ids(person: Person, channel: str) -> set[str]:
    return {message["id"] for message in await person.messages(channel)}


async def told(person: Person, channel: str, before: set[str]) -> Json:
    """The private answer that was not there before."""
    message = await person.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "an answer")
    assert message["flags"] & EPHEMERAL
    return message


async def job_of(room: Room, message: Json) -> Job:
    job = await room.service.display.job_of_message(int(message["id"]))
    assert job is not None
    return job


async def asked_for(room: Room, waiting: QueueEntry) -> Job:
    job = await room.service.display.job(waiting.job_id)
    assert job is not None
    return job


async def from_an_image(room: Room, person: Person, channel: str, prompt: str) -> Json:
    """A result that was made from an image."""
    await person.slash(channel, "imagine", prompt=prompt, image1=photo())
    await room.read_inputs(prompt)
    return await room.deliver(person, channel, prompt)


async def purge_inputs(room: Room) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await room.store.write(retention.purge_inputs, given_before=later, limit=1000)


async def read_history(room: Room, person: Person, channel: str, *, allowed: bool) -> None:
    changed: dict[str, Any] = {} if allowed else {"deny": ["READ_MESSAGE_HISTORY"]}
    await room.control.post("/overwrites", channel=room.channel_id(channel), target=person.id, **changed)


def restart(room: Room) -> None:
    """Forget what a restart would."""
    room.bot.context.open_forms._kept.clear()


def form(custom_id: str, **texts: str) -> Json:
    """A form as a client that was tampered with would send it."""
    rows = [
        {"type": 18, "id": 2 * n + 1, "component": {"type": 4, "id": 2 * n + 2, "custom_id": name, "value": text}}
        for n, (name, text) in enumerate(texts.items())
    ]
    return {"custom_id": custom_id, "components": rows}


async def test_a_changed_prompt_is_asked_with_the_same_seed_and_images_for_whoever_changed_it(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await from_an_image(room, ana, channel, "a boat")
    source = await job_of(room, first)

    await bo.press(first, "Edit prompt")
    await bo.fill(words="a boat by night", negative="fog", shape=["wide"], count=["2"], quality=["high"])
    changed = await asked_for(room, await room.queue_entry("a boat by night"))

    asked = changed.request
    assert (asked.negative_prompt, asked.aspect_ratio, asked.count, asked.quality) == (
        "fog",
        AspectRatio.WIDE,
        2,
        Quality.HIGH,
    )
    assert (asked.seed, changed.input_count) == (source.request.seed, 1)
    assert (asked.parent_id, str(changed.requester.user_id)) == (source.id, bo.id)


async def test_the_form_of_a_change_begins_with_what_was_asked(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "a begun form", negative_prompt="fog", count=3, aspect_ratio="tall")

    await ana.press(first, "Edit prompt")
    await ana.fill()
    waiting = await room.queue_entry("a begun form")

    asked, source = (await asked_for(room, waiting)).request, (await job_of(room, first)).request
    assert (asked.negative_prompt, asked.count, asked.aspect_ratio) == ("fog", 3, AspectRatio.TALL)
    assert asked.seed != source.seed


@pytest.mark.parametrize("label", ["Generate again", "Edit prompt"])
async def test_when_the_images_are_kept_no_longer_that_is_said_in_private_and_edit_is_offered(
    room: Room, label: str
) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await from_an_image(room, ana, channel, f"not kept, {label}")
    await purge_inputs(room)
    before = await ids(ana, channel)

    await ana.press(first, label)
    answer = await told(ana, channel, before)
    restart(room)
    await ana.press(answer, "Edit image")
    await ana.fill(words=f"edited instead of {label}")
    edited = await asked_for(room, await room.queue_entry(f"edited instead of {label}"))

    assert "no longer stored" in text_of(answer)
    assert edited.request.parent_id == (await job_of(room, first)).id


async def test_words_that_were_forgotten_are_not_asked_for_again(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "soon forgotten")
    await room.service.history.forget(int(ana.id))
    before = await ids(bo, channel)

    await bo.press(first, "Edit prompt")

    assert "no longer stored" in text_of(await told(bo, channel, before))


@pytest.mark.parametrize("label", ["Generate again", "Edit image", "Edit prompt"])
async def test_each_way_on_from_a_result_knows_its_parent(room: Room, label: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    prompt = f"the parent of {label}"
    first = await room.delivered(ana, channel, prompt)

    await ana.press(first, label)
    if label != "Generate again":
        prompt = f"the child by {label}"
        await ana.fill(words=prompt)
    child = await asked_for(room, await room.queue_entry(prompt))

    assert child.request.parent_id == (await job_of(room, first)).id


async def test_the_menu_and_a_reply_know_their_parent(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the parent of both")

    await ana.menu("Edit image", first)
    await ana.fill(words="by the menu")
    await ana.say(channel, f"{room.mention} by a reply", reply_to=first["id"])
    children = [await asked_for(room, await room.queue_entry(prompt)) for prompt in ("by the menu", "by a reply")]

    assert {child.request.parent_id for child in children} == {(await job_of(room, first)).id}


async def test_the_form_of_a_menu_is_taken_after_a_restart_where_the_bot_can_see_the_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    posted = await ana.say(channel, "my cat", [photo()])
    message = await ana.see(channel, lambda seen: seen["id"] == posted, "the cat")

    await ana.menu("Edit image", message)
    await ana.wait(lambda state: bool(state["modals"]), "the form")
    restart(room)
    await ana.fill(words="after a restart")

    assert (await asked_for(room, await room.queue_entry("after a restart"))).input_count == 1


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
async def test_where_the_image_is_gone_the_words_come_back_whole_and_do_nothing(room: Room, typed: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await ids(ana, channel)

    await ana.forge(channel, 5, **form("w1:form:edit:123456789012345678", words=typed))
    answer = await told(ana, channel, before)

    given_back = answer["content"].partition("\n")[2]
    if answer["attachments"]:
        given_back = (await room.control.file(answer["attachments"][0]["id"])).decode()
    assert given_back.replace("\u200b", "").strip("`\n") == typed.strip().strip("`\n")
    assert answer["content"].count("```") == (0 if answer["attachments"] else 2)
    assert answer["mentions"] == []
    assert answer["mention_everyone"] is False


async def test_a_refused_form_gives_its_words_back(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "to be refused")
    before = await ids(ana, channel)

    job = await job_of(room, first)
    await ana.forge(channel, 5, first, **form(f"w1:form:change:{job.id}", words="x" * 4000))
    answer = await told(ana, channel, before)

    assert "4000 characters" in text_of(answer)
    assert (await room.control.file(answer["attachments"][0]["id"])).decode() == "x" * 4000


@pytest.mark.parametrize("what", ["step", "change"])
async def test_a_form_about_what_one_cannot_see_is_refused(room: Room, what: str) -> None:
    ana, bo, channel, elsewhere = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, channel, f"a secret {what}")
    await read_history(room, bo, channel, allowed=False)
    before = await ids(bo, elsewhere)

    await bo.forge(elsewhere, 5, **form(f"w1:form:{what}:{(await job_of(room, secret)).id}", words="let me in"))

    assert "you can't see it right now" in text_of(await told(bo, elsewhere, before))


async def test_a_message_of_another_channel_is_not_edited_from_here(room: Room) -> None:
    ana, bo, channel, elsewhere = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, channel, "of another channel")
    before = await ids(bo, elsewhere)

    await bo.forge(elsewhere, 5, **form(f"w1:form:edit:{secret['id']}", words="let me in"))

    assert "I can no longer see the image" in text_of(await told(bo, elsewhere, before))


async def test_who_may_not_read_the_history_cannot_have_it_edited(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "before bo came")
    await read_history(room, bo, channel, allowed=False)
    before = await ids(bo, channel)

    await bo.forge(channel, 5, **form(f"w1:form:edit:{secret['id']}", words="let me in"))

    assert "I can no longer see the image" in text_of(await told(bo, channel, before))


@pytest.mark.parametrize(
    ("label", "says"),
    [("Generate again", "can't see it right now"), ("Edit prompt", "can't see it right now"),
     ("History", "can't see it right now"), ("Details", "The details of this image")],
)  # fmt: skip
async def test_under_a_result_nothing_is_told_to_who_may_not_read_the_history_now(
    room: Room, label: str, says: str
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, f"history, {label}")
    await read_history(room, bo, channel, allowed=False)
    before = await ids(bo, channel)

    await bo.press(first, label)

    assert says in text_of(await told(bo, channel, before))


@pytest.mark.parametrize(
    ("label", "says"), [("Generate again", "can't see it right now"), ("Edit prompt", "can't see it right now")]
)
async def test_a_button_with_anothers_id_gives_away_nothing(room: Room, label: str, says: str) -> None:
    ana, bo, channel, hidden = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, hidden, f"hidden from bo, {label}")
    own = await room.delivered(bo, channel, f"of bo's own, {label}")
    await read_history(room, bo, hidden, allowed=False)
    kept = room.box.world.messages[own["id"]].body
    swapped = json.dumps(kept["components"]).replace(button_id(own, label), button_id(secret, label))
    kept["components"] = json.loads(swapped)
    before = await ids(bo, channel)

    await bo.press(own | {"components": kept["components"]}, label)

    assert says in text_of(await told(bo, channel, before))


@pytest.mark.parametrize("job_id", ["999999999999999999", "0"])
async def test_a_form_about_a_job_that_never_was_is_refused_with_its_words(room: Room, job_id: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await ids(ana, channel)

    await ana.forge(channel, 5, **form(f"w1:form:step:{job_id}", words="for nothing"))

    answer = text_of(await told(ana, channel, before))
    assert "is gone, or you can't see it" in answer
    assert "for nothing" in answer


@pytest.mark.parametrize(
    "fields", [[{"type": 18, "id": 1, "component": [1]}], [None], 7], ids=["list", "none", "number"]
)
async def test_a_form_that_is_none_is_answered_all_the_same(room: Room, fields: Any) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await ids(ana, channel)

    await ana.forge(channel, 5, custom_id="w1:form:edit:1", components=fields)

    assert "It didn't use your quota." in text_of(await told(ana, channel, before))


@pytest.mark.parametrize("message_id", ["9" * 19, "9" * 20, "0"])
async def test_a_message_that_no_database_holds_gives_the_words_back(room: Room, message_id: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await ids(ana, channel)

    await ana.forge(channel, 5, **form(f"w1:form:edit:{message_id}", words="kept all the same"))

    answer = text_of(await told(ana, channel, before))
    assert "I can no longer see the image" in answer
    assert "kept all the same" in answer


async def test_a_form_that_comes_twice_is_one_job(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "once is enough")
    await ana.press(first, "Edit prompt")
    room.box.faults.arm("duplicate_event")

    await ana.fill(words="twice is too much")
    await room.queue_entry("twice is too much")
    await ana.slash(channel, "imagine", prompt="afterwards")
    await room.queue_entry("afterwards")

    line = [await asked_for(room, waiting) for waiting in await room.service.display.queue_entries()]
    assert [job.request.prompt for job in line].count("twice is too much") == 1


async def test_eight_quick_presses_on_again_are_one_request_and_the_others_are_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        room.bot, "context", replace(room.bot.context, presses=TokenBuckets(1, PRESS_EVERY_S, lambda: 0.0))
    )
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "once more, please")

    presses = [await ana.press(first, "Generate again") for _ in range(8)]
    await bo.press(first, "Generate again")
    told = [await private_answer(ana, press) for press in presses[1:]]
    async with asyncio.timeout(45):
        while len(line := await room.service.display.queue_entries()) < 2:  # noqa: ASYNC110  # the line rings no bell of ours
            await asyncio.sleep(0.02)

    requesters = [(await asked_for(room, waiting)).requester.user_id for waiting in line]
    assert sorted(requesters) == sorted([int(ana.id), int(bo.id)])
    assert all("You just pressed that button" in text_of(message) for message in told)


async def test_another_result_is_asked_for_again_at_once(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    shown = [await room.delivered(ana, channel, f"one of two, {number}") for number in range(2)]

    for message in shown:
        await ana.press(message, "Generate again")

    await room.queue_entry("one of two, 0")
    await room.queue_entry("one of two, 1")


async def test_edit_takes_the_image_that_it_hangs_under_whatever_its_id_says(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "another's image")
    own = await room.delivered(bo, channel, "of bo's own, to edit")
    kept = room.box.world.messages[own["id"]].body
    kept["components"] = json.loads(
        json.dumps(kept["components"]).replace(button_id(own, "Edit image"), button_id(secret, "Edit image"))
    )

    await bo.press(own | {"components": kept["components"]}, "Edit image")
    await bo.fill(words="from whose image")
    edited = await asked_for(room, await room.queue_entry("from whose image"))

    assert edited.request.parent_id == (await job_of(room, own)).id
    assert f"/wanvas-{edited.request.parent_id}-" in edited.request.images[0].url


async def guest(room: Room) -> tuple[Person, str]:
    """Somebody who brought the bot along, in a server without it."""
    ana = await room.new_person()
    await room.control.post("/people/change", person=ana.id, installed=True)
    server = (await room.control.post("/servers", name="Elsewhere", owner=ana.id, bot=False))["id"]
    name = await room.channel_in(server)
    return ana, name


async def test_where_the_bot_is_only_brought_along_a_result_is_gone_on_from_too(room: Room) -> None:
    ana, channel = await guest(room)
    first = await room.delivered(ana, channel, "far from home")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="further from home")
    changed = await asked_for(room, await room.queue_entry("further from home"))
    await ana.press(first, "Edit image")
    await ana.fill(words="home again")
    edited = await asked_for(room, await room.queue_entry("home again"))

    source = await job_of(room, first)
    assert source.requester.scope == INSTALL
    assert {changed.request.parent_id, edited.request.parent_id} == {source.id}


async def test_where_the_bot_is_only_brought_along_a_form_is_taken_after_a_restart(room: Room) -> None:
    ana, channel = await guest(room)
    first = await room.delivered(ana, channel, "brought along")
    await ana.press(first, "Edit image")
    await ana.wait(lambda state: bool(state["modals"]), "the form")
    restart(room)

    await ana.fill(words="brought along again")

    assert (await asked_for(room, await room.queue_entry("brought along again"))).input_count == 1


async def test_in_direct_messages_a_result_is_gone_on_from_too(room: Room) -> None:
    ana = await room.new_person()
    first = await room.delivered(ana, "dm", "between us")
    before = await ids(ana, "dm")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="between us by night")
    changed = await asked_for(room, await room.queue_entry("between us by night"))
    await ana.press(first, "History")
    family = await ana.see("dm", lambda m: m["id"] not in before and "1 step" in text_of(m), "the family")

    assert changed.request.parent_id == (await job_of(room, first)).id
    assert "between us" in text_of(family)
