"""A setting of the sandbox that is of another type, or unknown, is refused where it is sent, and changes nothing."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.people import Control, Refused
from tests.described import described_sandbox


@pytest.mark.parametrize(
    ("path", "setting", "why"),
    [
        ("wan", {"not_activated": ["wan2.7-image"]}, r"not_activated must be str, not \['wan2.7-image'\]"),
        ("wan", {"delay_s": "0"}, "delay_s must be float, not '0'"),
        ("wan", {"submit_rate": True}, r"submit_rate must be float \| None, not True"),
        ("wan", {"in_flight": 2.5}, "in_flight must be int, not 2.5"),
        ("wan", {"delay": 1}, "the local Wan has no setting delay"),
        ("wan", {"__class__": "x"}, "the local Wan has no setting __class__"),
        ("discord", {"upload_limit": "10 MB"}, "upload_limit must be int, not '10 MB'"),
        ("discord", {"message_content": 0}, "message_content must be bool, not 0"),
        ("discord", {"delay": 1}, "the local Discord has no setting delay"),
    ],
)
async def test_a_setting_of_another_type_is_refused(path: str, setting: dict[str, Any], why: str) -> None:
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        before = dict(vars(box.local_wan.settings)), dict(vars(box.world.settings))

        with pytest.raises(Refused, match=why):
            await Control(session, box.control).post(f"/{path}/settings", **setting)

        assert (vars(box.local_wan.settings), vars(box.world.settings)) == before


async def test_a_whole_number_and_none_are_taken_where_a_number_of_seconds_may_be_missing() -> None:
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        control = Control(session, box.control)

        await control.post("/wan/settings", submit_rate=5, delay_s=0)
        assert (box.local_wan.settings.submit_rate, box.local_wan.settings.delay_s) == (5.0, 0.0)
        await control.post("/wan/settings", submit_rate=None)
        assert box.local_wan.settings.submit_rate is None
