"""Each person reads the bot in the language of their client."""

from __future__ import annotations

from sandbox.people import images_of, private_answer, text_of
from tests.end_to_end.conftest import House


async def test_a_chinese_client_reads_chinese(house: House) -> None:
    lin, channel = await house.new_person(locale="zh-CN"), await house.channel()

    await lin.slash(channel, "imagine", prompt="黄昏的灯塔")
    result = await lin.see(channel, lambda m: bool(images_of(m)), "the image")
    refused = await private_answer(lin, await lin.slash(channel, "imagine", prompt="x" * 3000))
    left = await private_answer(lin, await lin.slash(channel, "quota"))

    assert "再次生成" in text_of(result)
    assert "用了 1 张" in text_of(result)
    assert "没有占用你的额度" in text_of(refused)
    assert "你今天在本服务器的图片" in text_of(left)
