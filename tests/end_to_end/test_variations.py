"""More like this and Larger: a subtle variation of one image, a strong one of the request, a larger size."""

from __future__ import annotations

from sandbox.people import EPHEMERAL, Json, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, ours, photo, result


async def other_result(person: Person, channel: str, known: Json, line: str) -> Json:
    """Return the result beside *known* that says *line*."""
    return await person.see(channel, lambda m: is_result(m) and m["id"] != known["id"] and line in text_of(m), line)


async def bodies(house: House, prompt: str) -> list[Json]:
    """Return what Wan was asked for about *prompt*, oldest first."""
    found = [entry["body"] for entry in await house.control.record("wan") if prompt in str(entry.get("body"))]
    return [body for body in found if "input" in body]


async def test_a_subtle_variation_edits_the_chosen_image_and_says_so(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="three kites", count=3)
    first = await result(ana, channel, "three kites")

    offer = await private_answer(bo, await bo.press(first, "More like this"))
    await bo.press(offer, "Subtle 2")
    varied = await other_result(bo, channel, first, "subtle variation of image 2")

    _, sent = await bodies(house, "three kites")
    words, image = sent["input"]["messages"][0]["content"]
    assert offer["flags"] & EPHEMERAL
    assert "changes only small details. Uses 1 image of your quota." in text_of(offer)
    assert "Uses 3 images of your quota." in text_of(offer)
    assert words["text"].startswith("Keep this image nearly as it is")
    assert image == {"image": "<image>"}
    assert (f"<@{bo.id}>" in text_of(varied), len(images_of(varied))) == (True, 1)
    details = text_of(await private_answer(bo, await bo.press(varied, "Details")))
    assert f"Edited from https://discord.com/channels/{house.sandbox.world.server_id}/" in details


async def test_a_strong_variation_is_the_same_prompt_with_a_new_seed_and_enhanced(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a plain kettle", seed=5, enhance=False, image1=photo())
    first = await result(ana, channel, "a plain kettle")

    offer = await private_answer(ana, await ana.press(first, "More like this"))
    await ana.press(offer, "Strong variation")
    await other_result(ana, channel, first, "strong variation")

    before, after = await bodies(house, "a plain kettle")
    assert before["input"] == after["input"]
    assert [body["parameters"]["prompt_extend"] for body in (before, after)] == [False, True]
    assert after["parameters"]["seed"] != 5


async def test_variations_of_a_private_result_are_private(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a hidden well", private=True)
    first = await result(ana, channel, "a hidden well")

    offer = await private_answer(ana, await ana.press(first, "More like this"))
    await ana.press(offer, "Subtle variation")
    subtle = await other_result(ana, channel, first, "subtle variation")
    await ana.press(first, "Larger")
    larger = await other_result(ana, channel, first, "larger size")

    assert subtle["flags"] & larger["flags"] & EPHEMERAL
    assert await ours(house, bo, channel) == []


async def test_larger_generates_the_same_seed_in_high_quality_and_is_not_offered_again(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a small hill", seed=5)
    first = await result(ana, channel, "a small hill")

    await ana.press(first, "Larger")
    larger = await other_result(ana, channel, first, "larger size")

    before, after = await bodies(house, "a small hill")
    assert [body["parameters"]["size"] for body in (before, after)] == ["1280*1280", "1440*1440"]
    assert [body["parameters"]["seed"] for body in (before, after)] == [5, 5]
    assert "Larger" in str(first["components"])
    assert "Larger" not in str(larger["components"])
