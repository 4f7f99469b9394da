"""A part of an image is edited from end to end: nothing outside its box changes, and both images can be compared."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from sandbox.people import EPHEMERAL, File, Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, result
from tests.end_to_end.test_anywhere import Place, in_a_server_without_the_bot, in_a_thread, in_direct_messages, named
from tests.end_to_end.test_models import form

SIDE = 1280  # of a square result of each model
ROOF = (256, 512, 512, 768)  # cell 12 of a grid of 5 by 5
NEWER, BOXES = "wan2.7-image", "wan2.7-image-pro"
MODELS = f"wan2.6-image, wan2.6-t2i, {BOXES}"
Edges = tuple[int, int, int, int]


@pytest.fixture(scope="module")
async def boxed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house of this module's own, whose bot offers a model that takes boxes."""
    async with house_in(tmp_path_factory.mktemp("parts"), MODELS=MODELS) as found:
        await found.finish_images()
        yield found


async def first_result(house: House, person: Person, channel: str, prompt: str) -> Json:
    await person.slash(channel, "imagine", prompt=prompt)
    return await result(person, channel, prompt)


async def image_in(house: House, message: Json, number: int = 1) -> Image.Image:
    data = await house.control.file(images_of(message)[number - 1]["attachment_id"])
    return Image.open(io.BytesIO(data)).convert("RGB")


def select_of(message: Json, what: str) -> Json:
    return next(part for part in components_of(message) if f":{what}:" in part.get("custom_id", ""))


async def grid_with(person: Person, channel: str, message: Json, *cells: int) -> Json:
    """Open the grid over a message, choose cells, and return the grid that shows them as chosen."""
    is_result_card = "Edit a part" in text_of(message)
    ask = person.press(message, "Edit a part") if is_result_card else person.menu("Edit a part", message)
    grid = await private_answer(person, await ask)
    values = {str(cell) for cell in cells}
    await person.choose(grid, select_of(grid, "cells")["custom_id"], *values)
    return await person.see(channel, lambda m: m["id"] == grid["id"] and cells_of(m) == values, "the chosen cells")


def cells_of(grid: Json) -> set[str]:
    """Return what the grid shows as chosen."""
    return {option["value"] for option in select_of(grid, "cells")["options"] if option.get("default")}


def change(before: Image.Image, after: Image.Image) -> Edges | None:
    """Return the edges of what differs."""
    return ImageChops.difference(before, after).getbbox()


async def last_request(house: House) -> Json:
    bodies: list[Json] = [
        sent["body"] for sent in await house.control.record("wan") if sent["path"].endswith("/generation")
    ]
    return bodies[-1]


async def test_an_edit_of_a_part_changes_nothing_outside_its_box(boxed: House) -> None:
    ana, channel = await boxed.new_person(), await boxed.channel()
    first = await first_result(boxed, ana, channel, "an old house")

    grid = await grid_with(ana, channel, first, 12)
    await ana.press(grid, "Describe the change")
    await ana.wait(lambda state: bool(state["modals"]), "the form")
    await boxed.bot.kill()
    await boxed.bot.start()
    await ana.fill(words="a red roof")
    edited = await result(ana, channel, "a red roof")

    changed = change(await image_in(boxed, first), await image_in(boxed, edited))
    assert changed == ROOF
    sent = await last_request(boxed)
    assert (sent["model"], sent["parameters"]["bbox_list"]) == (BOXES, [[list(ROOF)]])
    assert "edited part: left" in text_of(edited)


