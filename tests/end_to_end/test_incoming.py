"""What people write, attach, hide, forward and edit is read as they meant it, or refused with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from sandbox.people import File, Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, png, result, says

Way = Callable[[House, Person, str, File, str], Awaitable[None]]


async def prompts(house: House) -> list[str]:
    """Return every prompt that was sent to Wan."""
    bodies = [entry.get("body") or {} for entry in await house.control.record("wan")]
    contents = [body["input"]["messages"][0]["content"] for body in bodies if "input" in body]
    return [part["text"] for content in contents for part in content if "text" in part]


async def sent(house: House, prompt: str) -> Json:
    """Return the requests to Wan whose prompt contains this text."""
    entries = [entry for entry in await house.control.record("wan") if prompt in str(entry.get("body"))]
    return entries[-1]


def role_of(house: House) -> str:
    roles = house.sandbox.world.servers[house.sandbox.world.server_id].roles.values()
    return next(f"<@&{role.id}>" for role in roles if role.managed)


def hidden(message: Json) -> list[bool]:
    galleries = [part for part in components_of(message) if part["type"] == 12]
    return [item["spoiler"] for gallery in galleries for item in gallery["items"]]


async def by_slash(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    await ana.slash(channel, "imagine", prompt=prompt, image1=file)


async def by_mention(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    await ana.say(channel, f"{house.mention} {prompt}", [file])


async def by_reply(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    there = await ana.say(channel, "look", [file])
    await ana.say(channel, f"{house.mention} {prompt}", reply_to=there)


async def by_forward(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    there = await ana.say(channel, "", forward=await ana.say(channel, "look", [file]))
    await ana.say(channel, f"{house.mention} {prompt}", reply_to=there)


async def by_menu(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    there = await ana.say(channel, "look", [file])
    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == there, "the post"))
    await ana.fill(words=prompt)


async def by_form(house: House, ana: Person, channel: str, file: File, prompt: str) -> None:
    there = await ana.say(channel, "look", [photo()])
    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == there, "the post"))
    await ana.fill(words=prompt, more=[file])


def named(way: Way) -> str:
    return way.__name__.replace("_", " ")


WAYS: list[Way] = [by_slash, by_mention, by_reply, by_forward, by_menu, by_form]


async def test_a_mention_of_the_bots_own_role_is_a_mention_of_the_bot(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.say(channel, f"{role_of(house)} a lighthouse of roles")
    await result(ana, channel, "a lighthouse of roles")
    await ana.say(channel, f"make it winter of roles {role_of(house)}", [photo()])
    await result(ana, channel, "make it winter of roles")

    assert {"a lighthouse of roles", "make it winter of roles"} <= set(await prompts(house))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_result_from_a_hidden_image_is_hidden_by_every_way_in(house: House, way: Way) -> None:
    ana, channel, prompt = await house.new_person(), await house.channel(), f"with more color {named(way)}"

    await way(house, ana, channel, File("SPOILER_ending.png", png()), prompt)

    assert hidden(await result(ana, channel, prompt)) == [True]


async def test_what_is_made_from_a_hidden_result_stays_hidden(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="the first ending", image1=File("SPOILER_ending.png", png()))
    first = await result(ana, channel, "the first ending")

    await bo.press(first, "Generate again")
    again = await bo.see(channel, lambda m: is_result(m) and f"<@{bo.id}>" in text_of(m), "the repetition")
    await bo.press(first, "Edit image")
    await bo.fill(words="the edited ending")
    edited = await result(bo, channel, "the edited ending")
    await bo.say(channel, f"{house.mention} s/first/patched/", reply_to=first["id"])
    patched = await result(bo, channel, "the patched ending")

    assert [hidden(message) for message in (first, again, edited, patched)] == [[True]] * 4


async def test_the_model_reads_spoilers_and_no_card_opens_them(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()

    await ana.say(channel, f"{house.mention} ||the gardener did it||, as a poster")
    shown = await result(ana, channel, "gardener")
    details = await private_answer(bo, await bo.press(shown, "Details"))

    assert "the gardener did it, as a poster" in await prompts(house)
    for text in (text_of(shown), text_of(details)):
        assert "||the gardener did it||, as a poster" in text
    assert "gardener" not in str(
        [item.get("description") for part in components_of(shown) for item in part.get("items", [])]
    )
    assert hidden(shown) == [True]


async def test_the_model_reads_names_and_dates_and_no_ids(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    typed = f"<@{bo.id}> and <:pizza_cat:123456789012345678> in <#123456789012345678> at <t:1735689600:t>"
    read = f"@{bo.name} and :pizza_cat: in somewhere at 2025-01-01 00:00 UTC"

    await ana.say(channel, f"{house.mention} by message: {typed}")
    await ana.slash(channel, "imagine", prompt=f"by slash: {typed}", negative_prompt="<a:dance:1>")
    await result(ana, channel, "by message")
    await result(ana, channel, "by slash")

    assert f"by message: {read}" in await prompts(house)
    slash = await sent(house, "by slash: ")
    assert "<" not in str(slash["body"]["input"])
    assert slash["body"]["parameters"]["negative_prompt"] == ":dance:"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_an_image_is_used_whatever_its_file_is_called(house: House, way: Way) -> None:
    ana, channel, prompt = await house.new_person(), await house.channel(), f"used all the same {named(way)}"

    await way(house, ana, channel, File("IMG_0001", png()), prompt)
    await result(ana, channel, prompt)

    assert len((await sent(house, prompt))["images"]) == (2 if way is by_form else 1)


@pytest.mark.parametrize(
    "file",
    [File("clip.mp4", bytes(64)), File("page.pdf", b"%PDF-1.4"), File("empty.png", b""), File("notes", b"?")],
    ids=lambda file: file.name,
)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_file_that_is_no_image_is_refused_with_its_reason(house: House, way: Way, file: File) -> None:
    ana, channel, prompt = await house.new_person(), await house.channel(), f"never made {named(way)} {file.name}"
    billed = await house.control.bill()
    if way is by_menu and file.name in ("clip.mp4", "page.pdf"):
        there = await ana.say(channel, "look", [file])
        await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == there, "the post"))
    else:
        await way(house, ana, channel, file, prompt)

    await ana.see(channel, says("It didn't use your quota."), "the refusal")

    assert await house.control.bill() == billed


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"content": "like https://example.org/cat.png"}, "open links"),
        ({"content": "like this", "stickers": [{"name": "wave", "format_type": 1}]}, "couldn't be downloaded"),
    ],
    ids=["link", "sticker"],
)
async def test_a_prompt_with_something_else_than_images_is_refused_with_its_reason(
    house: House, more: dict[str, Any], sentence: str
) -> None:
    ana, channel, billed = await house.new_person(), await house.channel(), await house.control.bill()

    await ana.say(channel, f"{house.mention} {more.pop('content')}", **more)

    await ana.see(channel, says(sentence), "the refusal")
    assert await house.control.bill() == billed


async def test_a_link_whose_image_discord_shows_is_used_and_not_read(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.say(channel, "the copy", [photo("copy.png")])
    link = {"url": "https://example.org/cat.png", "seen_as": "copy.png"}

    await ana.say(channel, f"{house.mention} in snow {link['url']}", embeds=[{"image": link}])
    await result(ana, channel, "in snow")

    assert len((await sent(house, "in snow"))["images"]) == 1
    assert "in snow" in await prompts(house)


async def test_a_refused_request_with_images_is_not_made_anew_without_them(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="x" * 2200, image1=photo()))

    await ana.press(refused, "Edit prompt")
    await ana.fill(words="made from its image", more=[photo()])
    await result(ana, channel, "made from its image")

    assert len((await sent(house, "made from its image"))["images"]) == 1


async def test_a_direct_message_is_a_request_with_an_image_and_without(house: House) -> None:
    ana = await house.new_person()

    await ana.say("dm", "a quiet cove, directly")
    first = await result(ana, "dm", "a quiet cove, directly")
    await ana.say("dm", "directly in winter", [photo()])
    await result(ana, "dm", "directly in winter")
    await ana.say("dm", "s/quiet/stormy/", reply_to=first["id"])
    await result(ana, "dm", "a stormy cove, directly")

    assert len((await sent(house, "directly in winter"))["images"]) == 1


async def test_an_empty_direct_message_is_answered_as_an_empty_mention(house: House) -> None:
    ana, billed = await house.new_person(), await house.control.bill()

    await ana.say("dm", "", [photo()])
    await ana.see("dm", says("no prompt"), "the answer")
    await ana.say("dm", "/quota")
    await ana.see("dm", says("sent your command as text"), "the answer to a command")

    assert await house.control.bill() == billed


async def test_direct_messages_are_answered_in_their_order(house: House) -> None:
    ana = await house.new_person()

    for number in range(4):
        await ana.say("dm", f"in order, number {number}")
    for number in range(4):
        await result(ana, "dm", f"in order, number {number}")

    cards = [int(m["message_reference"]["message_id"]) for m in await ana.messages("dm") if m.get("message_reference")]
    assert len(cards) == 4
    sent_prompts = [prompt for prompt in await prompts(house) if prompt.startswith("in order")]
    assert sent_prompts == [f"in order, number {number}" for number in range(4)]


async def test_a_mention_that_is_added_soon_counts_once_and_one_that_is_added_late_does_not(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    soon = await ana.say(channel, "a bay, edited", [photo()])
    late = await ana.say(channel, "too late to count")

    await ana.edit(soon, f"{house.mention} a bay, edited")
    await result(ana, channel, "a bay, edited")
    await ana.edit(soon, f"{house.mention} a bay, edited again")
    await house.control.advance(301)
    await ana.edit(late, f"{house.mention} too late to count")
    await ana.say(channel, f"{house.mention} the last one")
    await result(ana, channel, "the last one")

    made = await prompts(house)
    assert made.count("a bay, edited") == 1
    assert "a bay, edited again" not in made
    assert "too late to count" not in made
    assert len((await sent(house, "a bay, edited"))["images"]) == 1


@pytest.mark.parametrize("files", [[], [File("clip.mp4", b"?")]], ids=["words", "clip"])
async def test_a_mention_in_reply_to_what_shows_no_image_says_what_the_menu_says(
    house: House, files: list[File]
) -> None:
    ana, channel, billed = await house.new_person(), await house.channel(), await house.control.bill()
    there = await ana.say(channel, "only words", files)

    await ana.say(channel, f"{house.mention} make it blue", reply_to=there)

    await ana.see(channel, says("no image in that message"), "what the menu says")
    assert await house.control.bill() == billed


async def test_a_forward_is_its_authors_where_the_bot_can_read_the_source(house: House) -> None:
    ana, bo = await house.new_person(), await house.new_person()
    channel, elsewhere = await house.channel(), await house.channel()
    posted = await bo.say(elsewhere, "mine", [photo()])
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))
    once = await ana.say(channel, "", forward=posted)
    twice = await ana.say(channel, "", forward=once)
    refused = "doesn't let others edit their images. It didn't use your quota"

    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == once, "the forward"))
    by_menu = text_of(await private_answer(ana, await ana.fill(words="as a sketch")))
    await ana.say(channel, f"{house.mention} as an etching", reply_to=twice)

    assert refused in by_menu
    await ana.see(channel, lambda m: refused in text_of(m) and f"<@{ana.id}>" in text_of(m), "the refusal")


@pytest.mark.parametrize(
    ("fault", "about"),
    [("server_error_before", {}), ("slow_rest", {"seconds": 2.0}), ("too_many_requests", {"retry_after_s": 3.0})],
)
async def test_a_forward_is_refused_while_discord_does_not_say_whose_it_is(
    house: House, fault: str, about: Json
) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    posted = await bo.say(channel, "mine", [photo()])
    forward = await ana.say(channel, "", forward=posted)
    billed = await house.control.bill()

    await house.control.arm(fault, match=f"/messages/{posted}", **about)
    await ana.say(channel, f"{house.mention} as an etching", reply_to=forward)

    await ana.see(channel, says("Image 1 couldn't be downloaded from Discord. It didn't use your quota"), "the refusal")
    assert await house.control.bill() == billed


async def test_a_forward_of_too_many_forwards_is_refused(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    posted = await ana.say(channel, "mine", [photo()])
    for _ in range(4):
        posted = await ana.say(channel, "", forward=posted)

    await ana.say(channel, f"{house.mention} as a woodcut", reply_to=posted)

    await ana.see(channel, says("Image 1 couldn't be downloaded from Discord. It didn't use your quota"), "the refusal")


async def test_an_image_cannot_be_passed_off_as_ones_own_avatar(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await bo.say(channel, "the copy", [photo("own.png")])
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))
    copy = {"url": f"https://example.org/avatars/{ana.id}/a.png", "seen_as": "own.png"}
    posted = await bo.say(channel, "mine", embeds=[{"image": copy}])

    await ana.menu("Edit image", await ana.see(channel, lambda m: m["id"] == posted, "Bo's image"))

    assert "doesn't let others edit" in text_of(await private_answer(ana, await ana.fill(words="with a hat")))


async def test_each_form_has_an_id_of_its_own_and_one_of_before_is_taken(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    posted = await ana.say(channel, "look", [photo()])
    message = await ana.see(channel, lambda m: m["id"] == posted, "the post")

    await ana.menu("Edit image", message)
    first = (await ana.wait(lambda state: len(state["modals"]) == 1, "a form"))["modals"][-1]
    await ana.menu("Edit image", message)
    second = (await ana.wait(lambda state: len(state["modals"]) == 2, "another form"))["modals"][-1]
    field = {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "words", "value": "as it was before"}}
    await ana.forge(channel, 5, message, custom_id=f"w1:form:edit:{posted}", components=[field])

    assert first["custom_id"] != second["custom_id"]
    await result(ana, channel, "as it was before")


async def test_letters_that_no_database_stores_are_removed_by_every_way_in(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    await ana.slash(channel, "imagine", prompt="slash\0\ud83d clean", negative_prompt="\0fog\udc00")
    await ana.say(channel, f"{house.mention} mention\0\ud83d clean")
    await result(ana, channel, "slash clean")
    shown = await result(ana, channel, "mention clean")
    await ana.press(shown, "Edit prompt")
    await ana.fill(words="form\0\ud83d clean")
    await result(ana, channel, "form clean")
    await ana.say(channel, f"{house.mention} s/mention/pat\0ch\ud83d/", reply_to=shown["id"])
    await result(ana, channel, "patch clean")
    await ana.slash(channel, "gallery", find="sla\0sh\ud83d")
    await ana.see(channel, lambda m: "slash clean" in text_of(m) and m["flags"] & 64, "the page of the gallery")


@pytest.fixture(scope="module")
async def blind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house whose bot was not granted the message-content intent."""
    async with house_in(tmp_path_factory.mktemp("unseen"), MESSAGE_CONTENT="off") as found:
        await found.control.post("/discord/settings", message_content=False)
        yield found


async def test_without_the_intent_direct_messages_and_added_mentions_still_count(blind: House) -> None:
    ana, channel = await blind.new_person(), await blind.channel()

    await ana.say("dm", "unseen but direct", [photo()])
    await result(ana, "dm", "unseen but direct")
    message = await ana.say(channel, "unseen at first", [photo()])
    await ana.edit(message, f"{blind.mention} unseen at first")
    await result(ana, channel, "unseen at first")

    assert [len((await sent(blind, words))["images"]) for words in ("unseen but", "unseen at")] == [1, 1]


async def test_without_the_intent_a_mention_of_the_role_is_explained(blind: House) -> None:
    ana, channel, billed = await blind.new_person(), await blind.channel(), await blind.control.bill()

    await ana.say(channel, f"{role_of(blind)} a lighthouse", [photo()])

    await ana.see(channel, says("Mention me by name"), "the answer")
    assert await blind.control.bill() == billed
    assert [m for m in await ana.messages(channel) if images_of(m) and is_result(m)] == []
