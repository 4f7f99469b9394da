"""Replies to an image change it, in the replying member's language, and disturb no other member."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from sandbox.people import EPHEMERAL, Json, Person, images_of, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, says


async def result(house: House, ana: Person, channel: str, prompt: str, **options: Any) -> Json:
    await ana.slash(channel, "imagine", prompt=prompt, **options)
    return await ana.see(channel, lambda m: bool(images_of(m)) and prompt in text_of(m), f"the image of {prompt}")


async def sent(house: House, prompt: str) -> list[Json]:
    """Return the requests to Wan with exactly this prompt."""
    return [entry for entry in await house.control.record("wan") if words_of(entry) == prompt]


def words_of(entry: Json) -> str:
    content = entry.get("body", {}).get("input", {}).get("messages", [{"content": []}])[0]["content"]
    return next((part["text"] for part in content if "text" in part), "")


async def public_answer(house: House, ana: Person, channel: str, words: str) -> Json:
    """Return the bot's public answer to a mention. Assert that it pings the requester alone."""
    answer = await ana.see(channel, says(words), f"the sentence {words!r}")
    assert f"<@{ana.id}>" in text_of(answer)
    assert [user["id"] for user in answer["mentions"]] == [ana.id]
    assert not answer["flags"] & EPHEMERAL
    return answer


