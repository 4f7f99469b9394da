"""Members edit a part of an image: with cells, with a circle on a copy, after a restart, and with made-up values."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image, ImageDraw

from cogs.interactions.context import READ_EVERY_S, READS
from cogs.interactions.read_limits import SHEET
from cogs.ui.part_choice import PartChoice
from imagegen.image_request import Box
from imagegen.model import Job
from imagegen.policy.parts import grid_for
from sandbox.people import EPHEMERAL, File, Json, Person, components_of, images_of, private_answer, text_of
from sandbox.wan.draw import draw
from tests.cogs.conftest import Room
from tests.cogs.interactions.test_private_replies import refuse_image
from tests.cogs.test_result_buttons import (
    forget_open_forms,
    form,
    message_ids,
    private_answer_after,
    purge_inputs,
    queued_job,
    set_read_history,
)

SCENE = draw("a lighthouse at night", 5, 800, 600)
LIT_AREA = Box(160, 120, 400, 360)


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def circled() -> bytes:
    """Return the scene at half its size, with LIT_AREA circled."""
    image = Image.open(io.BytesIO(SCENE)).convert("RGB")
    ImageDraw.Draw(image).ellipse((LIT_AREA.left, LIT_AREA.top, LIT_AREA.right, LIT_AREA.bottom), None, "red", 8)
    return png(image.resize((400, 300)))


async def posted(person: Person, channel: str, *images: bytes) -> Json:
    """Post a message with images, and return it."""
    files = [File(f"{number}.png", data) for number, data in enumerate(images, start=1)]
    message_id = await person.say(channel, "look", files)
    return next(message for message in await person.messages(channel) if message["id"] == message_id)


async def grid_over(person: Person, message: Json) -> Json:
    """Use the menu on a message, and return the private grid."""
    return await private_answer(person, await person.menu("Edit a part", message))


def select(message: Json, what: str) -> Json:
    return next(part for part in components_of(message) if f":{what}:" in part.get("custom_id", ""))


def chosen(message: Json) -> set[str]:
    return {option["value"] for option in select(message, "cells")["options"] if option.get("default")}


async def with_cells(person: Person, channel: str, grid: Json, *cells: int) -> Json:
    """Choose cells, and return the grid that shows them as chosen."""
    values = [str(cell) for cell in cells]
    await person.choose(grid, select(grid, "cells")["custom_id"], *values)
    return await person.see(
        channel, lambda seen: seen["id"] == grid["id"] and chosen(seen) == set(values), "the chosen cells"
    )


async def part_edit(room: Room, prompt: str) -> Job:
    return await queued_job(room, await room.queue_entry(prompt))


async def test_a_part_is_chosen_in_private_on_a_numbered_grid(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()

    grid = await grid_over(ana, await posted(ana, channel, SCENE))

    (image,) = images_of(grid)
    drawn = Image.open(io.BytesIO(await room.control.file(image["attachment_id"])))
    assert drawn.size == (800, 600)
    assert [option["value"] for option in select(grid, "cells")["options"]] == [str(cell) for cell in range(1, 25)]
    assert grid["flags"] & EPHEMERAL
    assert grid["id"] not in await message_ids(bo, channel)


async def test_chosen_cells_become_boxes_of_the_image_as_it_is_sent(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await with_cells(ana, channel, await grid_over(ana, await posted(ana, channel, SCENE)), 1, 2, 24)

    forget_open_forms(room)
    await ana.press(grid, "Describe the change")
    forget_open_forms(room)
    await ana.fill(words="a red roof")

    job = await part_edit(room, "a red roof")
    cells = grid_for(800, 600)
    assert job.request.boxes == (cells.boxes({1, 2, 24}),)
    assert job.input_count == 1


async def test_the_button_of_a_result_edits_its_image_and_names_it_as_parent(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await room.delivered(ana, channel, "a whole image")

    grid = await private_answer(bo, await bo.press(first, "Edit a part"))
    grid = await with_cells(bo, channel, grid, 13)
    await bo.press(grid, "Describe the change")
    await bo.fill(words="only the middle")

    job, parent = await part_edit(room, "only the middle"), await room.service.display.job_of_message(int(first["id"]))
    assert parent is not None
    assert (job.request.parent_id, str(job.requester.user_id)) == (parent.id, bo.id)
    assert job.request.boxes == (grid_for(1280, 1280).boxes({13}),)


async def edited_part(room: Room, person: Person, channel: str, prompt: str) -> Json:
    """Edit a part of an image, and return the result."""
    grid = await with_cells(person, channel, await grid_over(person, await posted(person, channel, SCENE)), 8)
    await person.press(grid, "Describe the change")
    await person.fill(words=prompt)
    await room.read_inputs(prompt)
    return await room.deliver(person, channel, prompt)


async def test_generate_again_and_edit_prompt_keep_to_the_part(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    first = await edited_part(room, ana, channel, "a chimney")

    await ana.press(first, "Generate again")
    again = await part_edit(room, "a chimney")
    await ana.press(first, "Edit prompt")
    await ana.fill(words="two chimneys")
    changed = await part_edit(room, "two chimneys")

    assert again.request.boxes == changed.request.boxes == (grid_for(800, 600).boxes({8}),)


async def test_before_and_after_needs_the_input_image_and_a_visible_result(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    first = await edited_part(room, ana, channel, "a stork")

    await set_read_history(room, bo, channel, allowed=False)
    unseen = await private_answer(bo, await bo.press(first, "Compare images"))
    await purge_inputs(room)
    gone = await private_answer(ana, await ana.press(first, "Compare images"))

    assert "can't see" in text_of(unseen)
    assert "The image before this edit is no longer stored. Your quota isn't affected." in text_of(gone)


async def test_a_circle_on_a_copy_becomes_a_box(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await grid_over(ana, await posted(ana, channel, SCENE))

    await ana.press(grid, "Describe the change")
    await ana.fill(words="a brighter light", more=[File("scribble.png", circled())])

    ((box,),) = (await part_edit(room, "a brighter light")).request.boxes
    assert abs(box.left - LIT_AREA.left) + abs(box.top - LIT_AREA.top) < 20
    assert abs(box.right - LIT_AREA.right) + abs(box.bottom - LIT_AREA.bottom) < 20


@pytest.mark.parametrize(
    ("copy", "why"),
    [(SCENE, "no marks"), (draw("a fox", 9, 640, 480), "another image"), (b"no image", "isn't an image")],
    ids=["no strokes", "another image", "no image"],
)
async def test_a_copy_without_strokes_is_refused_in_private_with_the_prompt(room: Room, copy: bytes, why: str) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    grid = await grid_over(ana, await posted(ana, channel, SCENE))
    before, public = await message_ids(ana, channel), await message_ids(bo, channel)

    await ana.press(grid, "Describe the change")
    await ana.fill(words="a long prompt", more=[File("copy.png", copy)])
    answer = await private_answer_after(ana, channel, before)

    assert why in text_of(answer)
    assert "a long prompt" in text_of(answer)
    assert await message_ids(bo, channel) == public
    assert await room.service.display.queue_entries() == ()


@pytest.mark.parametrize(
    ("copy", "why"),
    [
        (File("copy.mp4", b"\0" * 900), "The copy you attached isn't an image, whatever its name says."),
        (File("copy.png", draw("tiny", 1, 100, 75)), "The copy you attached has 100 × 75 pixels; each side needs 240."),
        (File("copy.png", SCENE), "I found no marks"),
    ],
    ids=["a video", "too small", "no strokes"],
)
async def test_a_refused_copy_is_replaced_in_the_form_of_the_part(room: Room, copy: File, why: str) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await grid_over(ana, await posted(ana, channel, SCENE))
    before = await message_ids(ana, channel)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="a star\n\ninstead of the lamp", more=[copy])
    refused = await private_answer_after(ana, channel, before)

    await ana.press(refused, "Describe the change")
    state = await ana.wait(lambda found: bool(found["modals"]), "the form")
    room.bot.context.reads._full_at_s.clear()  # as if some seconds had passed
    await ana.fill(more=[File("scribble.png", circled())])

    job = await part_edit(room, "a star\n\ninstead of the lamp")
    assert why in text_of(refused)
    assert [part["label"] for part in components_of(refused) if part["type"] == 2] == ["Describe the change"]
    assert state["modals"][-1]["title"] == "Edit a part"
    assert len(job.request.boxes[0]) == job.input_count == 1


async def test_a_copy_waits_for_its_turn_and_is_refused_with_its_prompt_only_if_that_is_far(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    message = await posted(ana, channel, SCENE)
    grids = [await grid_over(person, message) for person in (ana, bo)]
    reads, now_s = room.bot.context.reads, time.monotonic()
    reads._full_at_s[int(ana.id)] = now_s + (READS - SHEET) * READ_EVERY_S + 0.5  # half a second until her turn
    reads._full_at_s[int(bo.id)] = now_s + READS * READ_EVERY_S + 60.0

    for person, grid, prompt in zip((ana, bo), grids, ("soon", "much later"), strict=True):
        await person.press(grid, "Describe the change")
        answer = await person.fill(words=prompt, more=[File("scribble.png", circled())])

    refused = text_of(await private_answer(bo, answer))
    assert "doing that too fast" in refused
    assert "much later" in refused
    assert len((await part_edit(room, "soon")).request.boxes[0]) == 1


async def test_a_prompt_that_is_refused_comes_back_in_the_form_of_the_part(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await with_cells(ana, channel, await grid_over(ana, await posted(ana, channel, SCENE)), 8)
    before = await message_ids(ana, channel)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="like https://example.org/a.png")

    await ana.press(await private_answer_after(ana, channel, before), "Describe the change")
    await ana.fill(words="like a castle")

    assert (await part_edit(room, "like a castle")).request.boxes == (grid_for(800, 600).boxes({8}),)


async def test_one_of_several_images_is_chosen(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message = await posted(ana, channel, png(Image.new("RGB", (500, 500), "red")), SCENE)
    grid = await with_cells(ana, channel, await grid_over(ana, message), 1)

    await ana.choose(grid, select(grid, "image")["custom_id"], "2")
    second = await ana.see(channel, lambda seen: seen["id"] == grid["id"] and not chosen(seen), "the other grid")
    second = await with_cells(ana, channel, second, 24)
    await ana.press(second, "Describe the change")
    await ana.fill(words="of the second")

    (link,) = (await part_edit(room, "of the second")).request.images
    assert link.filename == "2.png"


async def test_the_images_of_a_second_message_keep_their_numbers(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    files = [File(f"wanvas-12-{number}.png", SCENE) for number in (7, 9)]
    message_id = await ana.say(channel, "look", files)
    message = next(message for message in await ana.messages(channel) if message["id"] == message_id)

    first = await grid_over(ana, message)
    chosen_cell = await with_cells(ana, channel, first, 1)

    for grid in (first, chosen_cell):
        assert [option["label"] for option in select(grid, "image")["options"]] == ["image 7", "image 9"]


async def test_a_grid_says_which_other_cells_its_boxes_cover(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await grid_over(ana, await posted(ana, channel, png(Image.new("RGB", (500, 500), "red"))))

    diagonal = await with_cells(ana, channel, grid, 1, 13, 19)
    square = await with_cells(ana, channel, diagonal, 1, 2, 6, 7)

    assert "cells you didn't choose may change too: 14, 18." in text_of(diagonal)
    assert "cells you didn't choose" not in text_of(square)


async def test_a_part_of_an_image_that_is_refused_later_is_not_edited_on_another_image(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    grid = await with_cells(ana, channel, await grid_over(ana, await posted(ana, channel, SCENE)), 8)
    await ana.press(grid, "Describe the change")
    await ana.fill(words="like a mill")
    await refuse_image(room, "like a mill")
    refusal = await ana.see(channel, lambda seen: "isn't an image" in text_of(seen), "the refusal")

    answer = text_of(await private_answer(ana, await ana.press(refusal, "Choose images")))

    assert "Use Edit a part on another image." in answer
    assert "like a mill" in answer


async def test_a_blocked_member_marks_nothing(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message = await posted(ana, channel, SCENE)
    grid = await grid_over(ana, message)
    server_id = int(next(iter(room.box.world.servers)))  # other tests may have made further servers
    await room.service.server_admin.block(server_id, int(ana.id), True, user_id=int(ana.id))

    again = text_of(await grid_over(ana, message))
    await ana.press(grid, "Describe the change")
    copied = await private_answer(ana, await ana.fill(words="a hut", more=[File("no image.png", b"no image")]))

    assert "A manager has blocked you" in again
    assert "A manager has blocked you" in text_of(copied)


async def test_a_hidden_image_stays_hidden(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message_id = await ana.say(channel, "look", [File("SPOILER_1.png", SCENE)])
    message = next(message for message in await ana.messages(channel) if message["id"] == message_id)

    grid = await with_cells(ana, channel, await grid_over(ana, message), 3)

    (gallery,) = (part for part in components_of(grid) if part["type"] == 12)
    assert gallery["items"][0]["spoiler"] is True


async def test_a_message_without_an_image_has_no_grid(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message_id = await ana.say(channel, "no image")
    message = next(message for message in await ana.messages(channel) if message["id"] == message_id)

    assert "no image in that message" in text_of(await grid_over(ana, message))


def choice_id(message: Json, what: str, **changes: Any) -> str:
    fields: dict[str, Any] = {
        "message_id": int(message["id"]),
        "position": 1,
        "numbers": (1,),
        "width_px": 800,
        "height_px": 600,
    } | changes
    return PartChoice(**fields).custom_id(what)


async def hidden_message(room: Room, ana: Person, bo: Person) -> tuple[str, Json]:
    """Return a channel that *bo* cannot see, and a message in it."""
    channel = await room.channel()
    message = await posted(ana, channel, SCENE)
    await room.control.post(
        "/overwrites", channel=room.channel_id(channel), target=bo.id, deny=["VIEW_CHANNEL", "READ_MESSAGE_HISTORY"]
    )
    return channel, message


async def test_a_made_up_id_shows_no_image_that_the_member_cannot_see(room: Room) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    _, hidden = await hidden_message(room, ana, bo)
    entries = await room.service.display.queue_entries()
    before = await message_ids(bo, channel)
    form_id = PartChoice(int(hidden["id"]), 1, (1,), 800, 600, frozenset({1})).form_id(1 << 40)
    await bo.forge(channel, 5, **form(form_id, words="stolen"))

    assert "can't see" in text_of(await private_answer_after(bo, channel, before))
    assert await room.service.display.queue_entries() == entries


@pytest.mark.parametrize(
    "changes",
    [{"position": 9}, {"position": 0}, {"cells": frozenset()}],
    ids=["an image that is not there", "number 0", "neither cells nor a copy"],
)
async def test_a_made_up_form_is_refused_with_its_text(room: Room, changes: dict[str, Any]) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message = await posted(ana, channel, SCENE)
    before = await message_ids(ana, channel)
    fields: dict[str, Any] = {"position": 1, "cells": frozenset({1})} | changes
    form_id = PartChoice(int(message["id"]), numbers=(1,), width_px=800, height_px=600, **fields).form_id(1 << 40)

    await ana.forge(channel, 5, **form(form_id, words="typed in vain"))

    assert "typed in vain" in text_of(await private_answer_after(ana, channel, before))


async def test_made_up_cells_and_sizes_do_no_harm(room: Room) -> None:
    ana, channel = await room.new_person(), await room.channel()
    message = await posted(ana, channel, SCENE)
    grid = await grid_over(ana, message)

    values = ["0", "25", "99", "٣", "x" * 90, "7", "7"]
    await ana.forge(channel, 3, grid, custom_id=choice_id(message, "cells"), component_type=3, values=values)
    shown = await ana.see(channel, lambda seen: seen["id"] == grid["id"] and bool(chosen(seen)), "the chosen cell")
    made_up = f"w1:part:form:{message['id']}:01:99:9999x100:fffffff:{1 << 40:x}"
    await ana.forge(channel, 5, **form(made_up, words="made up"))

    assert chosen(shown) == {"7"}
    assert (await part_edit(room, "made up")).request.boxes == ((Box(0, 0, 9999, 100),),)
