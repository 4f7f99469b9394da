"""The main job: a prompt becomes an image in its channel, and images become other images."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from sandbox.people import EPHEMERAL, LOADING, Json, SentInteraction, images_of, text_of
from sandbox.wan.app import fingerprint
from tests.end_to_end.conftest import House, is_result, photo, says


async def sent(house: House, prompt: str) -> list[Json]:
    """Return the requests to the local Wan that carried *prompt*."""
    entries = await house.control.record("wan")
    return [entry for entry in entries if prompt in json.dumps(entry.get("body", {}), ensure_ascii=False)]


def looks_like(entry: Json, data: bytes, position: int = 0) -> bool:
    """Return whether the image that reached the local Wan looks like *data*, however it was encoded again."""
    pairs = zip(entry["images"][position]["fingerprint"], fingerprint(data), strict=True)
    return all(abs(first - second) < 24 for first, second in pairs)


async def test_a_prompt_becomes_an_image_in_its_channel(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()

    command = await ana.slash(channel, "imagine", prompt="a lighthouse at dusk")
    result = await ana.see(channel, is_result, "the image")

    (image,) = images_of(result)
    data = await house.control.file(image["attachment_id"])
    assert Image.open(io.BytesIO(data)).size == (1280, 1280)
    assert "a lighthouse at dusk" in text_of(result)
    assert len(await ana.messages(channel)) == 1
    assert await house.control.bill() == billed + 1
    assert (await command.fetch())["acknowledged_ms"] < 1000


async def test_a_request_to_wan_names_every_parameter(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(
        channel, "imagine", prompt="every knob", aspect_ratio="wide", quality="high", count=2,
        negative_prompt="fog", seed=7, enhance=False,
    )  # fmt: skip
    result = await ana.see(channel, is_result, "two images")

    (entry,) = await sent(house, "every knob")
    assert entry["body"]["model"] == "wan2.6-t2i"
    parameters = entry["body"]["parameters"]
    assert parameters.pop("size") == "1920*1072"
    assert parameters == {"n": 2, "prompt_extend": False, "watermark": False, "seed": 7, "negative_prompt": "fog"}
    assert len(images_of(result)) == 2
    assert "seed 7" in text_of(result)


async def test_attached_images_reach_wan_in_their_order(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first, second = photo(colour="orange"), photo("b.png", size=(480, 640), colour="lime")

    await ana.slash(channel, "imagine", prompt="put 1 into 2", image1=first, image2=second)
    await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "put 1 into 2")
    assert entry["body"]["model"] == "wan2.6-image"
    assert looks_like(entry, first.data, 0)
    assert looks_like(entry, second.data, 1)
    width, height = entry["body"]["parameters"]["size"].split("*")
    assert int(width) / int(height) == pytest.approx(4 / 3, rel=0.02)


async def calls_for(house: House, command: SentInteraction) -> list[Json]:
    """Return the bot's calls for one command. The shared bot may delete a notice of an earlier test meanwhile."""
    message_id = house.sandbox.world.interactions[command.id].original_id
    ends = (f"/interactions/{command.id}/…/callback", f"/messages/{message_id}")
    return [call for call in await house.control.record("discord") if call["path"].endswith(ends)]


