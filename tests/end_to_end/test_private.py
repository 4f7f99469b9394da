"""Results that only their requester sees: in every place, for as long as it takes, and never in the channel."""

from __future__ import annotations

from sandbox.people import EPHEMERAL, Json, Person, images_of, text_of
from tests.end_to_end.conftest import House, is_result, ours, says
from tests.end_to_end.test_anywhere import in_a_group, in_a_server_without_the_bot


async def private_result(person: Person, channel: str, prompt: str) -> Json:
    """Return the result with *prompt*, which only *person* sees."""
    found = await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), f"the image of {prompt}")
    assert found["flags"] & EPHEMERAL
    return found


async def test_a_private_result_is_shown_to_its_requester_alone(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()

    await ana.slash(channel, "imagine", prompt="a hidden cove", private=True)
    await private_result(ana, channel, "a hidden cove")

    assert await ours(house, bo, channel) == []


async def test_a_private_story_is_shown_to_its_requester_alone(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()

    await ana.slash(channel, "story", prompt="the secret harbor", images=2, private=True)
    story = await ana.see(channel, says("Edit prompt"), "the story")

    assert story["flags"] & EPHEMERAL
    assert len(images_of(story)) == 2
    assert await ours(house, bo, channel) == []


async def test_a_private_result_reaches_its_requester_where_the_bot_is_no_member(house: House) -> None:
    for place in (in_a_server_without_the_bot, in_a_group):
        ana, channel = await place(house)

        await ana.slash(channel, "imagine", prompt="a hidden cove", private=True)

        assert await private_result(ana, channel, "a hidden cove")


async def test_why_a_private_request_failed_is_said_in_private(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await house.control.arm("prompt_rejected")

    await ana.slash(channel, "imagine", prompt="a forbidden cove", private=True)
    await ana.see(channel, says("moderation"), "why it failed")

    assert await ours(house, bo, channel) == []


async def test_a_form_keeps_the_results_private_or_makes_them_public(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a hidden cove", private=True)
    first = await private_result(ana, channel, "a hidden cove")

    await ana.press(first, "Edit image")
    await ana.fill(words="with a boat")
    await private_result(ana, channel, "with a boat")
    await ana.press(first, "Generate again")
    await ana.see(channel, lambda m: is_result(m) and "a hidden cove" in text_of(m) and m["id"] != first["id"], "again")
    seen = await ours(house, bo, channel)
    await ana.press(first, "Edit prompt")
    await ana.fill(words="a public cove", shape=["square"])

    assert seen == []
    assert await bo.see(channel, lambda m: is_result(m) and "a public cove" in text_of(m), "the public one")


async def test_a_refused_private_request_stays_private_when_it_is_corrected(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()

    await ana.slash(channel, "imagine", prompt="a cove https://a.example/cove.png", private=True)
    refusal = await ana.see(channel, lambda m: bool(m["flags"] & EPHEMERAL) and "Edit prompt" in str(m), "the refusal")
    await ana.press(refusal, "Edit prompt")
    await ana.fill(words="a hidden cove")
    await private_result(ana, channel, "a hidden cove")

    assert await ours(house, bo, channel) == []
