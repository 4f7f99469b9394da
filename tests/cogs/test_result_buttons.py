"""The buttons and forms of a result, used by members as intended, and with forged ids, fields and messages."""

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
from cogs.ui.ids import result_in
from imagegen.image_request import AspectRatio, Quality
from imagegen.model import INSTALL, Job
from imagegen.reports import QueueEntry
from imagegen.store import jobs, retention
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


async def message_ids(person: Person, channel: str) -> set[str]:
    return {message["id"] for message in await person.messages(channel)}


async def private_answer_after(person: Person, channel: str, before: set[str]) -> Json:
    """Return the private answer that has arrived since *before*."""
    message = await person.see(channel, lambda seen: seen["id"] not in before and bool(text_of(seen)), "the answer")
    assert message["flags"] & EPHEMERAL
    return message


async def job_of(room: Room, message: Json) -> Job:
    job = await room.service.display.job_of_message(int(message["id"]))
    assert job is not None
    return job


async def queued_job(room: Room, entry: QueueEntry) -> Job:
    job = await room.service.display.job(entry.job_id)
    assert job is not None
    return job


async def edited_photo(room: Room, person: Person, channel: str, prompt: str) -> Json:
    """Send a request with an input image, and return its result."""
    await person.slash(channel, "imagine", prompt=prompt, image1=photo())
    await room.read_inputs(prompt)
    return await room.deliver(person, channel, prompt)


async def purge_inputs(room: Room) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await room.store.write(retention.purge_inputs, given_before=later, limit=1000)


async def set_read_history(room: Room, person: Person, channel: str, *, allowed: bool) -> None:
    changed: dict[str, Any] = {} if allowed else {"deny": ["READ_MESSAGE_HISTORY"]}
    await room.control.post("/overwrites", channel=room.channel_id(channel), target=person.id, **changed)


def forget_open_forms(room: Room) -> None:
    """Forget the open forms, as a restart does."""
    room.bot.context.open_forms._kept.clear()


def form(custom_id: str, **texts: str) -> Json:
    """Return a submitted form with these fields, as a tampered client can send."""
    rows = [
        {"type": 18, "id": 2 * n + 1, "component": {"type": 4, "id": 2 * n + 2, "custom_id": name, "value": text}}
        for n, (name, text) in enumerate(texts.items())
    ]
    return {"custom_id": custom_id, "components": rows}


