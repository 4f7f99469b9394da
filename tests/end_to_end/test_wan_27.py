"""What only Wan 2.7 has reaches the image and the bill: sets, palettes, thinking, 4K and more aspect ratios."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
from PIL import Image

from cogs.ui.form_choices import ASPECT_RATIOS
from imagegen.image_request import AspectRatio
from imagegen.wan.requests import SYNC_PATH, TASK_PATH
from sandbox.people import Json, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, ours, photo, result, says
from tests.end_to_end.test_models import form
from tests.end_to_end.test_story import left, left_becomes

MODELS = "wan2.6-t2i, wan2.6-image, wan2.7-image, wan2.7-image-pro, qwen-image-2.0, z-image-turbo"


@pytest.fixture(scope="module")
async def offered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house whose bot offers Wan 2.7."""
    settings = {"MEMBER_IMAGES_PER_DAY": "1000", "PERSON_IMAGES_PER_DAY": "1000", "BUDGET_USD_PER_DAY": "500"}
    async with house_in(tmp_path_factory.mktemp("wan27"), MODELS=MODELS, **settings) as found:
        await found.control.post("/wan/settings", delay_s=0.0)
        yield found


async def sent(house: House, prompt: str) -> Json:
    """Return the body of the request with this prompt, as the local Wan got it."""
    found = [entry["body"] for entry in await house.control.record("wan") if prompt in str(entry.get("body"))]
    (body,) = found
    return dict(body)


def ledger_microusd(house: House) -> int:
    """Return what the ledger counts as spent, in micro-dollars."""
    path = house.bot.environment()["DATABASE_URL"].removeprefix("sqlite:///")
    query = "SELECT sum(amount + adjustment) FROM ledger WHERE name = 'budget_month' AND entry = 'settle'"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        (spent,) = db.execute(query).fetchone()
    return int(spent or 0)


