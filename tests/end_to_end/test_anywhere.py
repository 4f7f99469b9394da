"""Every feature works in every place where Discord offers the bot. Where one cannot, the bot says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from sandbox.people import EPHEMERAL, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import NUMBERS, House, is_result, photo, result, says
from tests.panel import decided

Place = Callable[[House], Awaitable[tuple[Person, str]]]


async def in_a_server(house: House) -> tuple[Person, str]:
    return await house.new_person(), await house.channel()


async def in_direct_messages(house: House) -> tuple[Person, str]:
    return await house.new_person(), "dm"


async def in_a_thread(house: House) -> tuple[Person, str]:
    ana, name = await house.new_person(), f"thread-{next(NUMBERS)}"
    await ana.thread(await house.channel(), name)
    return ana, name


async def in_a_forum(house: House) -> tuple[Person, str]:
    ana, forum, name = await house.new_person(), f"forum-{next(NUMBERS)}", f"post-{next(NUMBERS)}"
    await house.control.post("/channels", name=forum, kind="forum")
    await ana.thread(forum, name, content="who can draw this?")
    return ana, name


async def in_a_server_without_the_bot(house: House) -> tuple[Person, str]:
    ana, name = await house.new_person(installed=True), f"salon-{next(NUMBERS)}"
    server = (await house.control.post("/servers", name="Elsewhere", bot=False))["id"]
    await house.control.post("/members", server=server, person=ana.id)
    await house.control.post("/channels", server=server, name=name)
    return ana, name


async def _among(house: House, others: int) -> tuple[Person, str]:
    ana, name = await house.new_person(installed=True), f"friends-{next(NUMBERS)}"
    friends = [(await house.new_person()).id for _ in range(others)]
    await house.control.post("/groups", people=[ana.id, *friends], name=name)
    return ana, name


async def between_two_people(house: House) -> tuple[Person, str]:
    return await _among(house, 1)


async def in_a_group(house: House) -> tuple[Person, str]:
    return await _among(house, 2)


PRESENT: list[Place] = [in_a_server, in_direct_messages, in_a_thread, in_a_forum]
BROUGHT: list[Place] = [in_a_server_without_the_bot, between_two_people, in_a_group]


def named(place: Place) -> str:
    return getattr(place, "__name__", "").replace("_", " ")


everywhere = pytest.mark.parametrize("place", [*PRESENT, *BROUGHT], ids=named)
brought = pytest.mark.parametrize("place", BROUGHT, ids=named)
present = pytest.mark.parametrize("place", PRESENT, ids=named)


@everywhere
async def test_images_are_made_and_gone_on_from(house: House, place: Place) -> None:
    ana, channel = await place(house)

    await ana.slash(channel, "imagine", prompt="a quiet bay")
    first = await result(ana, channel, "a quiet bay")
    await ana.press(first, "Generate again")
    await ana.see(channel, lambda m: is_result(m) and m["id"] != first["id"], "another one")
    await ana.press(first, "Edit image")
    await ana.fill(words="with a boat")
    await result(ana, channel, "with a boat")
    await ana.press(first, "Edit prompt")
    await ana.fill(words="a stormy bay")
    await result(ana, channel, "a stormy bay")

    details = await private_answer(ana, await ana.press(first, "Details"))
    assert "a quiet bay" in text_of(details)


@everywhere
async def test_any_image_is_edited_from_its_menu(house: House, place: Place) -> None:
    ana, channel = await place(house)
    posted = await ana.say(channel, "my cat", [photo()])

    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == posted, "the cat"))
    await ana.fill(words="as a tiger")

    assert await result(ana, channel, "as a tiger")


@everywhere
async def test_a_story_is_delivered(house: House, place: Place) -> None:
    ana, channel = await place(house)

    await ana.slash(channel, "story", prompt="a day at the harbor", images=2)

    assert await ana.see(channel, lambda m: bool(images_of(m)) and " used" in text_of(m), "the whole story")


@everywhere
async def test_what_is_left_and_what_was_made_is_shown_in_private(house: House, place: Place) -> None:
    ana, channel = await place(house)
    await ana.slash(channel, "imagine", prompt="a heron")
    await result(ana, channel, "a heron")

    left = await private_answer(ana, await ana.slash(channel, "quota"))
    for _ in range(400):
        shown = await private_answer(ana, await ana.slash(channel, "gallery"))
        if "a heron" in text_of(shown):
            break

    assert "resets <t:" in text_of(left)
    assert left["flags"] & EPHEMERAL
    assert "a heron" in text_of(shown)


@everywhere
async def test_a_refusal_is_private_and_its_button_works(house: House, place: Place) -> None:
    ana, channel = await place(house)
    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="forbidden-word in a bay"))

    await ana.press(refused, "Edit prompt")
    await ana.fill(words="sails in a bay")
    await result(ana, channel, "sails in a bay")

    assert "moderation rejected this prompt. It didn't use your quota" in text_of(refused)
    assert refused["flags"] & EPHEMERAL


@everywhere
async def test_what_was_asked_for_can_be_deleted(house: House, place: Place) -> None:
    ana, channel = await place(house)
    await ana.slash(channel, "imagine", prompt="a mistake")
    first = await result(ana, channel, "a mistake")

    await ana.press(first, "Delete")

    await ana.wait(
        lambda state: all(first["id"] != m["id"] for found in state["messages"].values() for m in found), "its end"
    )


@present
async def test_a_mention_is_answered_where_the_bot_is(house: House, place: Place) -> None:
    ana, channel = await place(house)

    await ana.say(channel, f"{house.mention} a quiet bay")
    first = await result(ana, channel, "a quiet bay")
    await ana.say(channel, f"{house.mention} s/quiet/loud/", reply_to=first["id"])

    assert await result(ana, channel, "a loud bay")


@brought
async def test_a_mention_is_not_heard_where_the_bot_was_only_brought_along(house: House, place: Place) -> None:
    ana, channel = await place(house)
    billed = await house.control.bill()

    await ana.say(channel, f"{house.mention} a quiet bay")
    await ana.slash(channel, "quota")
    await ana.see(channel, says("resets"), "the quota")

    assert await house.control.bill() == billed
    assert not [m for m in await ana.messages(channel) if images_of(m)]


@brought
async def test_only_the_user_who_brought_the_app_reads_its_private_answers(house: House, place: Place) -> None:
    ana, channel = await place(house)
    boss, elsewhere = await house.new_person(manager=True), await house.channel()
    await ana.slash(channel, "imagine", prompt="between us only")
    await result(ana, channel, "between us only")

    listed = await private_answer(boss, await boss.slash(elsewhere, "gallery", everybody=True, find="between us"))

    assert "between us only" not in text_of(listed)
    assert "No images match" in text_of(listed)


async def test_a_thread_in_which_the_bot_may_not_write_is_answered_directly(house: House) -> None:
    ana, name, channel = await house.new_person(), f"thread-{next(NUMBERS)}", await house.channel()
    await ana.thread(channel, name)
    state = await ana.state()
    channel_id = next(c["id"] for c in state["channels"] if c["name"] == channel)
    await house.control.post("/permissions", channel=channel_id, deny=["SEND_MESSAGES_IN_THREADS"])

    await ana.say(name, f"{house.mention} a quiet bay")

    assert await ana.see("dm", says("I can't post in that channel"), "a direct message")


async def test_a_result_opens_an_archived_thread(house: House) -> None:
    ana, name = await house.new_person(), f"thread-{next(NUMBERS)}"
    thread = await ana.thread(await house.channel(), name)
    await house.hold_images()
    await ana.slash(name, "imagine", prompt="late for the door")
    await ana.see(name, says("Generating…"), "the card")

    await house.control.post("/channels/change", channel=thread, archived=True)
    await house.finish_images()

    assert await result(ana, name, "late for the door")


async def test_only_age_restricted_means_a_thread_of_such_a_channel_too(house: House) -> None:
    ana, boss = await house.new_person(), await house.new_person(manager=True)
    plain, late, name = await house.channel(), f"late-{next(NUMBERS)}", f"thread-{next(NUMBERS)}"
    await house.control.post("/channels", name=late, nsfw=True)
    await ana.thread(late, name)
    await decided(boss, plain, age_restricted_only=True)
    try:
        refused = await private_answer(ana, await ana.slash(plain, "imagine", prompt="a moth"))
        for place in (late, name):
            await ana.slash(place, "imagine", prompt=f"a moth in {place}")
            await result(ana, place, f"a moth in {place}")
    finally:
        await decided(boss, plain, age_restricted_only=False)

    assert "only work in age-restricted channels. It didn't use your quota" in text_of(refused)


async def test_a_refusal_of_a_channel_links_to_the_allowed_ones(house: House) -> None:
    ana, boss = await house.new_person(), await house.new_person(manager=True)
    here, there = await house.channel(), await house.channel()
    state = await boss.state()
    there_id = next(c["id"] for c in state["channels"] if c["name"] == there)
    await decided(boss, here, channels=[there_id])
    try:
        refused = await private_answer(ana, await ana.slash(here, "imagine", prompt="a moth"))
    finally:
        await decided(boss, here, channels=[])

    assert f"only work in <#{there_id}>. It didn't use your quota" in text_of(refused)


async def test_nothing_that_was_said_anywhere_breaks_discords_description(house: House) -> None:
    assert await house.control.record("violations") == []
