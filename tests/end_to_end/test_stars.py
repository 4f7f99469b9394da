"""Members star results: the card shows the number, and a double press undoes nothing."""

from __future__ import annotations

import asyncio

from sandbox.people import Json, Person, button_id, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result
from tests.end_to_end.conftest import result as seen_result
from tests.end_to_end.test_library import gallery, thumbnails


async def result(person: Person, channel: str, prompt: str) -> Json:
    await person.slash(channel, "imagine", prompt=prompt)
    return await seen_result(person, channel, prompt)


async def card(person: Person, channel: str, message: Json, star: str) -> Json:
    """Return the result's message once its star has this label."""
    return await person.see(channel, lambda m: m["id"] == message["id"] and star in text_of(m), f"the star {star}")


async def test_a_star_is_counted_on_the_card_and_everything_else_stays(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a starred frog", count=2)
    shown = await ana.see(channel, lambda m: is_result(m) and "a starred frog" in text_of(m), "the frogs")

    await bo.press(shown, "☆ Star")
    one = await card(bo, channel, shown, "★ 1")
    await ana.press(one, "★ 1")
    two = await card(bo, channel, shown, "★ 2")

    def stable(message: Json) -> list[str]:
        return [media["url"].partition("?")[0] for media in images_of(message)]

    assert stable(two) == stable(shown)
    assert text_of(two) == text_of(shown).replace("☆ Star", "★ 2")
    assert [part["type"] for part in components_of(two)] == [part["type"] for part in components_of(shown)]


async def test_many_presses_at_once_end_with_the_right_number_and_a_double_press_undoes_nothing(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    people = [await house.new_person() for _ in range(4)]
    shown = await result(ana, channel, "a popular owl")

    async def press_twice(person: Person) -> None:
        await asyncio.gather(*(person.press(shown, "☆ Star") for _ in range(2)))

    await asyncio.gather(*map(press_twice, people))

    seen = await card(ana, channel, shown, "★ 4")
    assert button_id(seen, "★ 4") == button_id(shown, "☆ Star")


async def test_a_member_who_may_not_read_the_history_here_cannot_star(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    shown = await result(ana, channel, "a guarded owl")
    channel_id = next(c["id"] for c in (await ana.state())["channels"] if c["name"] == channel)
    await house.control.post("/overwrites", channel=channel_id, target=bo.id, deny=["READ_MESSAGE_HISTORY"])

    answer = await private_answer(bo, await bo.press(shown, "☆ Star"))
    await ana.press(shown, "☆ Star")

    assert "can't see" in text_of(answer)
    assert button_id(await card(ana, channel, shown, "★ 1"), "★ 1")


async def test_a_private_result_is_starred_and_found_by_its_requester_and_by_others_once_it_is_shared(
    house: House,
) -> None:
    ana, channel = await house.new_person(), await house.channel()
    boss = await house.new_person(manager=True)
    await ana.slash(channel, "imagine", prompt="a hidden grebe", private=True)
    shown = await seen_result(ana, channel, "a hidden grebe")

    await ana.press(shown, "☆ Star")
    starred = await card(ana, channel, shown, "★ 1")
    own = await gallery(ana, channel, until="a hidden grebe", starred="mine")
    hidden = await gallery(boss, channel, everybody=True, find="grebe")
    await ana.press(starred, "Share")
    await boss.see(channel, lambda m: is_result(m) and "a hidden grebe" in text_of(m), "the shared image")
    found = await gallery(boss, channel, until="a hidden grebe", everybody=True, find="grebe", starred="any")

    assert "Private: only you see it" in text_of(own)
    assert thumbnails(own) == []
    assert "No images match" in text_of(hidden)
    assert "Shared from a private result" in text_of(found)
    assert len(thumbnails(found)) == 1


async def test_a_story_is_starred_under_its_last_message(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "story", prompt="two seas", images=2)
    story = await ana.see(channel, lambda m: "☆ Star" in text_of(m), "the story")

    await bo.press(story, "☆ Star")
    starred = await card(bo, channel, story, "★ 1")
    found = await gallery(bo, channel, until="two seas", starred="mine", member=ana.id)

    assert len(images_of(starred)) == len(images_of(story)) > 0
    assert thumbnails(found)
