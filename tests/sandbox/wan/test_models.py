"""Each model of the local Wan accepts what is documented for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.wan.house import SYNC, House, Json, body, data_uri

PRO = "wan2.7-image-pro"


def wan_27(images: int = 0, **changes: Any) -> Json:
    content: list[Json] = [{"text": "a lighthouse"}, *[{"image": data_uri()}] * images]
    return body(**{"model": "wan2.7-image", "content": content, "size": "1K", **changes})


def palette(*shares: str, hex_: str = "#10243e") -> list[Json]:
    return [{"hex": hex_, "ratio": share} for share in shares]


THIRDS = palette("33.33%", "33.33%", "33.34%")


@pytest.mark.parametrize(
    "payload",
    [
        wan_27(),
        wan_27(9),
        wan_27(size="1536*768"),
        wan_27(size="2160*288"),
        wan_27(2, bbox_list=[[[0, 0, 10, 10]], []]),
        wan_27(color_palette=THIRDS),
        wan_27(thinking_mode=False),
        # Parameters of other models, which this one ignores.
        wan_27(enable_interleave=True, prompt_extend="x", stream="x", max_images=99),
    ],
)
async def test_documented_parameters_of_2_7_are_accepted(house: House, payload: Json) -> None:
    status, answer = await house.post(payload)

    assert status == 200, answer
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (18790, 2)


@pytest.mark.parametrize(
    "payload",
    [
        wan_27(10),
        wan_27(n=5),
        wan_27(n=13, enable_sequential=True),
        wan_27(size="4K"),
        wan_27(1, model=PRO, size="4K"),
        wan_27(model=PRO, size="4K", enable_sequential=True),
        wan_27(size="4096*4096"),
        wan_27(size="2448*272"),
        wan_27(thinking_mode="yes"),
        wan_27(2, bbox_list=[[[0, 0, 10, 10]]]),
        wan_27(1, bbox_list=[[[0, 0, 10, 10]] * 3]),
        wan_27(1, bbox_list=[[[0, 0, 10]]]),
        wan_27(color_palette=palette("50.00%", "50.00%")),
        wan_27(color_palette=palette("33.33%", "33.33%", "33.33%")),
        wan_27(color_palette=palette("33.33%", "33.33%", "33.34%", hex_="red")),
        wan_27(color_palette=THIRDS, enable_sequential=True, n=1),
        wan_27(1, content=[{"text": "x"}, {"image": data_uri((4000, 400))}]),
    ],
)
async def test_undocumented_values_of_2_7_are_an_invalid_parameter(house: House, payload: Json) -> None:
    status, answer = await house.post(payload)

    assert (status, answer["code"]) == (400, "InvalidParameter")


async def test_the_default_size_of_2_7_is_2k_and_square_without_an_image(house: House) -> None:
    sizes = []
    for images in (0, 1):
        payload = wan_27(images)
        del payload["parameters"]["size"]
        sizes.append((await house.post(payload))[1]["usage"]["size"])

    assert sizes == ["2048*2048", "2368*1776"]


async def test_only_pro_generates_4k(house: House) -> None:
    _, answer = await house.post(wan_27(model=PRO, size="4K"))

    drawn = await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])
    assert (answer["usage"]["size"], drawn.size) == ("4096*4096", (4096, 4096))


@pytest.mark.parametrize(("sequential", "made"), [(False, 4), (True, 12)])
async def test_without_n_2_7_generates_four_images_and_a_sequence_twelve(
    house: House, sequential: bool, made: int
) -> None:
    house.wan.set(set_images=12)
    payload = wan_27(enable_sequential=sequential, size="768*768")
    del payload["parameters"]["n"]

    _, answer = await house.post(payload)

    assert (answer["usage"]["image_count"], house.wan.bill()["images"]) == (made, made)


@pytest.mark.parametrize("size", ["1104*1472", "960*1696", "768*2700", "1440*1440"])
async def test_recommended_sizes_of_text_to_image_are_accepted_even_below_the_bound(house: House, size: str) -> None:
    status, _ = await house.post(body(model="wan2.6-t2i", content=[{"text": "x"}], size=size))

    assert status == 200


@pytest.mark.parametrize("size", ["1024*1024", "1280*720", "2048*2048", "1K"])
async def test_a_size_of_the_edit_mode_may_be_invalid_for_text_to_image(house: House, size: str) -> None:
    status, _ = await house.post(body(model="wan2.6-t2i", content=[{"text": "x"}], size=size))

    assert status == 400


async def test_sizes_are_rounded_to_sixteen_pixels(house: House) -> None:
    _, answer = await house.post(body(size="1201*799"))

    drawn = await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])
    assert (answer["usage"]["size"], drawn.size) == ("1200*800", (1200, 800))


@pytest.mark.parametrize(("model", "most"), [("wan2.6-t2i", 2100), ("wan2.7-image", 5000)])
async def test_a_prompt_over_the_limit_is_cut_without_an_error(house: House, model: str, most: int) -> None:
    async def drawn(length: int) -> bytes:
        text = "灯" * (length - 1) + "x" * (length > most - 1)
        _, answer = await house.post(body(model=model, content=[{"text": text}], seed=1, size="1280*1280"))
        return (await house.drawn(answer["output"]["choices"][0]["message"]["content"][0]["image"])).tobytes()

    whole, longer = await drawn(most), await drawn(most + 50)

    async with house.send("POST", SYNC, body(negative_prompt="x" * 501)) as answer:
        assert answer.status == 200
    assert whole != longer  # the character at the limit differs
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


async def test_the_watermark_is_visible(house: House) -> None:
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


async def test_a_model_is_refused_at_the_address_of_older_models(house: House) -> None:
    _, answer = await house.post(body(), "/services/aigc/image2image/image-synthesis")

    assert answer["message"] == "url error, please check url！"