async def test_what_an_edit_uses_is_shown_in_the_grid_and_in_the_form_of_its_prompt(boxed: House) -> None:
    ana, channel = await boxed.new_person(), await boxed.channel()
    first = await first_result(boxed, ana, channel, "a small harbor")
    grid = await grid_with(ana, channel, first, 12)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="a red boat")
    edited = await result(ana, channel, "a red boat")

    await ana.press(edited, "Edit prompt")
    fields = await form(ana)
    usual, other = fields["model"]["options"]
    await ana.fill(words="two red boats")
    changed = await result(ana, channel, "two red boats")

    assert "quota: 2½" in text_of(grid)
    assert "negative" not in fields
    assert (usual["value"], usual["default"]) == ("default", True)
    assert "quota: 2½" in usual["description"]
    assert (other["value"], "quota: 1 " in other["description"]) == ("wan2.6-image", True)
    assert all("used 2½ images of your quota" in text_of(shown) for shown in (edited, changed))


async def test_before_and_after_are_compared_in_private(boxed: House) -> None:
    ana, bo, channel = await boxed.new_person(), await boxed.new_person(), await boxed.channel()
    first = await first_result(boxed, ana, channel, "a quiet garden")
    grid = await grid_with(ana, channel, first, 12)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="a pond")
    edited = await result(ana, channel, "a pond")

    compared = await private_answer(bo, await bo.press(edited, "Compare images"))

    before, after = images_of(compared)
    framed = change(await image_in(boxed, first), await image_in(boxed, compared))
    assert compared["flags"] & EPHEMERAL
    assert after["url"] == images_of(edited)[0]["url"]
    assert before["url"] != after["url"]
    assert framed is not None


async def test_an_image_is_compared_by_its_poster_and_its_editor_alone_once_the_poster_forbids_edits(
    boxed: House,
) -> None:
    ana, bo, cy, channel = *[await boxed.new_person() for _ in range(3)], await boxed.channel()
    posted = await ana.say(channel, "my garden", [photo(size=(640, 640))])
    grid = await grid_with(bo, channel, await bo.see(channel, lambda m: m["id"] == posted, "the garden"), 12)
    await bo.press(grid, "Describe the change")
    await bo.fill(words="a heron")
    edited = await result(bo, channel, "a heron")
    before = await private_answer(cy, await cy.press(edited, "Compare images"))
    await private_answer(ana, await ana.slash(channel, "consent", edits="never"))

    answers = [await private_answer(one, await one.press(edited, "Compare images")) for one in (ana, bo, cy)]

    assert [len(images_of(answer)) for answer in (before, *answers)] == [2, 2, 2, 0]
    assert "The person who posted image 1 doesn't let others edit their images." in text_of(answers[2])


async def test_what_is_circled_on_a_copy_is_the_part_that_changes(boxed: House) -> None:
    ana, channel = await boxed.new_person(), await boxed.channel()
    first = await first_result(boxed, ana, channel, "a small harbor")
    copy = await image_in(boxed, first)
    ImageDraw.Draw(copy).ellipse(ROOF, None, "red", 16)
    out = io.BytesIO()
    copy.resize((700, 700)).save(out, "JPEG", quality=60)

    grid = await private_answer(ana, await ana.press(first, "Edit a part"))
    await ana.press(grid, "Describe the change")
    await ana.fill(words="a boat", more=[File("scribble.jpg", out.getvalue())])
    edited = await result(ana, channel, "a boat")

    changed = change(await image_in(boxed, first), await image_in(boxed, edited))
    assert changed is not None
    assert all(abs(found - wanted) <= 0.02 * SIDE for found, wanted in zip(changed, ROOF, strict=True))


async def test_without_a_model_for_boxes_the_place_is_sent_in_words(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a cottage", image1=photo(size=(1280, 1280)))
    first = await result(ana, channel, "a cottage")

    grid = await grid_with(ana, channel, first, 12)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="a green door")
    edited = await result(ana, channel, "a green door")

    sent = await last_request(house)
    text = next(item["text"] for item in sent["input"]["messages"][0]["content"] if "text" in item)
    assert text.startswith("a green door\nChange only the left part (20% to 40% of the width from the left")
    assert "bbox_list" not in sent["parameters"]
    assert "With the model here, your choice is added to the prompt" in text_of(grid)
    assert "edited part: left\n-# the part was added to the prompt" in text_of(edited)


