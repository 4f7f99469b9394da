"""A model with a rate limit a minute is never asked too often, over all that waits for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.end_to_end.outages import outage_in, shown

MAX = "qwen-image-max"  # two requests a minute, synchronous calls only
LAG_S = 8.0  # the sandbox's clock follows the bot's fast one in steps, and more slowly on a busy machine


async def test_a_third_request_waits_and_wan_throttles_none(tmp_path: Path, unused_tcp_port: int) -> None:
    async with outage_in(tmp_path, unused_tcp_port, MODELS=f"wan2.6-image,wan2.6-t2i,{MAX}") as house:
        ana, channel = await house.new_person(), await house.channel()
        for prompt in ("the first", "the second", "the third"):
            await ana.slash(channel, "imagine", prompt=prompt, model=MAX)
        await ana.slash(channel, "imagine", prompt="of another model")

        await shown(ana, channel, "of another model")
        generated = house.count("job_generated")
        house.sandbox.clock.advance(LAG_S)
        waited_s = await house.until(lambda: house.count("job_delivered") == 4, 300.0)

        sent = [entry for entry in house.sandbox.record.part("wan") if entry.get("body", {}).get("model") == MAX]
        first, _, third = [datetime.fromisoformat(entry["at"]) for entry in sent]
        assert [entry["status"] for entry in sent] == [200] * 3
        assert generated <= 2  # the other two wait for the minute, and nobody else does
        assert (third - first).total_seconds() > 60
        assert waited_s < 120
