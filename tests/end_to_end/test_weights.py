"""A draft uses half an image of the quota and a detailed image 2½, told alike before, with and after the image."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.people import Person, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in
from tests.end_to_end.test_studio import delivered, id_of, settled
from tests.panel import decided

DRAFT, PRO = "z-image-turbo", "wan2.7-image-pro"


@pytest.fixture(scope="module")
async def weights(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Return a house whose members have 4 images a day, of three models."""
    models = f"wan2.6-image,wan2.6-t2i,{DRAFT},{PRO}"
    async with house_in(tmp_path_factory.mktemp("weights"), MODELS=models, MEMBER_IMAGES_PER_DAY="4") as house:
        await house.finish_images()
        yield house


async def imagine(house: House, person: Person, channel: str, prompt: str, model: str) -> str:
    """Return the text of the result, once its quota is settled."""
    before = delivered(house)
    await person.slash(channel, "imagine", prompt=prompt, model=model)
    shown = await person.see(channel, lambda m: bool(images_of(m)) and prompt in text_of(m), f"the image of {prompt}")
    await settled(house, before + 1)
    return text_of(shown)


async def private(person: Person, channel: str, command: str) -> str:
    return text_of(await private_answer(person, await person.slash(channel, command)))


async def test_a_card_the_quota_and_the_receipts_tell_halves_of_images(weights: House) -> None:
    ana, channel = await weights.new_person(), await weights.channel()

    draft = await imagine(weights, ana, channel, "a quick hut", DRAFT)
    detailed = await imagine(weights, ana, channel, "a slow hut", PRO)
    quota, receipts = await private(ana, channel, "quota"), await private(ana, channel, "receipts")

    assert "1 image used ½ image of your quota, 3½ of 4 left today" in draft
    assert "1 image used 2½ images of your quota, 1 of 4 left today" in detailed
    assert "1 of 4 left" in quota
    assert "37 of 40 left" in quota
    assert "2½ reserved, 2½ used" in receipts
    assert "½ reserved, ½ used" in receipts


async def test_a_refusal_says_what_the_request_needs_and_how_many_images_would_fit(weights: House) -> None:
    bo, channel = await weights.new_person(), await weights.channel()

    slash = await bo.slash(channel, "imagine", prompt="two slow huts", model=PRO, count=2)
    fewer = text_of(await private_answer(bo, slash))
    await imagine(weights, bo, channel, "one slow hut", PRO)
    slash = await bo.slash(channel, "imagine", prompt="another slow hut", model=PRO)
    none = await private_answer(bo, slash)
    await bo.press(none, "Use the Standard model")
    await bo.fill()
    await bo.see(channel, lambda m: bool(images_of(m)) and "another slow hut" in text_of(m), "the image that fits")
    slash = await bo.slash(channel, "imagine", prompt="a third hut")
    draft = text_of(await private_answer(bo, slash))
    await imagine(weights, bo, channel, "a last hut", DRAFT)

    assert "Your request needs 5 images of your quota, which has 4 left (in this server today)." in fewer
    assert "Request 1 or fewer, use Standard (wan2.6-t2i), or wait" in fewer
    assert "Your request needs 2½ images of your quota, which has 1½ left (in this server today)." in text_of(none)
    assert "It didn't use your quota. Use Standard (wan2.6-t2i), or wait" in text_of(none)
    assert f"Use Draft ({DRAFT}), or wait" in draft


async def test_the_same_is_told_in_chinese(weights: House) -> None:
    chen, channel = await weights.new_person(locale="zh-CN"), await weights.channel()

    draft = await imagine(weights, chen, channel, "小屋", DRAFT)
    slash = await chen.slash(channel, "imagine", prompt="两间小屋", model=PRO, count=2)
    refused = text_of(await private_answer(chen, slash))
    quota = await private(chen, channel, "quota")

    assert "1 张图片用了 ½ 张额度" in draft
    assert "你的请求需要 5 张图片的额度，但额度只剩 3½ 张" in refused
    assert "3½/4" in quota


async def test_the_servers_log_says_what_a_draft_used_of_the_quota(weights: House) -> None:
    eve, boss = await weights.new_person(), await weights.new_person(manager=True)
    channel, log = await weights.channel(), await weights.channel()
    await decided(boss, channel, log_channel_id=await id_of(boss, log))

    await imagine(weights, eve, channel, "a hut for the log", DRAFT)
    entry = text_of(await boss.see(log, lambda m: f"<@{eve.id}>" in text_of(m), "the entry in the log"))

    assert f"<@{eve.id}> · {DRAFT} · 1 image · ½ of the quota · [View]" in entry
