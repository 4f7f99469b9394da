"""Every delivered file says that it is AI-generated, and the menu "Is this ours?" says what is known of a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from imagegen.imaging.marks import marked, seen_mark, with_packet
from imagegen.imaging.xmp import EDIT, WORDS, SeenMark, with_mark
from imagegen.model import AiMark
from sandbox.people import File, Json, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, photo, png, result

FORGED = AiMark("wan2.6-t2i", datetime(2026, 11, 1, tzinfo=UTC), 10**9, is_edit=False)


async def files_of(house: House, message: Json) -> list[bytes]:
    return [await house.control.file(image["attachment_id"]) for image in images_of(message)]


async def marks_of(house: House, message: Json) -> Sequence[SeenMark | None]:
    return [seen_mark(data) for data in await files_of(house, message)]


async def answer(person: Person, message: Json) -> str:
    return text_of(await private_answer(person, await person.menu("Is this ours?", message)))


async def said(person: Person, channel: str, *files: File) -> Json:
    """Return the message of a person with *files*."""
    message_id = await person.say(channel, "look", files=files)
    return await person.see(channel, lambda m: m["id"] == message_id, "the message")


async def test_results_of_every_kind_say_that_they_are_ai_generated(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a red door in the hills")
    words = await result(ana, channel, "a red door in the hills")
    await ana.slash(channel, "imagine", prompt="a blue one in the hills", image1=photo())
    edit = await result(ana, channel, "a blue one in the hills")
    await ana.slash(channel, "imagine", prompt="a secret door in the hills", private=True)
    private = await result(ana, channel, "a secret door in the hills")
    await ana.slash(channel, "story", prompt="a door in two parts")
    story = await ana.see(channel, lambda m: "a door in two parts" in text_of(m) and "used" in text_of(m), "the story")

    for message, source in ((words, WORDS), (private, WORDS), (edit, EDIT), (story, WORDS)):
        marks = await marks_of(house, message)
        assert marks
        for mark in marks:
            assert mark is not None
            assert (mark.source, mark.model) == (
                source,
                "wan2.6-t2i" if message in (words, private) else "wan2.6-image",
            )
            assert mark.made_at is not None
            assert abs(datetime.now(UTC) - mark.made_at) < timedelta(days=1)
            assert f"wanvas-{mark.job_id}-" in images_of(message)[0]["url"]
    for data in [file for message in (words, private, edit) for file in await files_of(house, message)]:
        assert re.search(rb"in the hills|Person|" + ana.id.encode(), data) is None


async def test_a_file_of_ours_is_recognized_in_another_message(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a known mill")
    (data,) = await files_of(house, first := await result(ana, channel, "a known mill"))
    sent = await said(bo, channel, File("mine.png", data), photo("photo.png"))

    ours, other, honest = (await answer(bo, sent)).splitlines()

    assert re.match(
        r"1\. \*\*The file says that I generated it\*\*, and I have that request: `wan2\.6-t2i`, <t:\d+:D>\. "
        r"Generated from a prompt alone\. That information can be copied",
        ours,
    )
    assert "Yes" not in ours  # a photo with a copied packet gets the same answer
    assert f"/{first['channel_id']}/{first['id']})" in ours
    assert other.startswith("2. **I don't know.**")
    assert "can be removed or forged" in honest


async def test_a_forged_file_and_one_of_another_program_are_not_confirmed(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    forged = marked(png(), FORGED)
    others = with_packet(
        png(), with_mark(FORGED).replace(b"wanvas:Job", b"other:Job").replace(b"wan2.6-t2i", b"`X [a](b)")
    )

    files = [File("a.png", forged), File("b.png", others), File("c.png", b"\x89PNG broken")]
    lines = (await answer(ana, await said(ana, channel, *files))).splitlines()

    assert "I can't confirm it" in lines[0]
    assert "**Not mine.** The file says that it's AI-generated: `X [a](b)`" in lines[1]
    assert "I don't know" in lines[2]


async def test_a_result_without_metadata_is_known_by_the_message_that_shows_it(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a plain mill")
    shown = await result(ana, channel, "a plain mill")
    files, image = house.sandbox.world.files, images_of(shown)[0]["attachment_id"]
    files[image] = replace(files[image], data=png())  # as if Discord had removed the metadata

    answers = [await answer(ana, shown), await answer(ana, await said(ana, channel))]

    assert "Yes, I generated this image" in answers[0]
    assert "no image in that message" in answers[1]
