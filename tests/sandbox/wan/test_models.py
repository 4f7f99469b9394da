"""Each model of the local Wan takes what is documented for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.wan.house import SYNC, House, Json, body, picture

PRO = "wan2.7-image-pro"


def seven(pictures: int = 0, **changes: Any) -> Json:
    content: list[Json] = [{"text": "a lighthouse"}, *[{"image": picture()}] * pictures]
    return body(**{"model": "wan2.7-image", "content": content, "size": "1K", **changes})


def palette(*shares: str, hex_: str = "#10243e") -> list[Json]:
    return [{"hex": hex_, "ratio": share} for share in shares]


THIRDS = palette("33.33%", "33.33%", "33.34%")


@pytest.mark.parametrize(
    "asked",
    [
        seven(),
        seven(9),
        seven(size="1536*768"),
        seven(size="2160*288"),
        seven(2, bbox_list=[[[0, 0, 10, 10]], []]),
        seven(color_palette=THIRDS),
        seven(thinking_mode=False),
        # Of other models, and so not known to this one.
        seven(enable_interleave=True, prompt_extend="x", stream="x", max_images=99),
    ],
)
async def test_what_is_documented_of_2_7_is_taken(house: House, asked: Json) -> None:
    status, answer = await house.post(asked)

    assert status == 200, answer
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (18790, 2)


@pytest.mark.parametrize(
    "asked",
    [
        seven(10),
        seven(n=5),
        seven(n=13, enable_sequential=True),
        seven(size="4K"),
        seven(1, model=PRO, size="4K"),
        seven(model=PRO, size="4K", enable_sequential=True),
        seven(size="4096*4096"),
        seven(size="2448*272"),
        seven(thinking_mode="yes"),
        seven(2, bbox_list=[[[0, 0, 10, 10]]]),
        seven(1, bbox_list=[[[0, 0, 10, 10]] * 3]),
        seven(1, bbox_list=[[[0, 0, 10]]]),
        seven(color_palette=palette("50.00%", "50.00%")),
        seven(color_palette=palette("33.33%", "33.33%", "33.33%")),
        seven(color_palette=palette("33.33%", "33.33%", "33.34%", hex_="red")),
        seven(color_palette=THIRDS, enable_sequential=True, n=1),
        seven(1, content=[{"text": "x"}, {"image": picture((4000, 400))}]),
    ],
)
async def test_what_is_not_documented_of_2_7_is_an_invalid_parameter(house: House, asked: Json) -> None:
    status, answer = await house.post(asked)

    assert (status, answer["code"]) == (400, "InvalidParameter")


async def test_the_size_of_2_7_is_2k_by_itself_and_square_without_a_picture(house: House) -> None:
    sizes = []
    for pictures in (0, 1):
        asked = seven(pictures)
        del asked["parameters"]["size"]
        sizes.append((await house.post(asked))[1]["usage"]["size"])

    assert sizes == ["2048*2048", "2368*1776"]


async def test_only_pro_draws_4k(house: House) -> None:
    _, answer = await house.post(seven(model=PRO, size="4K"))

    drawn = await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])
    assert (answer["usage"]["size"], drawn.size) == ("4096*4096", (4096, 4096))


@pytest.mark.parametrize(("sequential", "made"), [(False, 4), (True, 12)])
async def test_n_left_out_makes_four_of_2_7_and_twelve_of_a_sequence(house: House, sequential: bool, made: int) -> None:
    asked = seven(enable_sequential=sequential, size="768*768")
    del asked["parameters"]["n"]

    _, answer = await house.post(asked)

    assert (answer["usage"]["image_count"], house.wan.bill()["images"]) == (made, made)


@pytest.mark.parametrize("size", ["1104*1472", "960*1696", "768*2700", "1440*1440"])
async def test_the_recommended_sizes_of_words_are_taken_though_some_lie_below_the_bound(
    house: House, size: str
) -> None:
    status, _ = await house.post(body(model="wan2.6-t2i", content=[{"text": "x"}], size=size))

    assert status == 200


@pytest.mark.parametrize("size", ["1024*1024", "1280*720", "2048*2048", "1K"])
async def test_a_size_of_the_edit_mode_may_be_none_of_words(house: House, size: str) -> None:
    status, _ = await house.post(body(model="wan2.6-t2i", content=[{"text": "x"}], size=size))

    assert status == 400


async def test_sizes_are_rounded_to_sixteen_and_drawn_so(house: House) -> None:
    _, answer = await house.post(body(size="1201*799"))

    drawn = await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])
    assert (answer["usage"]["size"], drawn.size) == ("1200*800", (1200, 800))


@pytest.mark.parametrize(("model", "most"), [("wan2.6-t2i", 2100), ("wan2.7-image", 5000)])
async def test_words_beyond_the_limit_are_cut_in_silence(house: House, model: str, most: int) -> None:
    async def drawn(length: int) -> bytes:
        text = "灯" * (length - 1) + "x" * (length > most - 1)
        _, answer = await house.post(body(model=model, content=[{"text": text}], seed=1, size="1280*1280"))
        return (await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])).tobytes()

    whole, longer = await drawn(most), await drawn(most + 50)

    async with house.send("POST", SYNC, body(negative_prompt="x" * 501)) as answer:
        assert answer.status == 200
    assert whole != longer  # the letter at the limit differs
    assert longer == await drawn(most + 60)


async def test_unknown_parameters_are_ignored(house: House) -> None:
    status, _ = await house.post(body(is_async=True, sparkle={"a": 1}))

    assert status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"watermark": 1},
        {"prompt_extend": "no"},
        {"enable_interleave": "true"},
        {"n": True},
        {"n": "1"},
        {"seed": 2**31},
        {"negative_prompt": 1},
    ],
)
async def test_a_parameter_of_another_type_is_an_invalid_parameter(house: House, wrong: Json) -> None:
    status, answer = await house.post(body(**wrong))

    assert (status, answer["code"]) == (400, "InvalidParameter")


async def test_the_watermark_can_be_seen(house: House) -> None:
    drawn = []
    for watermark in (False, True):
        _, answer = await house.post(body(watermark=watermark, seed=1))
        drawn.append(await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"]))

    width, height = drawn[0].size
    upper = (0, 0, width, height // 2)
    assert drawn[0].tobytes() != drawn[1].tobytes()
    assert drawn[0].crop(upper).tobytes() == drawn[1].crop(upper).tobytes()


@pytest.mark.parametrize("model", ["wan2.5-t2i-preview", "wanx2.1-t2i-turbo", "wan2.2-t2i-flash"])
async def test_an_older_model_has_another_address(house: House, model: str) -> None:
    status, answer = await house.post(body(model=model))

    assert (status, answer["code"], answer["message"]) == (400, "InvalidParameter", "url error, please check url！")


async def test_a_model_is_refused_at_the_address_of_older_ones(house: House) -> None:
    _, answer = await house.post(body(), "/services/aigc/image2image/image-synthesis")

    assert answer["message"] == "url error, please check url！"
