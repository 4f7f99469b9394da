"""The main job: words become a picture in the channel, pictures become other pictures, and everybody is told."""

from __future__ import annotations

import io

from PIL import Image

from sandbox.people import pictures, texts
from tests.end_to_end.conftest import House, is_result


async def test_words_become_a_picture_in_their_channel(house: House) -> None:
    ana, channel = await house.somebody(), await house.channel()
    billed = await house.control.bill()

    asked = await ana.slash(channel, "imagine", prompt="a lighthouse at dusk")
    result = await ana.see(channel, is_result, "the picture")

    (picture,) = pictures(result)
    data = await house.control.file(picture["attachment_id"])
    assert Image.open(io.BytesIO(data)).size == (1280, 1280)
    assert "a lighthouse at dusk" in texts(result)
    assert len(await ana.messages(channel)) == 1
    assert await house.control.bill() == billed + 1
    assert (await asked.look())["acknowledged_ms"] < 3000
