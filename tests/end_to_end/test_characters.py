"""Characters: saved once with images, used as @name in prompts, and a person's only with that person's consent."""

from __future__ import annotations

from sandbox.people import EPHEMERAL, Json, Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, photo, result, says
from tests.end_to_end.test_anywhere import in_a_server_without_the_bot

RED, BLUE = photo("red.png", colour="crimson"), photo("blue.png", size=(480, 640), colour="navy")
IN_FLIGHT = 5  # requests to the model that edits images


async def add(member: Person, channel: str, name: str, /, **more: object) -> str:
    options = {"image1": RED, **more}
    return text_of(await private_answer(member, await member.slash(channel, "character add", name=name, **options)))


async def sent(house: House, words: str) -> Json:
    """Return the only request to Wan whose prompt contains *words*."""
    (entry,) = [entry for entry in await house.control.record("wan") if words in words_of(entry)]
    return entry


def words_of(entry: Json) -> str:
    content = entry.get("body", {}).get("input", {}).get("messages", [{"content": []}])[0]["content"]
    return next((part["text"] for part in content if "text" in part), "")


async def test_a_name_in_a_prompt_attaches_the_characters_images_numbered(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    assert "Saved. Use @Momo" in await add(ana, channel, "Momo", image2=BLUE)

    await ana.slash(channel, "imagine", prompt="@momo naps beside the vase", image1=photo("vase.png"))
    shown = await ana.see(channel, is_result, "the image of Momo")

    entry = await sent(house, "beside the vase")
    assert words_of(entry) == "momo (images 2 and 3) naps beside the vase"
    assert [(image["width"], image["height"]) for image in entry["images"]] == [(640, 480), (640, 480), (480, 640)]
    assert "image 1: image1, images 2–3: @Momo" in text_of(shown)
    assert "@momo naps beside the vase" in text_of(shown)


async def test_a_mention_uses_the_writers_own_characters_and_no_display_name(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await add(ana, channel, "Kiki")
    await add(ana, channel, bo.name)

    await ana.say(channel, f"{house.mention} @Kiki waves at <@{bo.id}> and a@kiki.com")
    await ana.see(channel, is_result, "Ana's image")
    await bo.say(channel, f"{house.mention} @Kiki as a text")
    await result(bo, channel, "@Kiki as a text")

    entry = await sent(house, "waves at")
    assert words_of(entry) == f"Kiki (image 1) waves at {bo.name} and a@kiki.com"
    assert len(entry["images"]) == 1
    assert (await sent(house, "as a text"))["images"] == []


async def test_a_changed_prompt_takes_and_drops_characters(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await add(ana, channel, "Pip")
    await ana.slash(channel, "imagine", prompt="a quiet harbor")
    first = await result(ana, channel, "a quiet harbor")

    await ana.press(first, "Edit prompt")
    await ana.fill(words="@Pip in a quiet harbor")
    second = await result(ana, channel, "@Pip in a quiet harbor")
    await ana.say(channel, f"{house.mention} s/@Pip in a quiet/a loud/", reply_to=second["id"])
    await result(ana, channel, "a loud harbor")

    entry = await sent(house, "Pip (image 1) in a quiet harbor")
    assert len(entry["images"]) == 1
    assert (await sent(house, "a loud harbor"))["images"] == []


async def test_forms_and_stories_take_characters(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await add(ana, channel, "Fox")
    await ana.say(channel, "mine", [BLUE])

    await ana.menu("Edit image", await ana.see(channel, says("mine"), "the photo"))
    await ana.fill(words="put @Fox into it")
    await result(ana, channel, "put @Fox into it")
    await ana.slash(channel, "story", prompt="@Fox travels to the sea")
    await ana.see(channel, says("@Fox travels to the sea"), "the story")

    assert len((await sent(house, "put Fox (image 2) into it"))["images"]) == 2
    assert len((await sent(house, "Fox (image 1) travels"))["images"]) == 1


async def test_each_alternative_takes_its_own_character(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await add(ana, channel, "Ant")
    await add(ana, channel, "Bee", image1=BLUE)

    offer = await private_answer(ana, await ana.slash(channel, "imagine", prompt="{@Ant|@Bee} on a leaf"))
    await ana.press(offer, "Start")
    for name in ("Ant", "Bee"):
        await result(ana, channel, f"@{name} on a leaf")

    sizes = [(await sent(house, f"{name} (image 1) on a leaf"))["images"][0]["width"] for name in ("Ant", "Bee")]
    assert sizes == [640, 480]


async def test_what_a_message_shows_again_attaches_nothing_that_was_not_typed(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    for member in (ana, bo):
        await add(member, channel, "Owl")
    await ana.slash(channel, "imagine", prompt="@Owl at night")
    shown = await result(ana, channel, "@Owl at night")

    await bo.press(shown, "Generate again")
    await bo.see(channel, lambda m: is_result(m) and f"<@{bo.id}>" in text_of(m), "Bo's image")

    first, second = [entry for entry in await house.control.record("wan") if "at night" in words_of(entry)]
    assert second["images"] == first["images"]


async def test_only_members_of_the_server_are_asked(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(server=None), await house.channel()

    told = [await add(ana, where, "Bo", person=bo.id) for where in (channel, "dm")]
    told.append(await add(ana, channel, "Bot", person=house.sandbox.world.bot_id))

    assert all("people in this server" in text for text in told)


async def test_characters_are_kept_and_used_where_a_person_brings_the_bot(house: House) -> None:
    ana, channel = await in_a_server_without_the_bot(house)
    await add(ana, channel, "Elk")

    await ana.slash(channel, "imagine", prompt="@Elk far away")
    await result(ana, channel, "@Elk far away")

    assert len((await sent(house, "Elk (image 1) far away"))["images"]) == 1


async def test_more_images_than_a_model_takes_are_refused_with_the_number(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    for name in ("One", "Two"):
        await add(ana, channel, name, image2=BLUE, image3=RED)
    billed = await house.control.bill()

    asked = await ana.slash(channel, "imagine", prompt="@One and @Two")

    assert "6 images" in text_of(await private_answer(ana, asked))
    assert await house.control.bill() == billed


async def test_hostile_names_are_refused_in_words(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()

    for name in ("@everyone", f"<@{ana.id}>"):
        assert "can't be a character's name" in await add(ana, channel, name)


async def test_a_deleted_character_fails_the_requests_that_wait_with_it(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await add(ana, channel, "Rex")
    await house.hold_images()
    for number in range(IN_FLIGHT):
        await ana.slash(channel, "imagine", prompt=f"@Rex number {number}")
    await house.held(IN_FLIGHT)
    await ana.slash(channel, "imagine", prompt="@Rex waits for his turn")
    await ana.see(channel, says("Next in queue"), "the status card")

    deleted = await private_answer(ana, await ana.slash(channel, "character delete", name="rex"))
    failed = await ana.see(channel, says("“Rex” is no longer available"), "why the request failed")
    await house.finish_images()

    assert "Deleted @Rex" in text_of(deleted)
    assert "It didn't use your quota" in text_of(failed)
    await ana.slash(channel, "imagine", prompt="@Rex is only text now")
    await result(ana, channel, "@Rex is only text now")
    assert (await sent(house, "is only text now"))["images"] == []
    assert not [entry for entry in await house.control.record("wan") if "for his turn" in words_of(entry)]


async def ask_bo(house: House, **bo_is: object) -> tuple[Person, Person, str, str]:
    ana, bo, channel = await house.new_person(), await house.new_person(**bo_is), await house.channel()
    return ana, bo, channel, await add(ana, channel, "Bo", person=bo.id)


async def test_a_person_is_asked_directly_and_withdraws_at_once(house: House) -> None:
    ana, bo, channel, answer = await ask_bo(house)
    assert "You can use @Bo once they allow it" in answer
    early = await private_answer(ana, await ana.slash(channel, "imagine", prompt="@Bo in a boat"))
    assert "hasn't allowed it yet" in text_of(early)

    question = await bo.see("dm", says("images that show you"), "the question")
    shown = await private_answer(bo, await bo.press(question, "Show images"))
    await bo.press(question, "Allow")
    await ana.see("dm", says("allows @Bo"), "the answer")
    await ana.slash(channel, "imagine", prompt="@Bo in a boat")
    first = await result(ana, channel, "@Bo in a boat")
    await bo.press(await bo.see("dm", says("You allowed"), "the consent"), "Withdraw")
    await bo.see("dm", says("is deleted, with the images of you"), "the withdrawal")

    assert len(images_of(shown)) == 1
    again = await private_answer(ana, await ana.press(first, "Generate again"))
    assert "no longer stored" in text_of(again)
    await ana.see("dm", says("doesn't allow @Bo"), "the withdrawal")


async def test_where_direct_messages_are_closed_only_that_person_answers_in_the_channel(house: House) -> None:
    ana, bo, channel, _ = await ask_bo(house, dm_open=False)
    question = await bo.see(channel, says("images that show you"), "the question")
    assert [user["id"] for user in question["mentions"]] == [bo.id]
    assert not question["flags"] & EPHEMERAL

    pressed = await private_answer(ana, await ana.press(question, "Allow"))
    await bo.press(question, "Don't allow")
    await bo.see(channel, says("is deleted, with the images of you"), "the refusal")

    assert "Only the person whom the character shows" in text_of(pressed)
    mine = await private_answer(ana, await ana.slash(channel, "character list"))
    assert "no characters yet" in text_of(mine)


async def test_the_list_shows_ones_own_and_those_that_show_oneself(house: House) -> None:
    ana, bo, channel, _ = await ask_bo(house)
    await add(ana, channel, "Cat")

    mine = await private_answer(ana, await ana.slash(channel, "character list"))
    about = await private_answer(bo, await bo.slash(channel, "character list"))
    await bo.press(about, "Allow")
    consent = await private_answer(bo, await bo.slash(channel, "consent", edits="never"))

    assert f"1. **@Bo** · 1 image · waiting for <@{bo.id}>\n2. **@Cat** · 1 image" in text_of(mine)
    assert len(images_of(mine)) == 1
    assert f"**@Bo** of <@{ana.id}> shows you" in text_of(about)
    assert "Only you can edit" in text_of(consent)
    later = await private_answer(ana, await ana.slash(channel, "character list"))
    assert "@Bo" not in text_of(later)


async def test_an_answer_to_a_deleted_character_says_so(house: House) -> None:
    ana, bo, channel, _ = await ask_bo(house)
    question = await bo.see("dm", says("images that show you"), "the question")
    await private_answer(ana, await ana.slash(channel, "character delete", name="Bo"))

    await bo.press(question, "Allow")

    assert await bo.see("dm", says("That character was deleted"), "the answer")
