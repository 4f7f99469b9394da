"""A story grows in its message. Whatever stops it, the parts that came are kept in order and use quota."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import EPHEMERAL, Json, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, ours, photo, says

SPACING_S = 1.5


async def finished_story(person: Person, channel: str) -> Json:
    """Return the story's message, once it says how many images used quota."""
    return await person.see(channel, lambda m: "seed" in text_of(m) and " used" in text_of(m), "a story's end")


async def left(person: Person, channel: str) -> int:
    """Return how many images /quota says are left in this server today."""
    command = await person.slash(channel, "quota")
    async with asyncio.timeout(45):
        while True:
            answer = (await command.fetch())["response"]
            if answer and "resets" in text_of(answer):
                return int(text_of(answer).split(" left")[0].split()[-3])
            await asyncio.sleep(0.05)


async def left_becomes(person: Person, channel: str, number: int) -> None:
    """Wait until *number* images are left: a story is delivered a moment before it is recorded."""
    async with asyncio.timeout(45):
        while True:
            if await left(person, channel) == number:
                return


def kinds(message: Json) -> str:
    """Return the story parts of a message in order, without header, footer and buttons: T a text, P an image."""
    inner = [part for part in message["components"][0]["components"][1:] if part["type"] != 1]
    found = "".join("T" if part["type"] == 10 else "P" * len(part["items"]) for part in inner)
    return found.removesuffix("T")


async def edits_of(house: House, message_id: str) -> list[float]:
    """Return when a message was edited, in seconds. A deferred answer is edited by its own id."""
    found = [e for e in await house.control.record("discord") if e["method"] == "PATCH" and message_id in e["path"]]
    return [datetime.fromisoformat(entry["at"]).timestamp() for entry in found]


async def slow_story(house: House, **settings: float) -> None:
    await house.control.post("/wan/settings", **{"chunk_s": 0.03, "delay_s": 0.5, **settings})


