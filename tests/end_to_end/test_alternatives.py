"""A prompt with alternatives is shown with what it uses, and becomes several requests when its member starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.people import EPHEMERAL, Json, Person, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, ours, photo, result, says
from tests.end_to_end.test_variations import bodies

OVER = "This choice is another member's, or it's over"


async def results_of(person: Person, channel: str, *prompts: str) -> list[Json]:
    return [await result(person, channel, prompt) for prompt in prompts]


async def test_nothing_is_generated_before_the_member_starts_all_of_it(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a {tin|clay} {pot|cup}", count=2))
    before = await bodies(house, "a tin")
    await ana.press(choice, "Start")
    shown = await results_of(ana, channel, "a tin pot", "a tin cup", "a clay pot", "a clay cup")

    assert "That prompt makes 4 requests:\n1. a tin pot\n2. a tin cup\n3. a clay pot\n4. a clay cup" in text_of(choice)
    assert "Together they use 8 images of your quota." in text_of(choice)
    assert "a {tin|clay} {pot|cup}" in text_of(choice)
    assert before == []
    assert len({message["id"] for message in shown}) == 4
    sent = [body for words in ("a tin", "a clay") for body in await bodies(house, words)]
    assert len({body["parameters"]["seed"] for body in sent}) == 1
    started = await ana.see(channel, lambda m: m["id"] == choice["id"] and "Started" in text_of(m), "that it began")
    assert "Started 4 requests." in text_of(started)


async def test_a_choice_is_started_once_and_by_its_member_alone(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.say(channel, f"{house.mention} a {{wide|narrow}} stair")
    choice = await ana.see(channel, says("That prompt makes 2 requests"), "the choice")

    stranger = await private_answer(bo, await bo.press(choice, "Start"))
    await asyncio.gather(ana.press(choice, "Start"), ana.press(choice, "Start"))
    await results_of(ana, channel, "a wide stair", "a narrow stair")
    await ana.see(channel, lambda m: m["id"] == choice["id"] and "Started 2" in text_of(m), "that it began")

    assert OVER in text_of(stranger)
    found = [message for message in await ours(house, bo, channel) if is_result(message)]
    assert len(found) == 2


async def test_a_canceled_choice_uses_nothing(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a {new|used} sled"))

    await ana.press(choice, "Cancel")
    await ana.see(channel, lambda m: m["id"] == choice["id"] and "Canceled." in text_of(m), "that it is canceled")

    assert await bodies(house, "sled") == []


async def test_an_edit_with_alternatives_keeps_its_input_image_and_its_privacy(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a hidden shed", image1=photo(), private=True)
    first = await result(ana, channel, "a hidden shed")

    await ana.press(first, "Edit image")
    chosen = await private_answer(ana, await ana.fill(words="with a {low|high} roof"))
    await ana.press(chosen, "Start")
    edits = await results_of(ana, channel, "with a low roof", "with a high roof")
    await ana.press(first, "Edit prompt")
    changed = await private_answer(ana, await ana.fill(words="a hidden {barn|mill}"))
    await ana.press(changed, "Start")
    changes = await results_of(ana, channel, "a hidden barn", "a hidden mill")

    assert all(message["flags"] & EPHEMERAL for message in (*edits, *changes))
    assert await ours(house, bo, channel) == []
    for words in ("with a low roof", "a hidden mill"):
        (sent,) = await bodies(house, words)
        assert sent["input"]["messages"][0]["content"][1:] == [{"image": "<image>"}]


async def test_too_many_alternatives_are_refused_with_the_prompt_and_escaped_braces_are_text(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="{1|2|3} {a|b|c} knots"))
    await ana.slash(channel, "imagine", prompt=r"one \{red|blue\} knot")
    await result(ana, channel, "one {red")

    assert "makes more than 5 requests" in text_of(refused)
    assert "{1|2|3} {a|b|c} knots" in text_of(refused)
    (sent,) = await bodies(house, "one {red")
    assert sent["input"]["messages"][0]["content"][0]["text"] == "one {red|blue} knot"


async def test_the_status_card_of_each_request_becomes_its_result_also_in_private(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    places = [(flag, prompt) for flag in (0, EPHEMERAL) for prompt in ("a slow clock", "a quick clock")]
    await house.hold_images()
    for private in (False, True):
        asked = await ana.slash(channel, "imagine", prompt="a {slow|quick} clock", private=private)
        await ana.press(await private_answer(ana, asked), "Start")

    def there(words: str, prompt: str, flag: int) -> Callable[[Json], bool]:
        return lambda m: words in text_of(m) and f"{prompt}\n" in text_of(m) + "\n" and m["flags"] & EPHEMERAL == flag

    cards = [
        await ana.see(channel, there("Generating", prompt, flag), f"the card of {prompt}, {flag}")
        for flag, prompt in places
    ]
    await house.finish_images()
    results = [await ana.see(channel, there("seed", prompt, flag), "a result") for flag, prompt in places]

    assert [message["id"] for message in results] == [message["id"] for message in cards]
    assert len(await ours(house, bo, channel)) == 2
