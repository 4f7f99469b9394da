"""A result can be continued, whatever happened to the bot, the links and the message in between."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.people import EPHEMERAL, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, ours, photo, result, says

DAY_S = 25 * 60 * 60  # a signed link lives a day


@pytest.fixture
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house of this module's own: tests kill its bot and advance its clock."""
    async with house_in(tmp_path_factory.mktemp("results")) as found:
        yield found


async def open_form(person: Person) -> None:
    await person.wait(lambda state: bool(state["modals"]), "a form")


async def kill_and_start(house: House) -> None:
    await house.bot.kill()
    await house.bot.start()


async def test_a_form_filled_in_while_the_bot_was_killed_is_accepted(own: House) -> None:
    ana, bo, channel = await own.new_person(), await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="a quiet harbor", image1=photo())
    first = await result(ana, channel, "a quiet harbor")
    posted = await bo.say(channel, "my cat", [photo()])
    cat = await bo.see(channel, lambda m: m["id"] == posted, "the cat")

    people = [await own.new_person() for _ in range(3)]
    await people[0].press(first, "Edit image")
    await people[1].press(first, "Edit prompt")
    await people[2].menu("Edit image", cat)
    for person in people:
        await open_form(person)
    await kill_and_start(own)
    for person, prompt in zip(people, ("in a storm", "a loud harbor", "as a tiger"), strict=True):
        await person.fill(words=prompt)

    for person, prompt in zip(people, ("in a storm", "a loud harbor", "as a tiger"), strict=True):
        assert f"<@{person.id}>" in text_of(await result(ana, channel, prompt))


async def test_a_form_that_expired_over_a_restart_comes_back_as_text(own: House) -> None:
    ana, channel = await own.new_person(), await own.channel()
    posted = await ana.say(channel, "my cat", [photo()])
    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == posted, "the cat"))
    await open_form(ana)
    await own.control.post("/act/delete", person=ana.id, message=posted)
    await kill_and_start(own)

    await ana.fill(words="a long *thought* about @everyone")

    answer = await ana.see(channel, says("I can no longer see the image"), "the words")
    assert answer["flags"] & EPHEMERAL
    assert "```\na long *thought* about @everyone\n```" in answer["content"]


async def test_edit_works_when_the_links_of_the_message_have_expired_and_the_bot_was_restarted(own: House) -> None:
    ana, channel = await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="an old lighthouse")
    first = await result(ana, channel, "an old lighthouse")
    await own.control.advance(DAY_S)
    await kill_and_start(own)

    await ana.press(first, "Edit image")
    await ana.fill(words="with a new coat of paint")

    assert images_of(await result(ana, channel, "with a new coat of paint"))


async def test_one_of_several_images_is_edited_after_a_restart(own: House) -> None:
    ana, bo, channel = await own.new_person(), await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="four gates", count=4)
    first = await result(ana, channel, "four gates")
    await kill_and_start(own)

    await bo.press(first, "Edit 3")
    await open_form(bo)
    await kill_and_start(own)
    await bo.fill(words="with a lantern")
    edited = await result(bo, channel, "with a lantern")

    fetched = [entry["path"] for entry in await own.control.record("cdn") if entry["path"].startswith("/attachments")]
    assert "-3.png" in fetched[-1]
    assert len(images_of(edited)) == 1


async def test_a_prompt_with_alternatives_is_started_once_although_the_bot_is_killed(own: House) -> None:
    ana, channel = await own.new_person(), await own.channel()
    choice = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a {stone|rope} bridge"))
    await kill_and_start(own)

    await ana.press(choice, "Start")
    await result(ana, channel, "a stone bridge")
    await kill_and_start(own)
    await result(ana, channel, "a rope bridge")

    assert len([message for message in await ours(own, ana, channel) if images_of(message)]) == 2


async def test_a_changed_prompt_reaches_wan_with_the_images_and_the_seed_of_its_source(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a changeable sky", image1=photo(), seed=77)
    first = await result(ana, channel, "a changeable sky")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="a changeable sea", count=["2"], shape=["wide"])
    changed = await result(ana, channel, "a changeable sea")

    sent = [entry["body"] for entry in await house.control.record("wan") if "changeable" in str(entry.get("body"))]
    assert sent[0]["input"]["messages"][0]["content"][1:] == sent[1]["input"]["messages"][0]["content"][1:]
    assert [body["parameters"]["seed"] for body in sent] == [77, 77]
    assert len(images_of(changed)) == 2


async def test_the_history_of_an_image_is_shown_and_continued_after_a_restart(
    own: House,
) -> None:
    ana, bo, channel = await own.new_person(), await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="an empty beach")
    first = await result(ana, channel, "an empty beach")
    await ana.menu("Edit image", first)
    await ana.fill(words="with a pier")
    second = await result(ana, channel, "with a pier")
    await bo.press(second, "Edit prompt")
    await bo.fill(words="with a long pier")
    third = await result(ana, channel, "with a long pier")
    await kill_and_start(own)
    await own.control.advance(DAY_S)

    await bo.press(third, "History")
    history = await bo.see(channel, says("3 steps, oldest first"), "the history")
    (select,) = [part for part in components_of(history) if part["type"] == 3]
    await kill_and_start(own)
    await bo.choose(history, select["custom_id"], select["options"][0]["value"])
    await bo.fill(words="with a lighthouse")

    branch = await result(ana, channel, "with a lighthouse")
    assert history["flags"] & EPHEMERAL
    assert len(images_of(history)) == 1
    assert f"<@{bo.id}>" in text_of(branch)
    assert own.bot.log.read_text().count("an empty beach") == 0


async def test_a_story_is_requested_again_with_another_prompt(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "story", prompt="the keeper of the harbor", images=2)
    first = await ana.see(channel, says("Edit prompt"), "the story")

    await bo.press(first, "Edit prompt")
    await bo.fill(words="the thief of the harbor")
    changed = await bo.see(channel, lambda m: says("Edit prompt")(m) and says("the thief")(m), "another story")

    assert f"<@{bo.id}>" in text_of(changed)
    assert len(images_of(changed)) == 2


async def test_a_result_is_gone_on_from_before_discord_has_said_where_it_stands(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await house.control.arm(
        "slow_body", match="/messages", seconds=4.0
    )  # the message arrives, and the bot does not learn of it

    await ana.say(channel, f"{house.mention} a barge at dawn")
    shown = await result(ana, channel, "a barge at dawn")
    details = await private_answer(bo, await bo.press(shown, "Details"))
    await bo.say(channel, "make it winter", reply_to=shown["id"])

    assert "a barge at dawn" in text_of(details)
    await result(bo, channel, "make it winter")
