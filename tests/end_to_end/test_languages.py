"""Private answers are in the language of the reader's client, and what is public in the server's."""

from __future__ import annotations

from sandbox.people import images_of, private_answer, text_of
from tests.end_to_end.conftest import NUMBERS, House, says
from tests.panel import decided


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


async def test_a_public_card_is_in_the_servers_language_and_a_managers_choice_counts_more(house: House) -> None:
    server = (await house.control.post("/servers", name="Depot", locale="en-US"))["id"]
    lin = await house.new_person(server=server, locale="zh-CN")
    boss = await house.new_person(server=server, manager=True)
    channel = (await house.control.post("/channels", name=f"depot-{next(NUMBERS)}", server=server))["id"]

    await lin.slash(channel, "imagine", prompt="a first barge")
    english = await lin.see(channel, says("Generate again"), "the image in English")
    await decided(boss, channel, language="zh-CN")
    await boss.slash(channel, "imagine", prompt="a second barge")
    chinese = await boss.see(channel, says("再次生成"), "the image in Chinese")
    private = await private_answer(boss, await boss.press(chinese, "查看详情"))

    assert "a first barge" in text_of(english)
    assert "a second barge" in text_of(chinese)
    assert "Job: " in text_of(private)
