"""Models without tasks: a kill in the middle of their calls pays at most one image twice, and forgets no member."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import text_of
from tests.end_to_end.conftest import house_in, is_result, photo, says
from tests.end_to_end.test_main_job import sent

DRAFT, EDIT = "z-image-turbo", "qwen-image-edit-plus"


async def test_a_killed_call_is_sent_again_once_for_one_image_and_never_for_two(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=f"wan2.6-image,wan2.6-t2i,{DRAFT},{EDIT}", WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        await ana.slash(channel, "imagine", prompt="one of a draft", model=DRAFT)
        await ana.slash(channel, "imagine", prompt="two of an edit", model=EDIT, image1=photo(), count=2)
        await house.held(2)

        await house.bot.kill()
        await house.finish_images()
        await house.bot.start()
        result = await ana.see(channel, is_result, "the image of the draft")
        notice = await ana.see(channel, says("didn't answer in time"), "why there is no edit")

        assert "one of a draft" in text_of(result)
        assert "It didn't use your quota" in text_of(notice)
        assert [len(await sent(house, prompt)) for prompt in ("one of a draft", "two of an edit")] == [2, 1]
