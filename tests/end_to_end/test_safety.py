"""What managers and people do not want is not made, however it is asked for, and the requester alone is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox.people import Json, Person, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, says

WORD = "turnip"
Way = Callable[[House, Person, str, Json], Awaitable[str]]


@pytest.fixture(scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose managers block a word."""
    generous = {"MEMBER_IMAGES_PER_DAY": "1000", "PERSON_IMAGES_PER_DAY": "1000", "BUDGET_USD_PER_DAY": "50"}
    async with house_in(tmp_path_factory.mktemp("strict"), **generous) as found:
        yield found


async def result(person: Person, channel: str, prompt: str) -> Json:
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), f"the image of {prompt}")


async def by_slash(house: House, ana: Person, channel: str, shown: Json) -> str:
    return text_of(await private_answer(ana, await ana.slash(channel, "imagine", prompt=f"a {WORD} in a field")))


async def by_story(house: House, ana: Person, channel: str, shown: Json) -> str:
    return text_of(await private_answer(ana, await ana.slash(channel, "story", prompt="the t.u.r.n.i.p's day")))


async def by_what_to_avoid(house: House, ana: Person, channel: str, shown: Json) -> str:
    asked = await ana.slash(channel, "imagine", prompt="a field", negative_prompt=f"no {WORD}")
    return text_of(await private_answer(ana, asked))


async def by_menu(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.menu("Edit image", shown)
    return text_of(await private_answer(ana, await ana.fill(words=f"with a {WORD.upper()}")))


async def by_edit(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.press(shown, "Edit image")
    return text_of(await private_answer(ana, await ana.fill(words="with a tu\N{ZERO WIDTH SPACE}rnip")))


async def by_change(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.press(shown, "Edit prompt")
    return text_of(await private_answer(ana, await ana.fill(words="a tu\N{CYRILLIC SMALL LETTER ER}nip turn1p")))


async def by_mention(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.say(channel, f"{house.mention} a **{WORD}** in a field")
    return text_of(await ana.see("dm", says("doesn't allow"), "the refusal, directly"))


async def by_reply(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.say(channel, f"{house.mention} add a {WORD}", reply_to=shown["id"])
    return text_of(await ana.see("dm", says("doesn't allow"), "the refusal, directly"))


async def by_patch(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.say(channel, f"{house.mention} s/carrot/{WORD}/", reply_to=shown["id"])
    return text_of(await ana.see("dm", says("doesn't allow"), "the refusal, directly"))


WAYS: list[Way] = [by_slash, by_story, by_what_to_avoid, by_menu, by_edit, by_change, by_mention, by_reply, by_patch]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_blocked_word_holds_for_each_way_in_and_is_told_to_the_asker_alone(strict: House, way: Way) -> None:
    house = strict
    ana, bo, boss = await house.somebody(), await house.somebody(), await house.somebody(manager=True)
    channel = await house.channel()
    await private_answer(boss, await boss.slash(channel, "studio blocked-word", word=WORD))
    await ana.slash(channel, "imagine", prompt="a carrot in a field")
    shown = await result(ana, channel, "a carrot in a field")
    billed = await house.control.bill()

    refused = await way(house, ana, channel, shown)

    seen = [m for m in await bo.messages(channel) if m["author"]["id"] == house.sandbox.world.bot_id]
    assert "doesn't allow. It didn't use your quota" in refused
    assert [m["id"] for m in seen] == [shown["id"]]
    assert await house.control.bill() == billed


async def test_again_is_refused_when_its_words_were_blocked_since(strict: House) -> None:
    house = strict
    ana, boss, channel = await house.somebody(), await house.somebody(manager=True), await house.channel()
    await ana.slash(channel, "imagine", prompt="a rutabaga in a field")
    shown = await result(ana, channel, "a rutabaga in a field")
    await private_answer(boss, await boss.slash(channel, "studio blocked-word", word="rutabaga"))

    refused = await private_answer(ana, await ana.press(shown, "Generate again"))

    assert "doesn't allow. It didn't use your quota" in text_of(refused)


NEVER = "doesn't let others edit their images. It didn't use your quota"


async def test_never_holds_for_what_a_person_posted_by_menu_reply_and_again_but_not_for_themselves(
    house: House,
) -> None:
    ana, bo, channel = await house.somebody(), await house.somebody(), await house.channel()
    posted = await bo.say(channel, "my balloon", [photo()])
    message = await ana.see(channel, lambda m: m["id"] == posted, "Bo's image")
    await ana.say(channel, f"{house.mention} over a lake", reply_to=posted)
    before = await result(ana, channel, "over a lake")
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))
    billed = await house.control.bill()

    await ana.menu("Edit image", message)
    by_menu = text_of(await private_answer(ana, await ana.fill(words="over a desert")))
    await ana.say(channel, f"{house.mention} over a wood", reply_to=posted)
    by_reply = text_of(await ana.see(channel, says(NEVER), "the refusal"))
    by_again = text_of(await private_answer(ana, await ana.press(before, "Generate again")))
    await ana.press(before, "Edit prompt")
    by_change = text_of(await private_answer(ana, await ana.fill(words="over a town")))
    refused_bill = await house.control.bill()
    await bo.press(before, "Generate again")
    await bo.see(channel, lambda m: is_result(m) and f"<@{bo.id}>" in text_of(m), "Bo's own")

    assert all(NEVER in text for text in (by_menu, by_reply, by_again, by_change))
    assert refused_bill == billed


async def test_never_leaves_what_was_made_before_to_be_gone_on_from(house: House) -> None:
    ana, bo, channel = await house.somebody(), await house.somebody(), await house.channel()
    posted = await bo.say(channel, "my balloon", [photo()])
    await ana.say(channel, f"{house.mention} over a lake", reply_to=posted)
    before = await result(ana, channel, "over a lake")
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))

    await ana.press(before, "Edit image")
    await ana.fill(words="at night")

    assert await result(ana, channel, "at night")


async def test_never_covers_an_avatar_that_somebody_else_shows(house: House) -> None:
    ana, bo, channel = await house.somebody(), await house.somebody(), await house.channel()
    avatar = f"https://cdn.discordapp.com/avatars/{bo.id}/0a1b.png"
    await ana.say(channel, "the copy", [photo("copy.png")])
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))
    copy = {"url": avatar, "seen_as": "copy.png"}
    posted = await ana.say(channel, "look at Bo", embeds=[{"image": copy}])

    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == posted, "the avatar"))
    refused = await private_answer(ana, await ana.fill(words="with a moustache"))

    assert NEVER in text_of(refused)