async def test_an_edited_prompt_keeps_seed_and_images_and_is_the_editors_request(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await edited_photo(room, ana, channel, "a boat")
    source = await job_of(room, first)

    await bo.press(first, "Edit prompt")
    await bo.fill(words="a boat by night", negative="fog", shape=["wide"], count=["2"], quality=["high"])
    changed = await queued_job(room, await room.queue_entry("a boat by night"))

    request = changed.request
    assert (request.negative_prompt, request.aspect_ratio, request.count, request.quality) == (
        "fog",
        AspectRatio.WIDE,
        2,
        Quality.HIGH,
    )
    assert (request.seed, changed.input_count) == (source.request.seed, 1)
    assert (request.parent_id, str(changed.requester.user_id)) == (source.id, bo.id)


async def test_the_edit_prompt_form_starts_with_the_options_of_the_request(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "a begun form", negative_prompt="fog", count=3, aspect_ratio="tall")

    await ana.press(first, "Edit prompt")
    await ana.fill()
    entry = await room.queue_entry("a begun form")

    request, source = (await queued_job(room, entry)).request, (await job_of(room, first)).request
    assert (request.negative_prompt, request.count, request.aspect_ratio) == ("fog", 3, AspectRatio.TALL)
    assert request.seed != source.seed


@pytest.mark.parametrize("label", ["Generate again", "Edit prompt"])
async def test_without_stored_input_images_a_private_answer_offers_edit_image(room: Room, label: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await edited_photo(room, ana, channel, f"not stored, {label}")
    await purge_inputs(room)
    before = await message_ids(ana, channel)

    await ana.press(first, label)
    answer = await private_answer_after(ana, channel, before)
    forget_open_forms(room)
    await ana.press(answer, "Edit image")
    await ana.fill(words=f"edited instead of {label}")
    edited = await queued_job(room, await room.queue_entry(f"edited instead of {label}"))

    assert "no longer stored" in text_of(answer)
    assert edited.request.parent_id == (await job_of(room, first)).id


async def delivered_images(room: Room, person: Person, channel: str, prompt: str, images: int) -> Json:
    """Request several images, deliver them, and return their message."""
    await person.slash(channel, "imagine", prompt=prompt, count=images)
    job = await room.generated_job(prompt)
    made = replace(room.images, links=room.images.links * images, image_count=images)
    sent = await room.delivery.deliver(replace(job, made=made))
    assert await room.store.write(jobs.done, job, sent.images, sent.message_id, now=job.requested_at) is not None
    found = await room.bot_messages(person, channel)
    return next(message for message in found if message["id"] == str(sent.message_id))


async def test_one_of_several_images_is_edited_by_one_press_and_a_form(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await delivered_images(room, ana, channel, "three ships", 3)

    await bo.press(first, "Edit 2")
    state = await bo.wait(lambda found: bool(found["modals"]), "the form")
    await bo.fill(words="with a flag")
    edit = await queued_job(room, await room.queue_entry("with a flag"))

    source = await job_of(room, first)
    assert state["modals"][-1]["title"] == "Edit image 2"
    assert [result_in(image.url) for image in edit.request.images] == [(source.id, 2, f"wanvas-{source.id}-2.png")]
    assert (edit.request.parent_id, str(edit.requester.user_id)) == (source.id, bo.id)


async def test_the_form_of_a_picked_image_comes_back_with_that_image_after_a_refusal(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await delivered_images(room, ana, channel, "three trains", 3)
    before = await message_ids(ana, channel)

    await ana.press(first, "Edit 3")
    await ana.fill(words="\u200b")
    await ana.press(await private_answer_after(ana, channel, before), "Edit prompt")
    forget_open_forms(room)
    await ana.fill(words="with smoke")
    edit = await queued_job(room, await room.queue_entry("with smoke"))

    (image,) = edit.request.images
    assert f"/wanvas-{(await job_of(room, first)).id}-3.png" in image.url


async def test_a_made_up_number_or_job_of_a_picked_image_is_refused(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await delivered_images(room, ana, channel, "three cars", 3)
    job = await job_of(room, first)
    body = room.box.world.messages[first["id"]].body
    made_up = {1: f"w1:pick:{job.id}:0", 2: f"w1:pick:{job.id}:4", 3: f"w1:pick:{job.id + 1}:1"}
    for number, custom_id in made_up.items():
        body["components"] = json.loads(json.dumps(body["components"]).replace(f"w1:pick:{job.id}:{number}", custom_id))

    pressed = [await ana.press(first | {"components": body["components"]}, f"Edit {number}") for number in made_up]
    form_of_none = form(f"w1:form:edit.4:{first['id']}:12345678", words="stolen")
    submitted = await ana.forge(channel, 5, first, **form_of_none)

    for sent in pressed:
        assert "is gone, or you can't see it" in text_of(await private_answer(ana, sent))
    assert "I can no longer see the image" in text_of(await private_answer(ana, submitted))


async def test_a_variation_with_a_made_up_number_or_hidden_job_is_refused(room: Room) -> None:
    ana, bo, channel, hidden = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await job_of(room, await room.delivered(ana, hidden, "a secret bay"))
    await set_read_history(room, bo, hidden, allowed=False)
    own = await room.delivered(bo, channel, "bo's bay")
    offer = await private_answer(bo, await bo.press(own, "More like this"))
    mine, message = (await job_of(room, own)).id, own["id"]
    made_up = {
        "Subtle variation": f"w1:variation:subtle:{mine}:{message}:9",
        "Strong variation": f"w1:variation:strong:{secret.id}:{message}:0",
    }
    body = room.box.world.messages[offer["id"]].body
    for label, custom_id in made_up.items():
        swapped = json.dumps(body["components"]).replace(button_id(offer, label), custom_id)
        body["components"] = json.loads(swapped)

    for label in made_up:
        sent = await bo.press(offer | {"components": body["components"]}, label)
        assert "is gone, or you can't see it" in text_of(await private_answer(bo, sent))


async def test_a_strong_variation_without_stored_input_images_offers_edit_image(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await edited_photo(room, ana, channel, "a bay that was a photo")
    offer = await private_answer(ana, await ana.press(first, "More like this"))
    await purge_inputs(room)

    await ana.press(offer, "Strong variation")
    refused = await ana.see(channel, lambda m: "no longer stored" in text_of(m), "the refusal")
    await ana.press(refused, "Edit image")
    await ana.fill(words="the bay again")

    edited = await queued_job(room, await room.queue_entry("the bay again"))
    assert edited.request.parent_id == (await job_of(room, first)).id


async def test_an_erased_prompt_cannot_be_edited(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "soon forgotten")
    await room.service.history.forget(int(ana.id))
    before = await message_ids(bo, channel)

    await bo.press(first, "Edit prompt")

    assert "no longer stored" in text_of(await private_answer_after(bo, channel, before))


@pytest.mark.parametrize("label", ["Generate again", "Edit image", "Edit prompt"])
async def test_each_button_of_a_result_records_the_result_as_parent(room: Room, label: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    prompt = f"the parent of {label}"
    first = await room.delivered(ana, channel, prompt)

    await ana.press(first, label)
    if label != "Generate again":
        prompt = f"the child by {label}"
        await ana.fill(words=prompt)
    child = await queued_job(room, await room.queue_entry(prompt))

    assert child.request.parent_id == (await job_of(room, first)).id


async def test_the_menu_and_a_reply_record_the_result_as_parent(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "the parent of both")

    await ana.menu("Edit image", first)
    await ana.fill(words="by the menu")
    await ana.say(channel, f"{room.mention} by a reply", reply_to=first["id"])
    children = [await queued_job(room, await room.queue_entry(prompt)) for prompt in ("by the menu", "by a reply")]

    assert {child.request.parent_id for child in children} == {(await job_of(room, first)).id}


async def test_a_form_of_the_message_menu_works_after_a_restart_if_the_bot_can_see_the_message(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    posted = await ana.say(channel, "my cat", [photo()])
    message = await ana.see(channel, lambda seen: seen["id"] == posted, "the cat")

    await ana.menu("Edit image", message)
    await ana.wait(lambda state: bool(state["modals"]), "the form")
    forget_open_forms(room)
    await ana.fill(words="after a restart")

    assert (await queued_job(room, await room.queue_entry("after a restart"))).input_count == 1


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
async def test_when_the_image_is_gone_the_whole_prompt_is_returned_as_plain_text(room: Room, typed: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await message_ids(ana, channel)

    await ana.forge(channel, 5, **form("w1:form:edit:123456789012345678", words=typed))
    answer = await private_answer_after(ana, channel, before)

    returned = answer["content"].partition("\n")[2]
    if answer["attachments"]:
        returned = (await room.control.file(answer["attachments"][0]["id"])).decode()
    assert returned.replace("\u200b", "").strip("`\n") == typed.strip().strip("`\n")
    assert answer["content"].count("```") == (0 if answer["attachments"] else 2)
    assert answer["mentions"] == []
    assert answer["mention_everyone"] is False


async def test_a_rejected_form_returns_the_prompt(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "to be refused")
    before = await message_ids(ana, channel)

    job = await job_of(room, first)
    await ana.forge(channel, 5, first, **form(f"w1:form:change:{job.id}", words="x" * 4000))
    answer = await private_answer_after(ana, channel, before)

    assert "4000 characters" in text_of(answer)
    assert (await room.control.file(answer["attachments"][0]["id"])).decode() == "x" * 4000


@pytest.mark.parametrize("form_kind", ["step", "change"])
async def test_a_form_about_a_hidden_result_is_rejected(room: Room, form_kind: str) -> None:
    ana, bo, channel, elsewhere = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, channel, f"a secret {form_kind}")
    await set_read_history(room, bo, channel, allowed=False)
    before = await message_ids(bo, elsewhere)

    await bo.forge(elsewhere, 5, **form(f"w1:form:{form_kind}:{(await job_of(room, secret)).id}", words="let me in"))

    assert "you can't see it right now" in text_of(await private_answer_after(bo, elsewhere, before))


async def test_an_edit_of_a_message_in_another_channel_is_rejected(room: Room) -> None:
    ana, bo, channel, elsewhere = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, channel, "of another channel")
    before = await message_ids(bo, elsewhere)

    await bo.forge(elsewhere, 5, **form(f"w1:form:edit:{secret['id']}", words="let me in"))

    assert "I can no longer see the image" in text_of(await private_answer_after(bo, elsewhere, before))


async def test_a_member_without_read_message_history_cannot_edit_an_older_image(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "before bo came")
    await set_read_history(room, bo, channel, allowed=False)
    before = await message_ids(bo, channel)

    await bo.forge(channel, 5, **form(f"w1:form:edit:{secret['id']}", words="let me in"))

    assert "I can no longer see the image" in text_of(await private_answer_after(bo, channel, before))


@pytest.mark.parametrize(
    ("label", "says"),
    [("Generate again", "can't see it right now"), ("Edit prompt", "can't see it right now"),
     ("History", "can't see it right now"), ("Details", "The details of this image")],
)  # fmt: skip
async def test_the_buttons_of_a_result_need_the_permission_to_read_message_history(
    room: Room, label: str, says: str
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, f"history, {label}")
    await set_read_history(room, bo, channel, allowed=False)
    before = await message_ids(bo, channel)

    await bo.press(first, label)

    assert says in text_of(await private_answer_after(bo, channel, before))


@pytest.mark.parametrize(
    ("label", "says"), [("Generate again", "can't see it right now"), ("Edit prompt", "can't see it right now")]
)
async def test_a_button_with_a_forged_job_id_reveals_no_hidden_result(room: Room, label: str, says: str) -> None:
    ana, bo, channel, hidden = (
        await room.new_person(), await room.new_person(), await room.channel(), await room.channel()
    )  # fmt: skip
    secret = await room.delivered(ana, hidden, f"hidden from bo, {label}")
    own = await room.delivered(bo, channel, f"of bo's own, {label}")
    await set_read_history(room, bo, hidden, allowed=False)
    body = room.box.world.messages[own["id"]].body
    swapped = json.dumps(body["components"]).replace(button_id(own, label), button_id(secret, label))
    body["components"] = json.loads(swapped)
    before = await message_ids(bo, channel)

    await bo.press(own | {"components": body["components"]}, label)

    assert says in text_of(await private_answer_after(bo, channel, before))


@pytest.mark.parametrize("job_id", ["999999999999999999", "0"])
async def test_a_form_about_an_unknown_job_is_rejected_and_returns_the_prompt(room: Room, job_id: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await message_ids(ana, channel)

    await ana.forge(channel, 5, **form(f"w1:form:step:{job_id}", words="for nothing"))

    answer = text_of(await private_answer_after(ana, channel, before))
    assert "is gone, or you can't see it" in answer
    assert "for nothing" in answer


@pytest.mark.parametrize(
    "fields", [[{"type": 18, "id": 1, "component": [1]}], [None], 7], ids=["list", "none", "number"]
)
async def test_a_malformed_form_is_answered(room: Room, fields: Any) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await message_ids(ana, channel)

    await ana.forge(channel, 5, custom_id="w1:form:edit:1", components=fields)

    assert "It didn't use your quota." in text_of(await private_answer_after(ana, channel, before))


@pytest.mark.parametrize("message_id", ["9" * 19, "9" * 20, "0"])
async def test_a_form_about_an_impossible_message_id_returns_the_prompt(room: Room, message_id: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    before = await message_ids(ana, channel)

    await ana.forge(channel, 5, **form(f"w1:form:edit:{message_id}", words="a prompt to return"))

    answer = text_of(await private_answer_after(ana, channel, before))
    assert "I can no longer see the image" in answer
    assert "a prompt to return" in answer


async def test_a_form_that_arrives_twice_creates_one_job(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "once is enough")
    await ana.press(first, "Edit prompt")
    room.box.faults.arm("duplicate_event")

    await ana.fill(words="twice is too much")
    await room.queue_entry("twice is too much")
    await ana.slash(channel, "imagine", prompt="afterwards")
    await room.queue_entry("afterwards")

    queued = [await queued_job(room, entry) for entry in await room.service.display.queue_entries()]
    assert [job.request.prompt for job in queued].count("twice is too much") == 1


async def test_of_eight_quick_presses_on_generate_again_one_is_accepted_and_seven_are_rejected(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        room.bot, "context", replace(room.bot.context, presses=TokenBuckets(1, PRESS_EVERY_S, lambda: 0.0))
    )
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "once more, please")

    presses = [await ana.press(first, "Generate again") for _ in range(8)]
    await bo.press(first, "Generate again")
    answers = [await private_answer(ana, press) for press in presses[1:]]
    async with asyncio.timeout(45):
        while len(entries := await room.service.display.queue_entries()) < 2:  # noqa: ASYNC110  # the queue sends this process no wake-up signal
            await asyncio.sleep(0.02)

    requesters = [(await queued_job(room, entry)).requester.user_id for entry in entries]
    assert sorted(requesters) == sorted([int(ana.id), int(bo.id)])
    assert all("You just pressed that button" in text_of(message) for message in answers)


async def test_generate_again_on_two_results_works_without_a_wait(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    results = [await room.delivered(ana, channel, f"one of two, {number}") for number in range(2)]

    for message in results:
        await ana.press(message, "Generate again")

    await room.queue_entry("one of two, 0")
    await room.queue_entry("one of two, 1")


async def test_edit_image_uses_the_image_above_the_button_even_with_a_forged_id(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    secret = await room.delivered(ana, channel, "another's image")
    own = await room.delivered(bo, channel, "of bo's own, to edit")
    body = room.box.world.messages[own["id"]].body
    body["components"] = json.loads(
        json.dumps(body["components"]).replace(button_id(own, "Edit image"), button_id(secret, "Edit image"))
    )

    await bo.press(own | {"components": body["components"]}, "Edit image")
    await bo.fill(words="from whose image")
    edited = await queued_job(room, await room.queue_entry("from whose image"))

    assert edited.request.parent_id == (await job_of(room, own)).id
    assert f"/wanvas-{edited.request.parent_id}-" in edited.request.images[0].url


async def member_with_installed_bot(room: Room) -> tuple[Person, str]:
    """Return a person who installed the bot for themselves, and a channel of a server without the bot."""
    ana = await room.new_person()
    await room.control.post("/people/change", person=ana.id, installed=True)
    server = (await room.control.post("/servers", name="Elsewhere", owner=ana.id, bot=False))["id"]
    return ana, await room.channel_in(server)


async def test_a_result_of_a_user_install_can_be_edited(room: Room) -> None:
    ana, channel = await member_with_installed_bot(room)
    first = await room.delivered(ana, channel, "far from home")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="further from home")
    changed = await queued_job(room, await room.queue_entry("further from home"))
    await ana.press(first, "Edit image")
    await ana.fill(words="home again")
    edited = await queued_job(room, await room.queue_entry("home again"))

    source = await job_of(room, first)
    assert source.requester.scope == INSTALL
    assert {changed.request.parent_id, edited.request.parent_id} == {source.id}


async def test_a_form_of_a_user_install_works_after_a_restart(room: Room) -> None:
    ana, channel = await member_with_installed_bot(room)
    first = await room.delivered(ana, channel, "brought along")
    await ana.press(first, "Edit image")
    await ana.wait(lambda state: bool(state["modals"]), "the form")
    forget_open_forms(room)

    await ana.fill(words="brought along again")

    assert (await queued_job(room, await room.queue_entry("brought along again"))).input_count == 1


async def test_a_result_in_direct_messages_can_be_edited_and_has_a_history(room: Room) -> None:
    ana = await room.new_person()
    first = await room.delivered(ana, "dm", "between us")
    before = await message_ids(ana, "dm")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="between us by night")
    changed = await queued_job(room, await room.queue_entry("between us by night"))
    await ana.press(first, "History")
    history = await ana.see("dm", lambda m: m["id"] not in before and "1 step" in text_of(m), "the history")

    assert changed.request.parent_id == (await job_of(room, first)).id
    assert "between us" in text_of(history)