async def test_a_model_that_is_switched_off_before_the_form_is_sent_is_not_used(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=MODELS) as own:
        ana, channel = await own.new_person(), await own.channel()
        first = await first_result(own, ana, channel, "an empty street")
        grid = await grid_with(ana, channel, first, 12)
        await own.bot.kill()
        own.bot.settings["MODELS"] = "wan2.6-image, wan2.6-t2i"
        await own.bot.start()

        await ana.press(grid, "Describe the change")
        await ana.fill(words="a tram")
        edited = await result(ana, channel, "a tram")

        sent = await last_request(own)
        assert (sent["model"], "bbox_list" in sent["parameters"]) == ("wan2.6-image", False)
        assert "edited part: left" in text_of(edited)


@pytest.mark.parametrize("place", [in_direct_messages, in_a_thread, in_a_server_without_the_bot], ids=named)
async def test_a_part_is_edited_wherever_the_bot_can_be_used(house: House, place: Place) -> None:
    ana, channel = await place(house)
    first = await first_result(house, ana, channel, "a bridge")

    grid = await grid_with(ana, channel, first, 1, 25)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="an arch")
    edited = await result(ana, channel, "an arch")
    compared = await private_answer(ana, await ana.press(edited, "Compare images"))

    assert "edited part: top left, bottom right" in text_of(edited)
    assert len(images_of(compared)) == 2


async def test_a_part_of_an_image_whose_owner_allows_no_edits_is_refused(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    posted = await bo.say(channel, "mine", [photo()])
    image = await ana.see(channel, lambda message: message["id"] == posted, "Bo's image")
    grid = await private_answer(ana, await ana.menu("Edit a part", image))
    await private_answer(bo, await bo.slash(channel, "consent", edits="never"))

    again = await private_answer(ana, await ana.menu("Edit a part", image))
    await ana.choose(grid, select_of(grid, "cells")["custom_id"], "1")
    chosen = await ana.see(channel, lambda m: m["id"] == grid["id"] and cells_of(m) == {"1"}, "the chosen cell")
    await ana.press(chosen, "Describe the change")
    refused = await private_answer(ana, await ana.fill(words="not mine"))

    assert all("doesn't let others edit" in text_of(answer) for answer in (again, refused))


def ends(words: str) -> Callable[[Json], bool]:
    """Return whether a message is the result of a prompt, or says that Wan refuses the model."""
    return lambda message: (is_result(message) and words in text_of(message)) or "isn't accepting" in text_of(message)


async def model_of(house: House, channel: str, message: Json, words: str) -> tuple[bool, str]:
    """Edit cell 12 of *message*. Return whether the grid names the price of BOXES, and the model that was asked."""
    person = await house.new_person()
    grid = await grid_with(person, channel, message, 12)
    await person.press(grid, "Describe the change")
    old = {message["id"] for message in await person.messages(channel)}
    await person.fill(words=words)
    await person.see(channel, lambda m: m["id"] not in old and ends(words)(m), "the end of the edit")
    return "quota: 2½ each" in text_of(grid), (await last_request(house))["model"]


async def test_a_part_is_edited_by_the_chosen_model_and_while_wan_refuses_others_by_any(tmp_path: Path) -> None:
    others = ("wan2.6-image", NEWER)
    async with house_in(tmp_path, MODELS=f"{MODELS}, {NEWER}", MEMBER_IMAGES_PER_DAY="20") as house:
        await house.finish_images()
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="a blue barn", model=BOXES)
        barn = await result(ana, channel, "a blue barn")
        usual = await first_result(house, ana, channel, "a blue boat")

        edits = [
            await model_of(house, channel, barn, "a gate"),
            await model_of(house, channel, usual, "a flag"),
        ]
        await house.control.post("/wan/settings", not_activated=",".join(others))
        edits += [await model_of(house, channel, usual, f"an anchor {number}") for number in range(3)]

    assert edits == [(True, BOXES), (False, NEWER), (False, NEWER), (False, "wan2.6-image"), (True, BOXES)]
