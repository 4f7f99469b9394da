"""Requests reach Wan as documented, and members see Wan's answers, through the whole bot."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import EPHEMERAL, Json, images_of, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, says
from tests.end_to_end.test_main_job import sent
from tests.imagegen.wan.test_contract import BODY


async def test_the_documented_example_differs_in_its_images_and_its_seed_alone(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    words = f"{BODY['input']['messages'][0]['content'][0]['text']} 1"

    await ana.slash(channel, "imagine", prompt=words, image1=photo(), image2=photo("b.png", colour="lime"))
    await ana.see(channel, is_result, "the image")

    (entry,) = await sent(house, words)
    assert isinstance(entry["body"]["parameters"].pop("seed"), int)
    (message,) = entry["body"]["input"]["messages"]
    assert message == {"role": "user", "content": [{"text": words}, {"image": "<image>"}, {"image": "<image>"}]}
    assert entry["body"]["parameters"] == BODY["parameters"]
    assert entry["body"]["model"] == BODY["model"]
    assert entry["body"].keys() == BODY.keys()


async def test_details_show_the_id_by_which_wan_knows_the_request(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="whose request was it", negative_prompt="fog")
    result = await bo.see(channel, is_result, "the image")

    await bo.press(result, "Details")
    notice = await bo.see(channel, says("Request:"), "the details")

    (entry,) = await sent(house, "whose request was it")
    assert notice["flags"] & EPHEMERAL
    assert f"Request: `{entry['request_id']}`" in text_of(notice)
    assert "Negative prompt: fog" in text_of(notice)
    assert not any(message["id"] == notice["id"] for message in await ana.messages(channel))


async def test_a_failed_rewriting_is_made_all_the_same_and_paid_once(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    billed = await house.control.bill()
    await house.control.arm("wan_error", code="RewriteFailed")

    await ana.slash(channel, "imagine", prompt="say it as it stands")
    await ana.see(channel, is_result, "the image")

    tried = await sent(house, "say it as it stands")
    assert [entry["body"]["parameters"]["prompt_extend"] for entry in tried] == [True, False]
    assert await house.control.bill() == billed + 1


async def test_a_failure_names_its_request(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await house.control.arm("wan_error", code="IPInfringementSuspect")

    await ana.slash(channel, "imagine", prompt="somebody's mouse")
    notice = await ana.see(channel, says("copyright"), "why not")

    (entry,) = await sent(house, "somebody's mouse")
    assert f"\n-# request {entry['request_id']}" in text_of(notice)


async def test_members_choose_the_model_where_the_operator_offers_a_choice(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS="wan2.6-image,wan2.6-t2i,wan2.7-image") as house:
        ana, channel = await house.new_person(), await house.channel()

        await ana.slash(channel, "imagine", prompt="the newer one", model="wan2.7-image", enhance=False)
        result: Json = await ana.see(channel, is_result, "the image")
        await ana.slash(channel, "imagine", prompt="not its kind", model="wan2.6-image")
        notice = await ana.see(channel, says("only edits images"), "the refusal")

        (entry,) = await sent(house, "the newer one")
        parameters = entry["body"]["parameters"]
        assert entry["body"]["model"] == "wan2.7-image"
        assert (parameters["thinking_mode"], parameters["enable_sequential"], parameters["n"]) == (False, False, 1)
        assert len(images_of(result)) == 1
        assert "wan2.7-image" in text_of(result)
        assert notice["flags"] & EPHEMERAL
        assert await sent(house, "not its kind") == []


async def test_a_model_that_wan_refuses_is_paused_alone_and_the_operator_reads_why(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS="wan2.6-image,wan2.6-t2i,wan2.7-image") as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.arm("wan_error", status=404, code="ModelNotFound")

        await ana.slash(channel, "imagine", prompt="refused by its model")
        notice = await ana.see(channel, says("isn't accepting Standard (wan2.6-t2i) right now"), "why not")
        await ana.slash(channel, "imagine", prompt="refused meanwhile", model="wan2.6-t2i")
        meanwhile = await ana.see(channel, says("Standard (wan2.6-t2i) is paused"), "the refusal")
        await ana.slash(channel, "imagine", prompt="another model")
        await ana.see(channel, is_result, "the image")

        world = house.sandbox.world
        alarms = [m.body["content"] for m in world.messages.values() if "wan2.6-t2i is paused" in m.body["content"]]
        assert [bool(message["flags"] & EPHEMERAL) for message in (notice, meanwhile)] == [True, True]
        assert "It didn't use your quota" in text_of(notice)
        assert "Use Standard (wan2.7-image), or try again later." in text_of(meanwhile)
        assert len(await sent(house, "refused meanwhile")) == 0
        assert [entry["body"]["model"] for entry in await sent(house, "another model")] == ["wan2.7-image"]
        assert len([words for words in alarms if "ModelNotFound" in words]) == 1