async def test_a_set_of_twelve_uses_the_quota_and_the_bill_of_twelve(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    before, billed = await left(ana, channel), await offered.control.bill()
    await offered.control.post("/wan/settings", set_images=12)

    await ana.slash(channel, "imagine", prompt="twelve months", set=12)
    await result(ana, channel, "12 of up to 12 images, 12 used")

    first, second = await ours(offered, ana, channel)
    assert [len(images_of(message)) for message in (first, second)] == [6, 6]
    assert (await sent(offered, "twelve months"))["parameters"]["enable_sequential"] is True
    await left_becomes(ana, channel, before - 12)
    assert await offered.control.bill() == billed + 12


async def test_a_set_with_fewer_images_uses_the_quota_of_those_that_came(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    before, billed, spent = await left(ana, channel), await offered.control.bill_microusd(), ledger_microusd(offered)
    await offered.control.post("/wan/settings", set_images=5)

    await ana.slash(channel, "imagine", prompt="as many as it takes", set=12)
    shown = await result(ana, channel, "as many as it takes")

    assert len(images_of(shown)) == 5
    assert "5 of up to 12 images, 5 used" in text_of(shown)
    await left_becomes(ana, channel, before - 5)
    assert await offered.control.bill_microusd() == billed + 5 * 30_000
    assert ledger_microusd(offered) == spent + 5 * 30_000


async def test_a_set_can_begin_with_images_and_its_lost_image_uses_no_quota(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    before, billed = await left(ana, channel), await offered.control.bill()
    await offered.control.post("/wan/settings", set_images=3)
    await offered.control.arm("expired_link")

    await ana.slash(channel, "imagine", prompt="the same cat, four times", image1=photo(), image2=photo(), set=4)
    shown = await result(ana, channel, "the same cat, four times")

    body = await sent(offered, "the same cat, four times")
    assert len(images_of(shown)) == 2
    assert "2 of up to 4 images, 2 used" in text_of(shown)
    assert "image 1 couldn't be downloaded, so it didn't use your quota" in text_of(shown)
    assert [*body["input"]["messages"][0]["content"][0]] == ["image"]
    assert body["model"] == "wan2.7-image"
    assert "thinking_mode" not in body["parameters"]
    await left_becomes(ana, channel, before - 2)
    assert await offered.control.bill() == billed + 3


async def test_a_set_over_two_messages_can_be_continued(offered: House) -> None:
    ana, bo, channel = await offered.new_person(), await offered.new_person(), await offered.channel()
    await offered.control.post("/wan/settings", set_images=11)
    await ana.slash(channel, "imagine", prompt="eleven lighthouses", set=11)
    last = await result(ana, channel, "11 of up to 11 images")
    await offered.control.post("/wan/settings", set_images=2)
    first = next(message for message in await ours(offered, ana, channel) if message["id"] != last["id"])

    await bo.press(last, "Generate again")
    again = await result(bo, channel, "2 of up to 11 images")
    await ana.press(last, "Edit prompt")
    await ana.fill(words="four lighthouses", count=["4"])
    changed = await result(ana, channel, "2 of up to 4 images")
    await bo.press(first, "Edit image")
    await bo.fill(words="at night", which=["1"])
    edited = await result(bo, channel, "at night")
    details = text_of(await private_answer(bo, await bo.press(last, "Details")))
    history = await private_answer(bo, await bo.press(edited, "History"))
    (step,) = (part for part in components_of(history) if part["type"] == 3)
    await bo.choose(history, step["custom_id"], step["options"][0]["value"])
    from_history = (await form(bo))["which"]["options"]
    await ana.press(last, "Delete")

    assert [option["label"] for option in from_history] == [f"image {number}" for number in range(1, 12)]
    assert "eleven lighthouses" in text_of(again)
    assert "four lighthouses" in text_of(changed)
    assert len(images_of(edited)) == 1
    assert "Image set: 11 of up to 11 images" in details
    assert len([part for part in images_of(history)]) == 1
    gone = {first["id"], last["id"]}
    await ana.wait(lambda state: not gone & {m["id"] for found in state["messages"].values() for m in found}, "its end")


async def test_a_set_whose_bot_was_killed_at_its_second_message_arrives_once(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    before, billed = await left(ana, channel), await offered.control.bill()
    await offered.control.post("/wan/settings", set_images=12)
    channel_id = next(found.id for found in offered.sandbox.world.channels.values() if found.name == channel)
    await offered.control.arm("slow_body", match=f"POST /api/v10/channels/{channel_id}/messages", seconds=60.0)

    await ana.slash(channel, "imagine", prompt="a power cut", set=12)
    await ana.see(channel, says("12 of up to 12 images"), "the second message")
    await offered.bot.kill()
    await offered.bot.start()

    await left_becomes(ana, channel, before - 12)
    assert [len(images_of(message)) for message in await ours(offered, ana, channel)] == [6, 6]
    assert await offered.control.bill() == billed + 12


async def test_the_colors_of_a_palette_fill_the_image_by_their_shares(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()

    await ana.slash(channel, "imagine", prompt="in our colors", palette="#C2D1E6 50%, teal, Gold 20%")
    shown = await result(ana, channel, "in our colors")
    details = text_of(await private_answer(ana, await ana.press(shown, "Details")))

    parameters = (await sent(offered, "in our colors"))["parameters"]
    assert parameters["color_palette"] == [
        {"hex": "#C2D1E6", "ratio": "50.00%"}, {"hex": "#008080", "ratio": "30.00%"},
        {"hex": "#FFD700", "ratio": "20.00%"},
    ]  # fmt: skip
    assert parameters["thinking_mode"] is True
    shares = await color_shares(offered, shown)
    for color, share in ((0xC2D1E6, 0.5), (0x008080, 0.3), (0xFFD700, 0.2)):
        assert shares[color] == pytest.approx(share, abs=0.08)
    assert "Palette: #C2D1E6 50%, teal 30%, gold 20%" in details


async def color_shares(house: House, message: Json) -> dict[int, float]:
    """Return for each color of a result, as 0xRRGGBB, its share of the pixels."""
    (image,) = images_of(message)
    pixels = Image.open(io.BytesIO(await house.control.file(image["attachment_id"]))).convert("RGB")
    data = pixels.tobytes()
    counts = Counter(zip(data[::3], data[1::3], data[2::3], strict=True))
    return {int.from_bytes(bytes(color), "big"): n / counts.total() for color, n in counts.items()}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"palette": "red, blu, teal"}, "I can't read color 2 of your palette."),
        ({"palette": "red, blue"}, "Your palette has 2 different colors, and a palette has 3 to 10."),
        ({"palette": "red, blue, teal", "set": 4}, "palette"),
        ({"palette": "red, blu", "set": 4}, "I can't read color 2 of your palette."),
    ],
)
async def test_a_palette_that_cannot_be_used_is_refused_before_it_costs_something(
    offered: House, options: dict[str, Any], words: str
) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    billed = await offered.control.bill()

    answer = await private_answer(ana, await ana.slash(channel, "imagine", prompt="a harbor", **options))

    assert words in text_of(answer)
    assert "It didn't use your quota." in text_of(answer)
    assert "a harbor" in text_of(answer)
    assert ("Edit prompt" in text_of(answer)) is ("set" not in options)  # no form has a set with a palette
    assert await offered.control.bill() == billed


async def test_a_refused_palette_is_mended_in_a_form_that_has_it(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    asked = await ana.slash(channel, "imagine", prompt="two\n\nlines", palette="red, blu, teal", count=2)

    refused = await private_answer(ana, asked)
    await ana.press(refused, "Edit prompt")
    state = await ana.wait(lambda found: bool(found["modals"]), "a form")
    await ana.fill(words="two barges", palette="red 50%\nblue\nteal")
    shown = await result(ana, channel, "two barges")

    assert "```\ntwo\n\nlines\n\nred, blu, teal\n```" in text_of(refused)
    assert '"value": "two\\n\\nlines"' in json.dumps(state["modals"])
    assert '"value": "red, blu, teal"' in json.dumps(state["modals"])
    assert len(images_of(shown)) == 2
    palette = (await sent(offered, "two barges"))["parameters"]["color_palette"]
    assert [color["ratio"] for color in palette] == ["50.00%", "25.00%", "25.00%"]


async def test_a_count_beside_a_set_is_refused_and_not_dropped(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()

    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="which number", set=3, count=2))

    assert "No model here combines count with an image set. It didn't use your quota." in text_of(refused)
    assert "Leave one of them out." in text_of(refused)
    assert "which number" in text_of(refused)


async def test_a_refused_set_stays_a_set_in_its_form(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    await offered.control.post("/wan/settings", set_images=3)
    asked = await ana.slash(channel, "imagine", prompt="as on https://example.org/a.png", set=12)

    await ana.press(await private_answer(ana, asked), "Edit prompt")
    await ana.fill(words="as on the postcard")
    await result(ana, channel, "3 of up to 12 images, 3 used")

    assert (await sent(offered, "as on the postcard"))["parameters"]["n"] == 12


async def test_a_palette_colors_an_edit_and_is_kept_by_a_repeat(offered: House) -> None:
    ana, bo, channel = await offered.new_person(), await offered.new_person(), await offered.channel()
    await ana.slash(channel, "imagine", prompt="our boat", image1=photo(), palette="red, teal, gold 50%")
    first = await result(ana, channel, "our boat")

    await bo.press(first, "Generate again")
    await bo.see(channel, lambda m: is_result(m) and m["id"] != first["id"], "another image")

    bodies = [entry["body"] for entry in await offered.control.record("wan") if "our boat" in str(entry.get("body"))]
    assert [body["model"] for body in bodies] == ["wan2.7-image"] * 2
    assert bodies[0]["parameters"]["color_palette"] == bodies[1]["parameters"]["color_palette"]
    assert ["thinking_mode" in body["parameters"] for body in bodies] == [False, False]


@pytest.mark.parametrize(("thinking", "path"), [(True, TASK_PATH), (False, SYNC_PATH)])
async def test_thinking_is_sent_as_a_task_and_named_in_the_details(offered: House, thinking: bool, path: str) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    prompt = f"a riddle, {thinking}"

    await ana.slash(channel, "imagine", prompt=prompt, thinking=thinking, model="wan2.7-image")
    shown = await result(ana, channel, prompt)
    details = text_of(await private_answer(ana, await ana.press(shown, "Details")))

    (entry,) = [entry for entry in await offered.control.record("wan") if prompt in str(entry.get("body"))]
    assert entry["body"]["parameters"]["thinking_mode"] is thinking
    assert entry["path"].endswith(path)
    assert f"Thinking: {'on' if thinking else 'off'}" in details


@pytest.mark.parametrize("options", [{"set": 3}, {"image1": photo()}])
async def test_thinking_is_refused_where_no_model_thinks(offered: House, options: dict[str, Any]) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    billed = await offered.control.bill()

    answer = await private_answer(ana, await ana.slash(channel, "imagine", prompt="hmm", thinking=True, **options))

    assert "thinking" in text_of(answer)
    assert await offered.control.bill() == billed


async def test_4k_is_generated_by_the_model_that_has_it_and_arrives_in_its_size(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()

    await ana.slash(channel, "imagine", prompt="every leaf", quality="4k", aspect_ratio="wide")
    shown = await result(ana, channel, "every leaf")

    body = await sent(offered, "every leaf")
    width, height = map(int, body["parameters"]["size"].split("*"))
    (image,) = images_of(shown)
    assert body["model"] == "wan2.7-image-pro"
    assert width * height == pytest.approx(4096 * 4096, rel=0.02)
    assert Image.open(io.BytesIO(await offered.control.file(image["attachment_id"]))).size == (width, height)
    assert f"{width} × {height}" in text_of(shown)


async def test_larger_offers_each_size_with_what_it_uses(offered: House) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    await ana.slash(channel, "imagine", prompt="a wide bay", model="wan2.7-image-pro")
    first = await result(ana, channel, "a wide bay")

    offer = await private_answer(ana, await ana.press(first, "Larger"))
    await ana.press(offer, "4K")
    larger = await ana.see(channel, lambda m: is_result(m) and m["id"] != first["id"], "the larger image")

    assert "**High quality** uses 2½ images of your quota.\n**4K** uses 2½ images of your quota." in text_of(offer)
    assert "4096 × 4096" in text_of(larger)
    assert "larger size" in text_of(larger)


@pytest.mark.parametrize(("name", "ratio"), [("photo", 3 / 2), ("photo_portrait", 2 / 3), ("cinema", 21 / 9)])
async def test_the_aspect_ratios_of_photos_and_cinema_reach_the_image(offered: House, name: str, ratio: float) -> None:
    ana, channel = await offered.new_person(), await offered.channel()
    models = ("wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro", "qwen-image-2.0", "z-image-turbo")

    for model in models:
        await ana.slash(
            channel, "imagine", prompt=f"{ratio:.2f} by {model}", model=model, aspect_ratio=name, enhance=False
        )
    shown = await asyncio.gather(*(result(ana, channel, f"{ratio:.2f} by {model}") for model in models))

    for message in shown:
        (image,) = images_of(message)
        width, height = Image.open(io.BytesIO(await offered.control.file(image["attachment_id"]))).size
        assert width / height == pytest.approx(ratio, rel=0.02)
        assert f"{width} × {height}" in text_of(message)
    details = text_of(await private_answer(ana, await ana.press(shown[0], "Details")))
    assert ASPECT_RATIOS[AspectRatio(name)] in details
