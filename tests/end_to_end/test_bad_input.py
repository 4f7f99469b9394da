"""After any failure, the requester alone is notified, no quota is used and no request is lost."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from sandbox.people import EPHEMERAL, WAIT_S, File, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, photo, png, says
from tests.imagegen.imaging.bombs import png_bomb

MB = 1024 * 1024
FRAMES = [Image.new("RGB", (300, 300), colour) for colour in ("red", "lime")]
TURNED = Image.Exif()
TURNED[0x0112] = 6


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


async def left(ana: Person, channel: str) -> str:
    """Return what /quota says of the member's quota, once no request of theirs is open."""
    async with asyncio.timeout(WAIT_S):
        while True:
            answer = await private_answer(ana, await ana.slash(channel, "quota"))
            if "reserved" not in (line := text_of(answer).splitlines()[1]):
                return line
            await asyncio.sleep(0.2)  # /quota is limited for each person


async def refused(house: House, ana: Person, channel: str, words: str) -> None:
    """Assert that the refusal came in private, used no quota and left no message behind."""
    notice = await ana.see(channel, says(words), f"the sentence {words!r}")
    assert notice["flags"] & EPHEMERAL
    assert "It didn't use your quota." in text_of(notice)
    assert "1000 of 1000 left" in await left(ana, channel)
    public = [message for message in await ana.messages(channel) if not message["flags"] & EPHEMERAL]
    assert not [message for message in public if message["author"]["id"] == house.sandbox.world.bot_id]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prompt": "   "}, "no prompt"),
        ({"prompt": "x" * 2101}, "2101 characters"),
        ({"prompt": "x" * 2001, "image1": photo()}, "2001 characters"),
        ({"prompt": "x", "negative_prompt": "y" * 501}, "501 characters"),
        ({"prompt": "x", "aspect_ratio": "same"}, "needs an input image"),
    ],
    ids=["empty", "long", "long edit", "long negative", "same without image"],
)
async def test_an_impossible_request_is_refused_at_once(house: House, options: dict[str, Any], words: str) -> None:
    ana, channel = await house.new_person(), await house.channel()

    command = await ana.slash(channel, "imagine", **options)

    await refused(house, ana, channel, words)
    assert (await command.fetch())["callback_type"] == 4


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.png", b"this is a text file", "isn't an image"),
        ("cut.jpg", saved(Image.effect_noise((900, 900), 80), "JPEG")[:5000], "damaged or incomplete"),
        ("bomb.png", png_bomb(20_000), "400 megapixels"),
        ("phone.heic", b"\0\0\0\x18ftypheic" + bytes(100), "is a HEIC"),
        ("small.png", png(size=(239, 600)), "239 × 600"),
    ],
    ids=["text", "cut", "bomb", "heic", "small"],
)
async def test_an_image_that_cannot_be_taken_is_refused_by_name(
    house: House, name: str, data: bytes, words: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()

    await ana.slash(channel, "imagine", prompt="edit it", image1=File(name, data))

    await refused(house, ana, channel, words)
    assert await house.control.bill() == billed


async def test_a_file_of_sixty_megabytes_is_refused_unread(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.post("/discord/settings", upload_limit=100 * MB, person_upload_limit=100 * MB)
    fetched = len(await house.control.record("cdn"))

    await ana.slash(channel, "imagine", prompt="edit it", image1=File("heavy.png", bytes(60 * 1024 * 1024)))

    await refused(house, ana, channel, "over 25 MB")
    await house.control.post("/discord/settings", upload_limit=10 * MB, person_upload_limit=50 * MB)
    assert len(await house.control.record("cdn")) == fetched


async def test_five_images_are_refused_naming_the_cap(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.say(channel, f"{house.mention} all of them", [photo(f"{n}.png") for n in range(5)])

    notice = await ana.see(channel, says("You sent 5 images; Standard (wan2.6-image) takes up to 4"), "the cap")
    assert f"<@{ana.id}>" in notice["content"]


@pytest.mark.parametrize(
    ("name", "data", "note"),
    [
        ("a.gif", saved(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]), "first frame only"),
        ("b.tiff", saved(Image.new("CMYK", (300, 300), (0, 99, 99, 0)), "TIFF"), "colors converted"),
        ("c.png", saved(Image.new("RGBA", (300, 300), (9, 9, 9, 90)), "PNG"), "transparency filled with white"),
        ("d.jpg", saved(Image.new("RGB", (400, 300)), "JPEG", exif=TURNED), "rotated upright"),
        ("e.jpg", saved(Image.new("RGB", (9000, 600)), "JPEG"), "scaled down"),
    ],
    ids=["gif", "cmyk", "alpha", "exif", "long side"],
)
async def test_an_unusual_image_is_put_right_and_the_card_says_so(
    house: House, name: str, data: bytes, note: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(channel, "imagine", prompt="take it anyway", image1=File(name, data))
    result = await ana.see(channel, is_result, "the edit")

    assert f"image 1: {note}" in text_of(result)


@pytest.mark.parametrize(
    ("fault", "arguments", "words"),
    [
        ("prompt_rejected", {}, "moderation rejected"),
        ("wan_error", {"status": 400, "code": "IPInfringementSuspect"}, "copyright"),
        ("wan_error", {"status": 400, "code": "InvalidParameter"}, "rejected this request"),
        ("gateway_error", {}, "didn't answer in time"),
        ("wan_disconnect", {}, "didn't answer in time"),
    ],
)
async def test_each_failure_of_wan_is_notified_in_private_and_uses_no_quota(
    house: House, fault: str, arguments: dict[str, Any], words: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm(fault, **arguments)

    await ana.slash(channel, "imagine", prompt="bound to fail")

    await refused(house, ana, channel, words)


async def test_a_failure_of_wans_own_names_its_request(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(channel, "imagine", prompt="forbidden-word here")
    notice = await ana.see(channel, says("moderation rejected"), "the refusal")

    entry = (await house.control.record("wan"))[-1]
    assert f"\n-# request {entry['request_id']}" in text_of(notice)


async def test_what_passes_by_itself_is_tried_again(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("wan_error", status=503, code="ModelUnavailable")

    await ana.slash(channel, "imagine", prompt="second try")

    assert await ana.see(channel, is_result, "the image")


async def test_fewer_images_than_asked_count_as_fewer(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("fewer_images")

    await ana.slash(channel, "imagine", prompt="three of four", count=4)
    result = await ana.see(channel, is_result, "the images")

    assert len(images_of(result)) == 3
    assert "3 of 4 delivered, 3 used" in text_of(result)
    assert "997 of 1000 left" in await left(ana, channel)


async def test_a_result_whose_link_is_dead_is_returned(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("expired_link")

    await ana.slash(channel, "imagine", prompt="gone before it came")

    await refused(house, ana, channel, "couldn't download")


async def test_a_message_without_images_is_said_so(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.say(channel, "just words")

    await ana.menu("Edit image", (await ana.messages(channel))[-1])

    notice = await ana.see(channel, says("no image in that message"), "the refusal")
    assert notice["flags"] & EPHEMERAL


async def test_a_reply_whose_message_was_deleted_is_said_so(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    there = await ana.say(channel, "soon gone", [photo()])
    await house.control.arm("gateway_disconnect")

    mention_id = await ana.say(channel, f"{house.mention} edit that", reply_to=there)
    await house.control.post("/act/delete", person=ana.id, message=there)

    assert mention_id
    await ana.see(channel, lambda m: "couldn't download" in text_of(m) or is_result(m), "an answer")


async def test_where_the_bot_may_not_write_a_slash_still_works(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel(deny=("SEND_MESSAGES",))

    await ana.slash(channel, "imagine", prompt="unwritable")

    assert await ana.see(channel, is_result, "the image")


async def test_where_the_bot_may_not_write_a_mention_is_answered_directly(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel(deny=("SEND_MESSAGES",))

    await ana.say(channel, f"{house.mention} unwritable")

    assert await ana.see("dm", says("I can't post in that channel"), "a direct message")


async def test_if_discord_refuses_the_card_the_paid_image_still_arrives(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("v2_upload_refused", times=2)

    await ana.slash(channel, "imagine", prompt="stubborn")
    message = await ana.see(channel, lambda m: bool(images_of(m)), "the image in a plain message")

    assert message["attachments"]
    assert len(await ana.messages(channel)) == 1


async def test_with_a_dead_token_the_same_message_becomes_the_image(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("token_expired")

    await ana.slash(channel, "imagine", prompt="late")

    assert await ana.see(channel, is_result, "the image")
    assert len(await ana.messages(channel)) == 1


async def test_a_redelivered_command_is_one_job(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()
    await house.control.arm("duplicate_event")

    await ana.say(channel, f"{house.mention} only once")
    await ana.see(channel, is_result, "the image")
    await ana.slash(channel, "quota")
    await ana.see(channel, says("resets"), "the quota")

    assert len([message for message in await ana.messages(channel) if is_result(message)]) == 1
    assert await house.control.bill() == billed + 1
