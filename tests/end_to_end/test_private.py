"""Results that only their requester sees: in every place, for as long as it takes, and never in the channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.people import EPHEMERAL, Json, Person, Refused, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, ours, photo, result, says
from tests.end_to_end.test_anywhere import in_a_group, in_a_server_without_the_bot


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house of this module's own: tests kill its bot."""
    async with house_in(tmp_path_factory.mktemp("private")) as found:
        yield found


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


async def test_why_a_private_request_failed_is_said_in_private_and_its_prompt_can_be_edited(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await house.control.arm("prompt_rejected")

    await ana.slash(channel, "imagine", prompt="a forbidden cove", private=True)
    reason = await ana.see(channel, says("moderation"), "why it failed")
    await ana.press(reason, "Edit prompt")
    await ana.fill(words="an allowed cove")
    await private_result(ana, channel, "an allowed cove")

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


def shown(message: Json) -> list[str]:
    """Return the file names of the images that a message shows."""
    return [image["url"].split("/")[-1].split("?")[0] for image in images_of(message)]


def label_of(message: Json) -> str:
    """Return which of its images a private card says that it shows."""
    return next(str(part["label"]) for part in components_of(message) if "/" in part.get("label", ""))


async def test_one_private_card_turns_through_several_images_and_edits_the_one_that_is_shown(own: House) -> None:
    ana, channel = await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="a hidden cove", count=3, private=True)
    card = await private_result(ana, channel, "a hidden cove")
    first = shown(card)

    await own.bot.kill()
    await own.bot.start()
    await ana.press(card, "▶")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and label_of(m) == "2/3", "the second image")
    await ana.press(card, "▶")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and label_of(m) == "3/3", "the third image")
    third = shown(card)
    await ana.press(card, "Edit image")
    await ana.fill(words="with a boat")
    await private_result(ana, channel, "with a boat")
    await ana.press(card, "◀")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and label_of(m) == "2/3", "the second again")

    fetched = [entry["path"] for entry in await own.control.record("cdn") if "/ephemeral-attachments/" in entry["path"]]
    assert (len(first), first[0][-6:], third[0][-6:], shown(card)[0][-6:]) == (1, "-1.png", "-3.png", "-2.png")
    assert [path[-6:] for path in fetched] == ["-3.png"]


def alt_texts(message: Json) -> list[str]:
    """Return the alt texts of the images that a message shows."""
    return [item["description"] for part in components_of(message) for item in part.get("items", ())]


async def shared_image(person: Person, channel: str, prompt: str) -> Json:
    """Return the message in which somebody shared an image of *prompt*."""
    return await person.see(channel, lambda m: " shared" in text_of(m) and prompt in text_of(m), "the shared image")


async def test_share_posts_the_shown_image_once_under_the_name_of_its_requester(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a cove for all", count=2, private=True)
    card = await private_result(ana, channel, "a cove for all")

    await ana.press(card, "▶")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and label_of(m) == "2/2", "the second image")
    file = await house.control.file(str(images_of(card)[0]["attachment_id"]))
    await ana.press(card, "Share")
    await ana.press(card, "Share")
    post = await shared_image(bo, channel, "a cove for all")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")

    (image,) = images_of(post)
    assert [message["id"] for message in await ours(house, bo, channel)] == [post["id"]]
    assert f"<@{ana.id}> shared" in text_of(post)
    assert await house.control.file(str(image["attachment_id"])) == file
    assert [item["description"] for part in components_of(post) for item in part.get("items", ())] == [
        "2. a cove for all"
    ]
    assert any(part.get("url", "").endswith(f"/{post['id']}") for part in components_of(card))


async def test_the_buttons_of_a_shared_image_work_for_everybody_who_sees_it(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a shared cove", count=2, private=True)
    await ana.press(await private_result(ana, channel, "a shared cove"), "Share")
    post = await shared_image(bo, channel, "a shared cove")

    details = await private_answer(bo, await bo.press(post, "Details"))
    await bo.press(post, "Edit image")
    await bo.fill(words="with a pier")
    await result(bo, channel, "with a pier")
    await bo.say(channel, "make it winter", reply_to=post["id"])
    await result(bo, channel, "make it winter")
    await bo.press(post, "Generate again")
    await bo.see(channel, lambda m: is_result(m) and "a shared cove" in text_of(m) and m["id"] != post["id"], "again")
    await bo.press(post, "History")
    history = await bo.see(channel, says("1 step"), "the history")

    assert "a shared cove" in text_of(details)
    assert images_of(history)


async def test_a_shared_image_gives_nobody_the_input_images_of_the_private_request(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="hide the plate", image1=photo(), private=True)
    await ana.press(await private_result(ana, channel, "hide the plate"), "Share")
    post = await shared_image(bo, channel, "hide the plate")

    refused = [await private_answer(bo, await bo.press(post, label)) for label in ("Generate again", "Edit prompt")]

    for answer in refused:
        assert "Only the person who requested that sees its input images." in text_of(answer)
        assert any(part.get("label") == "Edit image" for part in components_of(answer))


async def test_a_shared_image_that_a_manager_deleted_is_not_shared_again(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    boss = await house.new_person(manager=True)
    await ana.slash(channel, "imagine", prompt="a fleeting cove", private=True)
    card = await private_result(ana, channel, "a fleeting cove")
    await ana.press(card, "Share")
    post = await shared_image(ana, channel, "a fleeting cove")
    await ana.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")

    refused = await private_answer(bo, await bo.press(post, "Delete"))
    await boss.press(post, "Delete")
    await ana.wait(lambda state: f"'id': '{post['id']}'" not in str(state["messages"]), "its end")

    assert "Only the person who requested it" in text_of(refused)
    with pytest.raises(Refused, match="no enabled component"):
        await ana.press(card, "Share")


async def test_share_is_refused_in_words_where_the_member_may_not_post(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a mute cove", private=True)
    card = await private_result(ana, channel, "a mute cove")
    await house.control.post("/permissions", channel=card["channel_id"], deny=["ATTACH_FILES"])

    await ana.press(card, "Share")
    await ana.see(channel, says("I can't post where you requested this image"), "the refusal")

    assert await ours(house, ana, channel) == []


async def test_a_share_that_is_killed_before_and_after_its_message_is_one_message(own: House) -> None:
    ana, bo, channel = await own.new_person(), await own.new_person(), await own.channel()
    await ana.slash(channel, "imagine", prompt="a deadly cove", count=2, private=True)
    card = await private_result(ana, channel, "a deadly cove")
    await own.bot.stop()
    own.bot.launcher = "tests.end_to_end.dying_share"

    seen = list[int]()
    for _ in range(2):
        await own.bot.start()
        await ana.press(card, "Share")
        assert own.bot.process is not None
        await own.bot.process.wait()
        await own.bot.kill()  # waits for the end of its connection
        seen.append(len(await ours(own, bo, channel)))
    await own.bot.start()
    await ana.press(card, "Share")
    card = await ana.see(channel, lambda m: m["id"] == card["id"] and "Shared" in text_of(m), "that it is shared")

    (post,) = await ours(own, bo, channel)
    assert seen == [0, 1]
    assert any(part.get("url", "").endswith(f"/{post['id']}") for part in components_of(card))
