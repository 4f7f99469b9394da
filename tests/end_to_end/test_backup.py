"""A backup that is taken under load becomes a bot elsewhere, which delivers what was waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sandbox.people import Json
from tests.end_to_end.conftest import house_in, is_result, says
from tests.end_to_end.test_supervision import logged
from tests.hosting.commands import bot

BEFORE, DURING = 5, 5  # requests that wait when the backup begins, and that come while it is taken


def all_of(*conditions: Callable[[Json], bool]) -> Callable[[Json], bool]:
    return lambda message: all(holds(message) for holds in conditions)


async def test_a_backup_under_load_is_restored_elsewhere_and_delivers_what_waited(
    tmp_path: Path,
) -> None:
    elsewhere = f"sqlite:///{tmp_path}/elsewhere/wanvas.db"
    async with house_in(tmp_path, QUEUED_PER_MEMBER="50", PERSON_IMAGES_PER_DAY="50") as house:
        ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="delivered before")
        await ana.see(channel, is_result, "the first image")
        await house.hold_images()
        await asyncio.gather(*(ana.slash(channel, "imagine", prompt=f"waited {n}") for n in range(BEFORE)))
        await logged(house, "job_accepted", 1 + BEFORE)

        here = house.bot.environment()["DATABASE_URL"]
        _, taken = await asyncio.gather(
            asyncio.gather(*(bo.slash(channel, "imagine", prompt=f"during {n}") for n in range(DURING))),
            bot(tmp_path, "backup", "load.backup", DATABASE_URL=here),
        )
        await house.bot.kill()
        restored = await bot(tmp_path, "restore", "load.backup", DATABASE_URL=elsewhere)
        audited = await bot(tmp_path, "audit", DATABASE_URL=elsewhere)
        house.bot.settings["DATABASE_URL"] = elsewhere
        await house.finish_images()
        await house.bot.start()

        assert (taken[0], restored[0], audited[0]) == (0, 0, 0), taken[1] + restored[1] + audited[1]
        for number in range(BEFORE):
            await ana.see(channel, all_of(is_result, says(f"waited {number}")), f"image {number}")
        delivered = [message for message in await ana.messages(channel) if says("delivered before")(message)]
        assert len(delivered) == 1
