"""Members find their images, see their receipts and erase both; the bot respects what posters decided."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.people import Json, Person, Refused, button_id, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, is_result, photo, says


async def result(person: Person, channel: str, prompt: str, **options: Any) -> Json:
    await person.slash(channel, "imagine", prompt=prompt, **options)
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), f"the image of {prompt}")


async def gallery(person: Person, channel: str, until: str = "", **options: Any) -> Json:
    """Return the gallery once it contains *until*: an image is delivered a moment before it is recorded."""
    for _ in range(400):
        shown = await private_answer(person, await person.slash(channel, "gallery", **options))
        if until in text_of(shown):
            break
        await asyncio.sleep(0.1)
    return shown


def thumbnails(message: Json) -> list[Json]:
    return [part["media"] for part in components_of(message) if part["type"] == 11]


async def test_the_gallery_shows_ones_own_images_newest_first_with_the_way_to_them(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    first, second = await result(ana, channel, "a frog king"), await result(ana, channel, "an owl queen")

    shown = await gallery(ana, channel, until="an owl queen")

    assert text_of(shown).index("an owl queen") < text_of(shown).index("a frog king")
    assert all(f"/{message['id']})" in text_of(shown) for message in (first, second))
    assert len(thumbnails(shown)) == 2


async def test_an_image_is_found_by_its_prompt(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await result(ana, channel, "a frog king")
    await result(ana, channel, "an owl queen")

    found = await gallery(ana, channel, until="frog", find="KING frog")
    nothing = await gallery(ana, channel, find="100% nothing")

    assert "a frog king" in text_of(found)
    assert "owl" not in text_of(found)
    assert "No images match. Try fewer filters." in text_of(nothing)


async def test_older_images_are_a_page_further_on(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    for number in range(6):
        await result(ana, channel, f"image {number}")
    newest = await gallery(ana, channel, until="image 5")

    pressed = await ana.press(newest, "Older")
    await pressed.fetch()
    older = await ana.see(channel, lambda m: m["id"] == newest["id"] and "image 0" in text_of(m), "the older page")

    assert "image 5" in text_of(newest)
    assert "image 5" not in text_of(older)
    assert button_id(older, "Newest")
    with pytest.raises(Refused):
        button_id(older, "Older")


async def test_what_one_can_no_longer_see_is_an_empty_tile(house: House) -> None:
    ana, channel, other = await house.new_person(), await house.channel(), await house.channel()
    await result(ana, channel, "a frog king")
    state = await ana.state()
    channel_id = next(c["id"] for c in state["channels"] if c["name"] == channel)

    await house.control.post("/overwrites", channel=channel_id, target=ana.id, deny=["READ_MESSAGE_HISTORY"])
    shown = await gallery(ana, other, until="can't see right now")

    assert "frog" not in text_of(shown)
    assert "can't see right now" in text_of(shown)
    assert thumbnails(shown) == []


async def test_managers_see_the_servers_images_and_others_do_not(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    boss = await house.new_person(manager=True)
    await result(ana, channel, "a frog king")

    everybodys = await gallery(boss, channel, until=ana.id, everybody=True, find="frog king")
    refused = await gallery(ana, channel, everybody=True)

    assert f"<@{ana.id}>" in text_of(everybodys)
    assert "can manage this server" in text_of(refused)


async def test_a_member_finds_what_they_starred_and_what_another_member_made_where_they_may_see_it(
    house: House,
) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(locale="zh-CN"), await house.channel()
    frog, owl = await result(ana, channel, "a frog king 青蛙王子"), await result(ana, channel, "an owl queen")
    await bo.press(frog, "☆ Star")
    await bo.see(channel, lambda m: m["id"] == frog["id"] and "★ 1" in text_of(m), "the star")

    starred = await gallery(bo, channel, until="frog", starred="mine", model="wan2.6-t2i", since="2 天前")
    by_ana = await gallery(bo, channel, until="owl", member=ana.id)
    in_words = await gallery(bo, channel, until="frog", member=ana.id, find="蛙王", starred="any")
    nothing = await private_answer(bo, await bo.slash(channel, "gallery", starred="mine", until="昨天"))

    assert "owl" not in text_of(starred)
    assert all(f"/{message['id']})" in text_of(by_ana) for message in (frog, owl))
    assert "owl" not in text_of(in_words)
    assert "没有符合条件的图片" in text_of(nothing)


async def test_the_pages_of_a_filtered_gallery_stay_filtered_and_are_judged_at_each_press(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    for number in range(6):
        await result(ana, channel, f"heron {number}")
    await result(ana, channel, "a crane")
    newest = await gallery(bo, channel, until="heron 5", member=ana.id, find="heron")
    channel_id = next(c["id"] for c in (await ana.state())["channels"] if c["name"] == channel)

    await bo.press(newest, "Older")
    older = await bo.see(channel, lambda m: m["id"] == newest["id"] and "heron 0" in text_of(m), "the older page")
    await house.control.post("/overwrites", channel=channel_id, target=bo.id, deny=["READ_MESSAGE_HISTORY"])
    await bo.press(older, "Newest")
    nothing = "No images match"
    hidden = await bo.see(channel, lambda m: m["id"] == newest["id"] and nothing in text_of(m), "the hidden page")

    filters = f"Filters: “heron”, <@{ana.id}>"
    assert "crane" not in text_of(newest) + text_of(older)
    assert filters in text_of(newest)
    assert filters in text_of(older)
    assert "heron 5" not in text_of(hidden)
    assert not [part for part in components_of(hidden) if "Older" in part.get("label", "")]


async def test_a_search_tells_nobody_that_a_prompt_in_a_hidden_channel_has_the_words(house: House) -> None:
    ana, bo, channel, hidden = (
        await house.new_person(),
        await house.new_person(),
        *[await house.channel() for _ in "ab"],
    )
    await result(ana, channel, "an ibis at dawn")
    for number in range(6):
        await result(ana, hidden, f"an ibis that nobody knows {number}")
    await gallery(ana, channel, until="nobody knows 5")
    channel_id = next(c["id"] for c in (await ana.state())["channels"] if c["name"] == hidden)
    await house.control.post("/overwrites", channel=channel_id, target=bo.id, deny=["VIEW_CHANNEL"])

    sought = await gallery(bo, channel, member=ana.id, find="ibis")
    guessed = await private_answer(bo, await bo.slash(channel, "gallery", member=ana.id, find="nobody knows"))

    assert "at dawn" in text_of(sought)
    assert "can't see" not in text_of(sought)
    assert not [part for part in components_of(sought) if part.get("label") == "Older"]
    assert "No images match" in text_of(guessed)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"since": "soon"}, "can't read that as a date"),
        ({"model": "no such"}, "don't know that model"),
    ],
)
async def test_a_filter_that_nobody_can_read_is_refused_in_words(
    house: House, options: dict[str, str], sentence: str
) -> None:
    ana, channel = await house.new_person(), await house.channel()

    assert sentence in text_of(await private_answer(ana, await ana.slash(channel, "gallery", **options)))


async def test_outside_of_servers_a_member_finds_their_own_images(house: House) -> None:
    ana, bo = await house.new_person(), await house.new_person()
    await result(ana, "dm", "a lonely heron")

    own = await gallery(ana, "dm", until="a lonely heron", find="lone")
    refused = await private_answer(ana, await ana.slash("dm", "gallery", member=bo.id))

    assert thumbnails(own)
    assert "in the server where they posted them" in text_of(refused)


async def test_receipts_tell_what_was_held_counted_and_returned_and_why(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await result(ana, channel, "a frog king", count=2)
    await house.control.arm("prompt_rejected")
    await private_answer(ana, await ana.slash(channel, "imagine", prompt="something unkind"))

    receipts = text_of(await private_answer(ana, await ana.slash(channel, "receipts")))

    assert "2 reserved, 2 used" in receipts
    assert "1 reserved, 1 released: The image service's moderation rejected this prompt." in receipts
    assert "resets <t:" in receipts


async def test_forget_me_confirms_first_and_erases_prompts_but_no_receipts(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    shown = await result(ana, channel, "a frog king")

    question = await private_answer(ana, await ana.slash(channel, "forget-me"))
    await ana.press(question, "Erase my prompts and images")
    await ana.see(channel, says("1 request erased"), "the answer")
    again = await private_answer(ana, await ana.press(shown, "Generate again"))
    receipts = text_of(await private_answer(ana, await ana.slash(channel, "receipts")))
    seen = await gallery(ana, channel, until="No images found")

    assert "no longer stored" in text_of(again)
    assert thumbnails(seen) == []
    assert "No images found" in text_of(seen)
    assert "frog" not in receipts
    assert "1 reserved, 1 used" in receipts


async def test_no_member_edits_an_image_whose_poster_chose_never(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    posted = await bo.say(channel, "my balloon", [photo()])
    message = await ana.see(channel, lambda m: m["id"] == posted, "Bo's image")
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))

    await ana.menu("Edit image", message)
    refused = await private_answer(ana, await ana.fill(words="over a desert", shape=["wide"]))
    await bo.menu("Edit image", message)
    await bo.fill(words="over the sea", shape=["wide"])
    own = await bo.see(channel, lambda m: is_result(m) and "over the sea" in text_of(m), "Bo's own edit")

    assert "doesn't let others edit their images" in text_of(refused)
    assert images_of(own)