async def test_a_story_grows_in_its_message_in_order(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()
    await slow_story(house, chunk_s=0.05)

    command = await ana.slash(channel, "story", prompt="the keeper of the light")
    early = await ana.see(channel, says("The story continues"), "its beginning")
    done = await finished_story(ana, channel)

    edits = await edits_of(house, done["id"])
    assert early["id"] == done["id"]
    assert len(edits) >= 3
    assert min(later - before for before, later in pairwise(edits)) >= SPACING_S
    assert kinds(done) == "TPTPTP"
    assert text_of(done).startswith("-# the keeper of the light")
    assert "3 of up to 3 images, 3 used, 997 of 1000 left today" in text_of(done)
    assert "request " in text_of(done)
    assert await house.control.bill() == billed + 3
    assert len(await ours(house, ana, channel)) == 1
    assert (await command.fetch())["acknowledged_ms"] < 1000


async def test_each_image_of_a_story_is_uploaded_once_and_has_alt_text(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    files = len(house.sandbox.world.files)
    await slow_story(house, delay_s=1.8)

    await ana.slash(channel, "story", prompt="once is enough", images=2)
    done = await finished_story(ana, channel)

    shown = images_of(done)
    assert len(house.sandbox.world.files) == files + 2
    assert len({image["attachment_id"] for image in shown}) == 2
    galleries = [part for part in done["components"][0]["components"] if part["type"] == 12]
    assert [g["items"][0]["description"] for g in galleries] == ["1. once is enough", "2. once is enough"]


async def test_details_tell_how_a_story_was_made(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(channel, "story", prompt="the keeper's dog", images=1)
    done = await finished_story(ana, channel)
    details = text_of(await private_answer(ana, await ana.press(done, "Details")))

    request_id = next(e["request_id"] for e in reversed(await house.control.record("wan")) if e["billed"])
    assert "the keeper's dog" in details
    assert request_id in details


async def test_a_quick_story_needs_no_card(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.post("/wan/settings", chunk_s=0.0, delay_s=0.0)

    await ana.slash(channel, "story", prompt="in no time", images=1)
    done = await finished_story(ana, channel)

    assert kinds(done) == "TP"
    assert len(await edits_of(house, done["id"])) == 1


async def test_an_image_begins_a_story(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(channel, "story", prompt="what happened next", image=photo(size=(600, 400)), images=1)
    await finished_story(ana, channel)

    entry = (await house.control.record("wan"))[-1]
    assert len(entry["images"]) == 1
    width, height = entry["body"]["parameters"]["size"].split("*")
    assert int(width) / int(height) == pytest.approx(1.5, rel=0.03)


async def test_a_long_story_goes_on_in_a_further_message(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    sentences = " ".join(f"Sentence number {number} of a long paragraph." for number in range(55))
    await house.control.arm("story_text", text=f"{sentences}\n")
    await slow_story(house, chunk_s=0.004, delay_s=0.3)

    await ana.slash(channel, "story", prompt="a long one", images=3)
    last = await finished_story(ana, channel)

    messages = await ours(house, ana, channel)
    assert [m["id"] for m in messages][-1] == last["id"]
    assert len(messages) >= 2
    assert sum(len(images_of(m)) for m in messages) == 3
    for message in messages:
        assert sum(len(p.get("content") or "") for p in message["components"][0]["components"]) <= 4000
        assert "The story continues" not in text_of(message)
    told_text = " ".join(text_of(m) for m in messages)
    assert told_text.count("Sentence number 54 of a long paragraph.") == 3
    assert [m["id"] for m in messages if " used" in text_of(m)] == [last["id"]]

    await ana.press(last, "Delete")

    await ana.wait(lambda state: not any(m["id"] in str(state["messages"]) for m in messages), "the end of all of them")


@pytest.mark.parametrize(
    ("fault", "arguments", "words"),
    [
        ("stream_disconnect", {}, "The image service stopped responding here."),
        ("stream_error", {"code": "InternalError"}, "The image service stopped responding here."),
        ("stream_error", {"code": "DataInspectionFailed"}, "moderation stopped the story here."),
    ],
)
async def test_a_story_that_is_cut_keeps_what_came_and_counts_only_that(
    house: House, fault: str, arguments: dict[str, Any], words: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()
    before, billed = await left(ana, channel), await house.control.bill()
    await house.control.arm(fault, after=30, images=1, **arguments)

    await ana.slash(channel, "story", prompt="cut in the middle", images=4)
    done = await finished_story(ana, channel)

    assert words in text_of(done)
    assert kinds(done).startswith("TP")
    assert "1 of up to 4 images, 1 used" in text_of(done)
    await left_becomes(ana, channel, before - 1)
    assert await house.control.bill() == billed + 1


async def test_cancel_stops_a_story_and_what_came_is_counted(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    before = await left(ana, channel)
    await slow_story(house)
    await house.control.arm("stream_slow", seconds=60.0, after=10, images=1)

    await ana.slash(channel, "story", prompt="stop it there", images=5)
    grown = await ana.see(channel, lambda m: bool(images_of(m)), "its first image")
    await bo.press(grown, "Cancel")
    await bo.see(channel, says("Only the person who requested it"), "the refusal")
    await ana.press(grown, "Cancel")
    await ana.see(channel, says("Stopping the story."), "the answer")
    done = await finished_story(ana, channel)

    assert "Stopped here, as requested." in text_of(done)
    assert kinds(done).startswith("TP")
    assert "Cancel" not in text_of(done)
    await left_becomes(ana, channel, before - 1)


async def test_a_story_canceled_before_its_first_part_uses_no_quota(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    before = await left(ana, channel)
    await house.control.arm("stream_slow", seconds=60.0, after=0)

    await ana.slash(channel, "story", prompt="never mind")
    card = await ana.see(channel, says("Cancel"), "the card")
    await ana.press(card, "Cancel")
    await ana.see(channel, lambda m: m["id"] == card["id"] and "Canceled." in text_of(m), "the card closed")

    await left_becomes(ana, channel, before)


async def test_a_rejected_story_is_notified_in_private_and_uses_no_quota(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    before, billed = await left(ana, channel), await house.control.bill()
    await house.control.arm("prompt_rejected")

    await ana.slash(channel, "story", prompt="something unkind")
    answer = await ana.see(channel, says("moderation rejected"), "the refusal")

    assert answer["flags"] & EPHEMERAL
    assert await ours(house, bo, channel) == []
    await left_becomes(ana, channel, before)
    assert await house.control.bill() == billed


async def test_a_story_cut_before_its_first_part_is_notified_and_never_sent_again(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    before = await left(ana, channel)
    sent = len(await house.control.record("wan"))
    await house.control.arm("stream_disconnect", after=0)

    await ana.slash(channel, "story", prompt="not a word")
    await ana.see(channel, says("didn't answer in time"), "the failure")

    await left_becomes(ana, channel, before)
    assert len(await house.control.record("wan")) == sent + 1


@pytest.mark.parametrize(("decides", "parts", "words"), [(1, "TP", "1 of up to 3"), (0, "T", "0 of up to 3")])
async def test_only_the_images_that_the_model_makes_use_quota(
    house: House, decides: int, parts: str, words: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()
    before = await left(ana, channel)
    await house.control.post("/wan/settings", story_images=decides)

    await ana.slash(channel, "story", prompt="as it likes")
    done = await finished_story(ana, channel)

    assert kinds(done) == parts
    assert f"{words} images, {decides} used" in text_of(done)
    await left_becomes(ana, channel, before - decides)


async def test_again_under_a_story_tells_another_one(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "story", prompt="and again", images=1)
    first = await finished_story(ana, channel)

    await bo.press(first, "Generate again")
    second = await bo.see(channel, lambda m: m["id"] != first["id"] and " used" in text_of(m), "another story")

    assert kinds(second) == "TP"
    assert f"<@{bo.id}>" in text_of(second)


async def test_a_dead_token_does_not_keep_a_story_from_its_end(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await slow_story(house)
    await ana.slash(channel, "story", prompt="older than its token", images=2)
    grown = await ana.see(channel, says("The story continues"), "its beginning")

    await house.control.arm("token_expired", times=100)
    done = await finished_story(ana, channel)

    assert done["id"] == grown["id"]
    assert kinds(done) == "TPTP"


async def test_an_image_that_cannot_be_fetched_is_left_out_and_not_counted(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    before = await left(ana, channel)
    await house.control.post("/wan/settings", chunk_s=0.0, delay_s=0.0)
    await house.control.arm("expired_link")

    await ana.slash(channel, "story", prompt="one is lost", images=2)
    done = await finished_story(ana, channel)

    assert kinds(done) == "TTP"
    assert "image 1 couldn't be downloaded, so it didn't use your quota" in text_of(done)
    await left_becomes(ana, channel, before - 1)


async def test_a_refused_card_still_brings_the_story_with_its_images(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.post("/wan/settings", chunk_s=0.0, delay_s=0.0)
    await house.control.arm("v2_upload_refused", times=2)

    await ana.slash(channel, "story", prompt="refused as a card", images=2)
    done = await finished_story(ana, channel)

    assert done["components"] == []
    assert len(done["attachments"]) == 2
    assert "1 of" not in text_of(done)
    assert "2 of up to 2 images, 2 used" in text_of(done)
    assert len(await ours(house, ana, channel)) == 1


async def test_a_story_is_delivered_in_direct_messages_too(house: House) -> None:
    ana = await house.new_person()

    await ana.slash("dm", "story", prompt="between us", images=1)

    assert kinds(await finished_story(ana, "dm")) == "TP"


async def test_a_story_killed_in_the_middle_is_delivered_as_far_as_it_was_stored(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="20") as house:
        ana, channel = await house.new_person(), await house.channel()
        await slow_story(house)
        await house.control.arm("stream_slow", seconds=60.0, after=10, images=1)
        await ana.slash(channel, "story", prompt="a power cut", images=3)
        grown = await ana.see(channel, lambda m: bool(images_of(m)), "its first image")
        kept = images_of(grown)[0]["attachment_id"]

        await house.bot.kill()
        await house.bot.start()
        done = await finished_story(ana, channel)

        assert done["id"] == grown["id"]
        assert "The bot restarted during this story." in text_of(done)
        assert kinds(done).startswith("TP")
        assert [image["attachment_id"] for image in images_of(done)] == [kept]
        assert len(await ours(house, ana, channel)) == 1
        await left_becomes(ana, channel, 19)
        assert len([e for e in await house.control.record("wan") if e["method"] == "POST"]) == 1


async def test_a_story_killed_before_its_first_part_is_notified_and_uses_no_quota(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="20") as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("stream_slow", seconds=60.0, after=0)
        await ana.slash(channel, "story", prompt="too early", images=3)
        await ana.see(channel, says("Generating…"), "the card")

        await house.bot.kill()
        await house.bot.start()
        await ana.see(channel, says("didn't answer in time"), "the failure")

        await left_becomes(ana, channel, 20)
        assert len([e for e in await house.control.record("wan") if e["method"] == "POST"]) == 1


async def test_where_only_tasks_are_allowed_a_story_comes_whole(tmp_path: Path) -> None:
    async with house_in(tmp_path, WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()

        await ana.slash(channel, "story", prompt="all at once", images=2)
        done = await finished_story(ana, channel)

        assert kinds(done) == "TPTP"
        assert "2 of up to 2 images, 2 used" in text_of(done)
        assert await house.control.bill() == 2