async def test_an_image_that_is_quick_costs_two_rest_calls(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    command = await ana.slash(channel, "imagine", prompt="quick")
    await ana.see(channel, is_result, "the image")

    calls = await calls_for(house, command)
    assert [call["method"] for call in calls] == ["POST", "PATCH"]


async def test_an_image_that_was_waited_for_costs_three_rest_calls(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.hold_images()

    command = await ana.slash(channel, "imagine", prompt="waited for")
    await ana.see(channel, says("Generating…"), "the card")
    await house.finish_images()
    await ana.see(channel, is_result, "the image")

    calls = await calls_for(house, command)
    queued = [call for call in calls if "w1:cancel" in str(call["body"])]  # on a busy machine, the card waits first
    assert len(queued) <= 1
    assert [call["method"] for call in calls if call not in queued] == ["POST", "PATCH", "PATCH"]


async def test_a_slow_image_shows_a_card_that_becomes_the_image(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.hold_images()

    await ana.slash(channel, "imagine", prompt="slow one")
    card = await ana.see(channel, says("Generating…"), "the card")
    await house.finish_images()
    result = await ana.see(channel, is_result, "the image")

    assert result["id"] == card["id"]
    assert len(await ana.messages(channel)) == 1


async def test_a_queued_request_can_be_canceled_and_uses_no_quota(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.hold_images()
    others = [await house.new_person() for _ in range(5)]
    for other in others:
        await other.slash(channel, "imagine", prompt="before")
    await house.held(5)
    await ana.slash(channel, "imagine", prompt="changed my mind")
    card = await ana.see(channel, lambda m: says("in queue")(m) and says("changed my mind")(m), "her card in the queue")

    pressed = await ana.press(card, "Cancel")
    await ana.see(channel, says("Canceled. It didn't use your quota."), "the card closed")
    await house.finish_images()

    assert (await pressed.fetch())["response"]["flags"] & EPHEMERAL
    assert await sent(house, "changed my mind") == []
    await ana.see(channel, is_result, "the others' images")


async def test_another_member_cannot_cancel_or_delete(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="mine")
    result = await ana.see(channel, is_result, "the image")

    pressed = await bo.press(result, "Delete")
    await bo.see(channel, says("Only the person who requested it"), "the refusal")

    assert (await pressed.fetch())["response"]["flags"] & EPHEMERAL
    assert result["id"] in {message["id"] for message in await ana.messages(channel)}


async def test_delete_removes_the_message(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="short life")
    result = await ana.see(channel, is_result, "the image")

    await ana.press(result, "Delete")

    await ana.wait(lambda state: result["id"] not in json.dumps(state["messages"]), "its end")


async def test_again_generates_another_image_for_the_member_who_presses(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    given = photo()
    await ana.slash(channel, "imagine", prompt="once more", image1=given)
    first = await ana.see(channel, is_result, "the image")

    await bo.press(first, "Generate again")
    second = await bo.see(channel, lambda m: is_result(m) and m["id"] != first["id"], "another image")

    one, two = await sent(house, "once more")
    assert one["body"]["parameters"]["seed"] != two["body"]["parameters"]["seed"]
    assert looks_like(two, given.data)
    assert f"<@{bo.id}>" in text_of(second)


async def test_edit_takes_the_result_above_it(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="before the edit")
    result = await ana.see(channel, is_result, "the image")
    shown = await house.control.file(images_of(result)[0]["attachment_id"])

    await ana.press(result, "Edit image")
    await ana.fill(words="make it stormy")
    edited = await ana.see(channel, lambda m: is_result(m) and "stormy" in text_of(m), "the edit")

    (entry,) = await sent(house, "make it stormy")
    assert looks_like(entry, shown)
    assert edited["id"] != result["id"]


async def test_the_menu_edits_any_members_image_with_further_ones(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    given, further = photo(colour="pink"), photo("more.png", colour="teal")
    await bo.say(channel, "my cat", [given])
    message = await ana.see(channel, says("my cat"), "Bo's image")

    await ana.menu("Edit image", message)
    await ana.fill(words="as a painting", shape=["wide"], more=[further])
    await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "as a painting")
    assert looks_like(entry, given.data, 0)
    assert looks_like(entry, further.data, 1)
    assert entry["body"]["parameters"]["size"] == "1712*960"


async def test_a_mention_with_an_image_is_an_edit(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    given = photo(colour="purple")

    mention_id = await ana.say(channel, f"{house.mention} make it snow", [given])
    result = await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "make it snow")
    assert looks_like(entry, given.data)
    assert result["message_reference"]["message_id"] == mention_id


async def test_a_mention_in_reply_to_a_result_edits_it(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a quiet bay")
    result = await ana.see(channel, is_result, "the image")
    shown = await house.control.file(images_of(result)[0]["attachment_id"])

    await ana.say(channel, f"{house.mention} add a boat", reply_to=result["id"])
    await ana.see(channel, lambda m: is_result(m) and "add a boat" in text_of(m), "the edit")

    (entry,) = await sent(house, "add a boat")
    assert looks_like(entry, shown)


async def test_a_mention_in_reply_to_another_members_image_edits_it(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    given = photo(colour="brown")
    there = await bo.say(channel, "look", [given])

    await ana.say(channel, f"{house.mention} paint it blue", reply_to=there)
    await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "paint it blue")
    assert looks_like(entry, given.data)


async def test_a_forwarded_image_is_found(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    given = photo(colour="gold")
    there = await ana.say(channel, "", [given])
    await ana.say(channel, "", forward=there)
    forwarded = (await ana.messages(channel))[-1]

    await ana.menu("Edit image", forwarded)
    await ana.fill(words="from afar")
    await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "from afar")
    assert looks_like(entry, given.data)


async def test_an_image_at_an_outside_address_is_never_fetched(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    outside, billed = f"{house.sandbox.outside}/private.png", await house.control.bill()
    await ana.say(channel, "see this", embeds=[{"image": {"url": outside}}])
    message = (await ana.messages(channel))[-1]

    await ana.menu("Edit image", message)
    await ana.see(channel, says("no image in that message"), "the refusal")
    await ana.say(channel, f"{house.mention} edit that", reply_to=message["id"])
    await ana.see(channel, lambda m: says("no image in that message")(m) and not m["flags"] & EPHEMERAL, "the same")

    assert await house.control.record("outside") == []
    assert await house.control.bill() == billed


async def test_an_embedded_image_is_taken_from_discords_own_copy(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    given = photo("copy.png", colour="salmon")
    await ana.say(channel, "the copy", [given])
    outside = f"{house.sandbox.outside}/private.png"
    await ana.say(channel, "see this", embeds=[{"image": {"url": outside, "seen_as": "copy.png"}}])
    message = (await ana.messages(channel))[-1]

    await ana.menu("Edit image", message)
    await ana.fill(words="through the proxy")
    await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "through the proxy")
    assert looks_like(entry, given.data)
    assert await house.control.record("outside") == []


async def test_a_bare_reply_ping_is_courtesy(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    mention_id = await ana.say(channel, f"{house.mention} a first image")
    result = await ana.see(channel, is_result, "the image")

    await ana.say(channel, "", [photo()], reply_to=result["id"])
    await ana.say(channel, "now with rain", reply_to=result["id"])
    await ana.see(channel, lambda m: is_result(m) and "now with rain" in text_of(m), "the edit")

    assert len([m for m in await ana.messages(channel) if is_result(m)]) == 2
    assert mention_id


async def test_quota_shows_what_is_left_in_private(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="one of many")
    await ana.see(channel, is_result, "the image")

    await ana.slash(channel, "quota")
    answer = await ana.see(channel, says("resets"), "the quota")

    assert answer["flags"] & EPHEMERAL
    assert "999 of 1000 left" in text_of(answer)
    assert "<t:" in text_of(answer)
    assert answer["id"] not in {message["id"] for message in await bo.messages(channel)}


async def test_a_command_in_direct_messages_is_a_request_too(house: House) -> None:
    ana = await house.new_person()

    await ana.slash("dm", "imagine", prompt="between us")

    assert await ana.see("dm", is_result, "the image")


async def test_every_image_has_alt_text(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a heron, *standing* @everyone")
    result = await ana.see(channel, is_result, "the image")

    gallery = next(part for part in result["components"][0]["components"] if part["type"] == 12)
    assert gallery["items"][0]["description"] == "a heron, *standing* @everyone"
    assert result["mention_everyone"] is False
    assert r"\*standing\*" in text_of(result)


async def test_the_alt_text_of_an_edit_says_the_original_prompt_and_the_change(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a door, ||red||")
    first = await ana.see(channel, lambda m: is_result(m) and "a door" in text_of(m), "the image")

    await ana.press(first, "Edit image")
    await ana.fill(words="make it blue")
    edit = await ana.see(channel, lambda m: is_result(m) and "make it blue" in text_of(m), "the edit")

    (gallery,) = (part for part in edit["components"][0]["components"] if part["type"] == 12)
    assert gallery["items"][0]["description"] == "a door, ▒▒▒; changed: make it blue"
    (file,) = (house.sandbox.world.files[image["attachment_id"]] for image in images_of(edit))
    assert file.description == gallery["items"][0]["description"]


async def test_no_placeholder_stays_behind(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="forbidden-word")
    await ana.see(channel, says("moderation rejected"), "the refusal")

    assert not [message for message in await ana.messages(channel) if message["flags"] & LOADING]
