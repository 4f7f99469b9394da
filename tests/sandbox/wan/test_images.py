"""The local Wan decodes its input images."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.imagegen.imaging.bombs import png_bomb
from tests.sandbox.wan.house import House, Json, body, data_uri, png

RESOLVES = {"X-DashScope-OssResourceResolve": "enable"}


def edit(image: str, **changes: Any) -> Json:
    return body(content=[{"text": "make it night"}, {"image": image}], **changes)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP"])
async def test_the_four_documented_formats_are_accepted(house: House, kind: str) -> None:
    status, _ = await house.post(edit(data_uri(kind=kind)))

    assert status == 200


BOMB = "data:image/png;base64," + base64.b64encode(png_bomb(14_200)).decode()  # claims to be 200 megapixels
GIF = "data:image/png;base64," + base64.b64encode(png(kind="GIF")).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        GIF,
        data_uri(kind="GIF"),
        data_uri((239, 300)),
        data_uri((300, 8001)),
        data_uri()[:-400],
        data_uri() + "!",
        "data:image/png;base64,AAAA",
        "data:text/plain;base64,AAAA",
        "data:image/png," + data_uri().partition(",")[2],
        "data:image/png;base64," + "A" * 10_485_760,
        BOMB,
    ],
    ids=["a gif named png", "gif", "narrow", "tall", "cut", "not base64", "nothing", "text", "not encoded", "heavy",
         "bomb"],
)  # fmt: skip
async def test_an_invalid_image_is_an_invalid_parameter(house: House, wrong: str) -> None:
    status, answer = await house.post(edit(wrong))

    assert (status, answer["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(("alpha", "status"), [("refuse", 400), ("flatten", 200)])
async def test_a_transparent_image_is_refused_or_flattened_as_set(house: House, alpha: str, status: int) -> None:
    house.wan.set(alpha=alpha)

    assert (await house.post(edit(data_uri(mode="RGBA"))))[0] == status


async def test_a_temporary_upload_needs_its_header_and_leads_nowhere(house: House) -> None:
    _, without = await house.post(edit("oss://dashscope/x.png"))
    _, with_it = await house.post(edit("oss://dashscope/x.png"), **RESOLVES)

    assert without["code"] == "InvalidParameter.DataInspection"
    assert "the sandbox has no temporary uploads" in with_it["message"]


async def test_a_result_can_be_an_input_image_by_its_link_until_it_expires(house: House) -> None:
    _, made = await house.post(edit(data_uri()))
    link = made["output"]["choices"][0]["message"]["content"][0]["image"]

    fresh, _ = await house.post(edit(link))
    house.clock.advance(24 * 3600 + 1)
    stale, answer = await house.post(edit(link))

    assert (fresh, stale, answer["message"]) == (200, 400, "download image failed")
    assert house.record.part("wan")[1]["images"][0]["sha256"]


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:9/a.png", "https://example.com/a.png", "file:///etc/passwd", "http://[", "photo.png", ""]
)
async def test_nothing_is_fetched_from_other_hosts(house: House, link: str) -> None:
    status, answer = await house.post(edit(link))

    assert (status, answer["code"]) == (400, "InvalidURL")


async def test_a_stopped_host_of_the_sandbox_refuses_the_connection(house: House) -> None:
    house.wan.hosts.add("127.0.0.1:9")

    _, answer = await house.post(edit("http://127.0.0.1:9/a.png"))

    assert answer["code"] == "InvalidURL.ConnectionRefused"


async def test_a_size_keyword_follows_the_last_input_image(house: House) -> None:
    content = [{"text": "both"}, {"image": data_uri((300, 600))}, {"image": data_uri((600, 300))}]

    _, answer = await house.post(body(content=content, size="1K"))

    assert answer["usage"]["size"] == "1808*912"