async def test_a_patch_changes_part_of_a_prompt(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    given = photo(colour="crimson")
    first = await result(house, ana, channel, "a red cat and a red hat", image1=given, aspect_ratio="wide")

    await ana.say(channel, f"{house.mention} s/red/blue/", reply_to=first["id"])
    await ana.see(channel, lambda m: is_result(m) and "a blue cat and a red hat" in text_of(m), "the patched image")

    (before,), (after,) = await sent(house, "a red cat and a red hat"), await sent(house, "a blue cat and a red hat")
    assert after["images"] == before["images"]
    assert after["body"]["parameters"] == before["body"]["parameters"]


async def test_a_patch_takes_a_slash_and_is_no_pattern(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "day/night over .+ hills")

    await ana.say(channel, rf"{house.mention} s/day\/night over .+/dusk over/", reply_to=first["id"])
    await ana.see(channel, lambda m: is_result(m) and "dusk over hills" in text_of(m), "the patched image")

    assert len(await sent(house, "dusk over hills")) == 1


async def test_a_patch_of_text_that_the_prompt_lacks_is_refused_kindly(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "a heron in the reeds")
    billed = await house.control.bill()

    await ana.say(channel, f"{house.mention} s/stork/crane/", reply_to=first["id"])
    refused = await public_answer(house, ana, channel, "isn't in the prompt. It didn't use your quota")

    assert "heron" not in text_of(refused)
    assert await house.control.bill() == billed


async def test_a_patch_needs_a_result_to_change(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()

    await ana.say(channel, f"{house.mention} s/stork/crane/")

    await public_answer(house, ana, channel, "as a reply to one of my results")
    assert await house.control.bill() == billed


async def test_a_patch_of_an_erased_prompt_is_refused_kindly(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "a secret garden")
    await ana.slash(channel, "forget-me")
    await ana.press(await ana.see(channel, says("erases the prompts"), "the question"), "Erase my prompts and images")
    await ana.see(channel, says("1 request erased"), "the answer")

    await bo.say(channel, f"{house.mention} s/secret/open/", reply_to=first["id"])

    refused = await public_answer(house, bo, channel, "no longer stored. It didn't use your quota")
    await bo.press(refused, "Edit image")
    await bo.fill(words="with the gate open")
    assert await bo.see(channel, lambda m: is_result(m) and "with the gate open" in text_of(m), "the edit")


async def test_what_is_replied_to_is_image_one_and_the_card_says_so(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    theirs, first, second = (photo(f"{colour}.png", colour=colour) for colour in ("gold", "teal", "pink"))
    there = await bo.say(channel, "mine", [theirs])

    await ana.say(channel, f"{house.mention} put them together", [first, second], reply_to=there)
    shown = await ana.see(channel, is_result, "the edit")

    (entry,) = await sent(house, "put them together")
    assert [image["width"] for image in entry["images"]] == [640] * 3
    assert "image 1: from the replied-to message" in text_of(shown)
    assert "images 2–3: from the request's message" in text_of(shown)


async def test_the_card_names_the_options_that_images_came_in(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    shown = await result(house, ana, channel, "both of them", image2=photo("evil.png"), image4=photo("image 1.png"))

    assert "image 1: image2, image 2: image4" in text_of(shown)
    assert "evil" not in text_of(shown)


async def test_a_member_is_answered_in_the_language_they_were_last_seen_in(house: House) -> None:
    lin, channel = await house.new_person(locale="zh-CN"), await house.channel()
    await lin.say(channel, f"{house.mention} s/a/b/")
    await public_answer(house, lin, channel, "It didn't use your quota")
    first = await result(house, lin, channel, "黄昏的灯塔")

    await lin.say(channel, f"{house.mention} s/没有/b/", reply_to=first["id"])
    await public_answer(house, lin, channel, "没有占用你的额度")
    await lin.say(channel, f"{house.mention} s/黄昏/清晨/", reply_to=first["id"])
    shown = await lin.see(channel, lambda m: bool(images_of(m)) and "清晨的灯塔" in text_of(m), "the patched image")

    assert "用了 1 张" in text_of(shown)


async def test_a_prompt_of_invisible_letters_is_empty(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()

    await ana.say(channel, f"{house.mention} \N{ZERO WIDTH SPACE}\N{RIGHT-TO-LEFT MARK}\N{ZERO WIDTH JOINER}")

    await public_answer(house, ana, channel, "no prompt")
    assert await house.control.bill() == billed


@pytest.mark.long
async def test_a_refusal_in_a_channel_is_deleted_after_half_a_minute(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.say(channel, f"{house.mention} " + "x" * 1900, [photo(f"{n}.png") for n in range(5)])
    refused = await public_answer(house, ana, channel, "5 images; Standard (wan2.6-image) takes up to 4")

    await ana.wait(
        lambda state: all(refused["id"] != m["id"] for found in state["messages"].values() for m in found),
        "the sentence to be taken away",
        45,
    )

    record = await house.control.record("discord")
    said = next(e for e in reversed(record) if e["method"] == "POST" and "You sent 5 images" in str(e["body"]))
    gone = next(e for e in record if e["method"] == "DELETE" and e["path"].endswith(refused["id"]))
    stood = datetime.fromisoformat(gone["at"]) - datetime.fromisoformat(said["at"])
    assert 30 <= stood.total_seconds() < 40
    assert "xxx" not in text_of(refused)
    assert refused["message_reference"]["message_id"]


async def test_only_the_requester_reads_what_moderation_rejects(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()

    await ana.say(channel, f"{house.mention} forbidden-word in a garden")
    await ana.see("dm", says("moderation rejected"), "the refusal, directly")

    assert [m for m in await bo.messages(channel) if m["author"]["id"] == house.sandbox.world.bot_id] == []


async def test_a_requester_who_takes_no_direct_messages_reads_no_reason(house: House) -> None:
    ana, channel = await house.new_person(dm_open=False), await house.channel()

    await ana.say(channel, f"{house.mention} forbidden-word in a garden")
    refused = await public_answer(house, ana, channel, "I can't accept this request")

    assert "moderation" not in text_of(refused)


async def test_the_card_says_which_image_came_from_the_message_and_which_from_the_form(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    posted = await ana.say(channel, "my cats", [photo("1.png"), photo("2.png")])

    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == posted, "the cats"))
    await ana.fill(words="on one sofa", which=["2"], more=[photo("sofa.png")])
    shown = await ana.see(channel, lambda m: is_result(m) and "on one sofa" in text_of(m), "the edit")

    assert "image 1: from the edited message, image 2: added in the form" in text_of(shown)


HOSTILE = "@everyone <@&5> **loud** \N{RIGHT-TO-LEFT OVERRIDE} [x](https://a.org) `s` <t:1:R>"


async def test_nothing_that_is_patched_into_a_prompt_does_anything(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "a bay at dawn")
    new = f"<@{bo.id}> {HOSTILE}".replace("/", r"\/")

    await ana.say(channel, f"{house.mention} s/bay/{new}/", reply_to=first["id"])
    shown = await ana.see(channel, lambda m: bool(images_of(m)) and "loud" in text_of(m), "the patched image")

    assert shown["mention_everyone"] is False
    assert shown["mention_roles"] == []
    assert {user["id"] for user in shown["mentions"]} <= {ana.id}  # nobody, if a status card became the result
    assert r"\*\*loud\*\*" in text_of(shown)
    read = HOSTILE.replace("<@&5>", "people").replace("<t:1:R>", "1970-01-01 00:00 UTC")
    assert len(await sent(house, f"a @{bo.name} {read} at dawn")) == 1


async def test_a_replayed_patch_is_one_image_and_a_replayed_refusal_one_sentence(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "a lone tree")
    billed = await house.control.bill()

    await house.control.arm("duplicate_event")
    await ana.say(channel, f"{house.mention} s/lone/tall/", reply_to=first["id"])
    await ana.see(channel, lambda m: is_result(m) and "a tall tree" in text_of(m), "the patched image")
    await house.control.arm("duplicate_event")
    await ana.say(channel, f"{house.mention} s/absent/tall/", reply_to=first["id"])
    await public_answer(house, ana, channel, "isn't in the prompt")
    await ana.slash(channel, "quota")
    await ana.see(channel, says("resets"), "the quota")

    assert await house.control.bill() == billed + 1
    assert len([m for m in await ana.messages(channel) if "isn't in the prompt" in text_of(m)]) == 1


async def test_a_patch_of_a_result_that_was_deleted_is_refused_kindly(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first = await result(house, ana, channel, "a lone tree")
    await house.control.arm("gateway_disconnect")

    await ana.say(channel, f"{house.mention} s/lone/tall/", reply_to=first["id"])
    await ana.press(first, "Delete")

    await ana.see(channel, lambda m: "one of my results" in text_of(m) or "a tall tree" in text_of(m), "an answer")


async def test_a_file_name_makes_no_message_a_result(house: House) -> None:
    """Take only the bot's own messages for results, whatever other members call their files."""
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await result(house, bo, channel, "something private")
    for number in range(1, 4):
        there = await ana.say(channel, "mine", [photo(f"wanvas-{number}-1.png")])
        await ana.say(channel, f"{house.mention} s/something/anything/", reply_to=there)

    await public_answer(house, ana, channel, "as a reply to one of my results")


@pytest.fixture(scope="module")
async def blind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house whose bot was not granted the message-content intent."""
    async with house_in(tmp_path_factory.mktemp("blind"), MESSAGE_CONTENT="off") as found:
        await found.control.post("/discord/settings", message_content=False)
        yield found


async def test_without_the_intent_a_mention_still_edits_and_patches_a_result(blind: House) -> None:
    ana, channel = await blind.new_person(), await blind.channel()
    first = await result(blind, ana, channel, "a quiet bay")

    await ana.say(channel, f"{blind.mention} add a boat", reply_to=first["id"])
    await ana.see(channel, lambda m: is_result(m) and "add a boat" in text_of(m), "the edit")
    await ana.say(channel, f"{blind.mention} s/quiet/stormy/", reply_to=first["id"])
    await ana.see(channel, lambda m: is_result(m) and "a stormy bay" in text_of(m), "the patched image")

    (edit,) = await sent(blind, "add a boat")
    assert len(edit["images"]) == 1


async def test_without_the_intent_others_images_are_pointed_to_the_menu(blind: House) -> None:
    ana, bo, channel = await blind.new_person(), await blind.new_person(), await blind.channel()
    there = await bo.say(channel, "look", [photo()])

    await ana.say(channel, f"{blind.mention} paint it blue", reply_to=there)

    await public_answer(blind, ana, channel, "Apps ▸ Edit image")
