"""Measure a few ratios of the bot to the floor in half a minute, and fail where one has doubled: for CI.

No value is an absolute time: ours and the floor's are measured in turn, in the same run. benchmarks/quick.json has what
the ratios were; ``--write`` writes it again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.bots import FLOOR, OURS, Subject, running
from benchmarks.driver import Driver, driver
from benchmarks.parts import Values
from benchmarks.scenes import warm_up

KNOWN = Path(__file__).parent / "quick.json"
GROSS = 2.0
VOLLEYS, AT_ONCE = 4, 30
DELAY_S = 0.2


async def play(local: Driver, subject: Subject) -> Values:
    """Send 30 requests at once, four times."""
    async with running(local, subject) as bot:
        await warm_up(local)
        local.delay_s = DELAY_S
        await bot.counts()
        cpu_s = bot.cpu_s()
        volleys = [await local.volley(AT_ONCE) for _ in range(VOLLEYS)]
        cpu_s, counts = bot.cpu_s() - cpu_s, await bot.counts()
    images = VOLLEYS * AT_ONCE
    return {
        "per image": cpu_s / images, "until acknowledged": median(volley.ack_cpu_s for volley in volleys),
        "transactions": counts["transactions"] / images, "statements": counts["statements"] / images,
    }  # fmt: skip


async def measured() -> Values:
    """Return the ratios of CPU time to the floor's, and the counts for one image.

    The time until an acknowledgement varied from 0.4 to 2.7 times the floor's on a busy machine; its CPU time does not.
    """
    async with driver() as local:
        floor, ours = [await play(local, subject) for subject in (FLOOR, OURS)]
    ratios = {f"CPU {name}, times the floor": ours[name] / floor[name] for name in ("per image", "until acknowledged")}
    return ratios | {f"{name} per image": ours[name] for name in ("transactions", "statements")}


def losses(known: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """Return a sentence for each value that is more than twice the known one, or that is known or measured alone."""
    alone = [f"{name}: only known or only measured" for name in sorted(known.keys() ^ now.keys())]
    return alone + [
        f"{name}: {now[name]:.1f}, more than twice the known {value:.1f}"
        for name, value in known.items()
        if now.get(name, 0) > GROSS * value
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make the measured values the known ones")
    options = parser.parse_args()
    now = asyncio.run(measured())
    print(*(f"{name}: {value:.2f}" for name, value in now.items()), sep="\n")
    if options.write:
        known = {name: round(value, 2) for name, value in now.items()}
        KNOWN.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    elif found := losses(json.loads(KNOWN.read_text(encoding="utf-8")), now):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
