"""A server's log names each result: with its prompt and cost where the managers want them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.delivery.context import DeliveryContext
from cogs.delivery.server_log import PROMPT_CHARS, log_entry
from cogs.text.i18n import ENGLISH
from cogs.text.units import units
from imagegen.address import Address
from imagegen.model import Delivered, Made
from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings
from sandbox.people import text_of
from tests.cogs.conftest import Room
from tests.cogs.objects import a_job

BOTH = replace(DEFAULT_SETTINGS, log_channel_id=4, log_prompts=True, log_cost=True)


def context(prompt: str = "a lighthouse", *, private: bool = False, settings: ServerSettings = BOTH) -> DeliveryContext:
    job = a_job(prompt, count=2, price_microusd=30_000, input_price_microusd=3_000, weight=250)
    made = Made(("one", "two"), 1, "1280*1280", "request")
    job = replace(job, made=made, address=Address(server_id=1, channel_id=2))
    job = replace(job, request=replace(job.request, private=private))
    return DeliveryContext(job, settings, None, ENGLISH)


def test_an_entry_has_the_prompt_as_a_spoiler_and_what_it_cost() -> None:
    entry = log_entry(context(), Delivered(1, 9)).splitlines()

    assert entry[0] == ("<@5> · wan2.6-t2i · 1 image · 2½ of the quota · [View](https://discord.com/channels/1/2/9)")
    assert entry[1:] == ["-# ||a lighthouse||", "-# $0.033 · 2½ of the quota"]


def test_an_entry_has_neither_where_the_managers_want_neither() -> None:
    assert len(log_entry(context(settings=DEFAULT_SETTINGS), Delivered(1, 9)).splitlines()) == 1


def test_a_prompt_in_an_entry_breaks_out_of_nothing_and_is_bounded() -> None:
    line = log_entry(context("a || b\n# <@5> @everyone " + "|_" * 3000), Delivered(1, 9)).splitlines()[1]

    assert line.startswith("-# ||a \\|\\| b # \\<@")
    assert "@everyone" not in line
    assert line.count("||") == 2
    assert units(line) <= PROMPT_CHARS + units("-# ||||")


def test_an_entry_of_a_private_result_has_neither_its_prompt_nor_a_link() -> None:
    entry = log_entry(context(private=True), Delivered(1, 9))

    assert "lighthouse" not in entry
    assert "discord.com" not in entry
    assert "shown only to them" in entry
    assert "$0.033" in entry


@pytest.mark.usefixtures("no_cards")
async def test_an_entry_whose_prompt_automod_blocks_is_logged_without_the_prompt(room: Room) -> None:
    ana, channel, log = await room.new_person(), await room.channel(), await room.channel()
    server_id = int(room.box.world.server_id)
    wanted = replace(BOTH, log_channel_id=int(room.channel_id(log)))
    await ana.slash(channel, "imagine", prompt="a blockable pier")
    job = await room.generated_job("a blockable pier")
    await room.service.server_admin.change(server_id, lambda _: wanted, user_id=1)

    try:
        room.box.faults.arm(
            "discord_error", match=f"POST /api/v10/channels/{room.channel_id(log)}/messages", code=200000
        )
        await room.delivery.deliver(job)
    finally:
        await room.service.server_admin.change(server_id, lambda _: DEFAULT_SETTINGS, user_id=1)

    logged = text_of((await room.bot_messages(ana, log))[-1])
    assert "pier" not in logged
    assert "of the quota" in logged
