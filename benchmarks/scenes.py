"""What is done with a bot to measure it. Each scene takes a fresh process and returns values by the figure's name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

from benchmarks import parts
from benchmarks.bots import Running, Subject, running
from benchmarks.driver import Driver, p99
from benchmarks.parts import Values

PAUSE_S = 0.2  # after the images of a volley are there, a bot still records that they are
SETTLE_S = 1.0  # after the start, and before the memory is read
DELAY_S, SHORT_S = 1.0, 0.05  # of the local Wan
SINGLES = 40
EDITS = 30
WAVES, WAVE = 30, 100


@dataclass(frozen=True)
class Scene:
    """*figures* are the names of the values that *play* returns; *rounds* is how often it is played for each bot.

    *has_floor*: the floor has it too.
    """

    play: Callable[[Driver, Subject], Awaitable[Values]]
    figures: tuple[str, ...]
    rounds: int
    has_floor: bool = True


async def warm_up(driver: Driver, *, photos: bool = False) -> None:
    """Let the bot load what it loads once."""
    driver.delay_s = SHORT_S
    await asyncio.sleep(SETTLE_S)
    await driver.volley(1, photos=photos)


async def single(driver: Driver, subject: Subject) -> Values:
    """One request after another, in a process that has just started."""
    async with running(driver, subject):
        await asyncio.sleep(SETTLE_S)
        driver.delay_s = SHORT_S
        volleys = [await driver.volley(1) for _ in range(1 + SINGLES)]
    first, *others = ((volley.took_s - SHORT_S) * 1000 for volley in volleys)
    acks = p99(shot.ack_ms for volley in volleys[1:] for shot in volley.shots)
    return {"ack_1": acks, "image_warm": median(others), "image_first": first}


async def thirty(driver: Driver, subject: Subject) -> Values:
    """30 requests at once, and later 10 at once."""
    async with running(driver, subject) as bot:
        await asyncio.sleep(SETTLE_S)
        idle_mb, children_mb = bot.memory_mb(), bot.children_mb()
        await warm_up(driver)
        driver.delay_s = DELAY_S
        await bot.counts()
        values = await _load(driver, bot, 30)
        counts = await bot.counts()
        values |= {name: counts[name] / 30 for name in ("transactions", "statements")}
        driver.delay_s = SHORT_S
        tens = [await _acknowledged(driver, 10) for _ in range(10)]
        thirties = [await _acknowledged(driver, 30) for _ in range(4)]
    values["ack_30"] = median([values["ack_30"], *thirties])
    return values | {"rss_idle": idle_mb, "children": children_mb, "ack_10": median(tens)}


async def _acknowledged(driver: Driver, count: int) -> float:
    """Return the p99 of *count* acknowledgements by a bot that has nothing else to do."""
    await asyncio.sleep(PAUSE_S)
    return (await driver.volley(count)).ack_p99_ms


async def two_hundred(driver: Driver, subject: Subject) -> Values:
    """200 requests at once."""
    async with running(driver, subject) as bot:
        await warm_up(driver)
        driver.delay_s = DELAY_S
        return await _load(driver, bot, 200)


async def _load(driver: Driver, bot: Running, count: int) -> Values:
    cpu_s = bot.cpu_s()
    volley = await driver.volley(count)
    cpu_ms = (bot.cpu_s() - cpu_s) * 1000 / count
    await asyncio.sleep(SETTLE_S)
    found = {f"ack_{count}": volley.ack_p99_ms, f"cpu_{count}": cpu_ms, f"rss_{count}": bot.memory_mb()}
    return found | {f"last_{count}": volley.took_s}


async def thousand(driver: Driver, subject: Subject) -> Values:
    """1,000 requests at once."""
    async with running(driver, subject):
        await warm_up(driver)
        driver.delay_s = DELAY_S
        volley = await driver.volley(1000)
    return {"ack_1000": volley.ack_p99_ms, "throughput": 1000 / volley.took_s}


async def plateau(driver: Driver, subject: Subject) -> Values:
    """3,000 requests in waves."""
    async with running(driver, subject) as bot:
        await warm_up(driver)
        for _ in range(WAVES):
            await driver.volley(WAVE)
        await asyncio.sleep(SETTLE_S)
        return {"rss_3000": bot.memory_mb()}


async def shipped(driver: Driver, subject: Subject) -> Values:
    """30 requests at once at the pace that Wan documents: 5 a second, 5 at once."""
    async with running(driver, subject, lift=False) as bot:
        await warm_up(driver)
        await asyncio.sleep(SETTLE_S)  # the request of the warm-up no longer counts for the pace
        driver.delay_s = DELAY_S
        return {"last_shipped": (await _load(driver, bot, 30))["last_30"]}


async def edits(driver: Driver, subject: Subject) -> Values:
    """30 requests at once, each with a photo of 8 MB."""
    async with running(driver, subject, watch=True) as bot:
        await warm_up(driver, photos=True)
        driver.delay_s = DELAY_S
        bot.forget_peak()
        await bot.counts()
        await driver.volley(EDITS, photos=True)
        return {"stall": (await bot.counts())["stall_ms"], "rss_edits": bot.memory_mb("VmHWM")}


async def start(driver: Driver, subject: Subject) -> Values:
    """Start until connected, with the commands registered. Nothing is counted: what counts would be imported first."""
    async with running(driver, subject, lift=False, BENCH_COUNTS="") as bot:
        return {"start": bot.start_s}


SCENES = (
    Scene(start, ("start",), 5),
    Scene(single, ("ack_1", "image_warm", "image_first"), 3),
    Scene(
        thirty,
        ("ack_10", "ack_30", "last_30", "transactions", "statements", "cpu_30", "rss_idle", "children", "rss_30"),
        3,
    ),
    Scene(shipped, ("last_shipped",), 2),
    Scene(two_hundred, ("ack_200", "cpu_200", "rss_200"), 3),
    Scene(edits, ("stall", "rss_edits"), 2),
    Scene(thousand, ("ack_1000", "throughput"), 2),
    Scene(plateau, ("rss_3000",), 1),
    Scene(parts.decoder, ("decode", "decode_stall"), 3, has_floor=False),
    Scene(parts.store_sqlite, ("cycle_sqlite",), 3, has_floor=False),
    Scene(parts.store_postgresql, ("cycle_pg_1", "cycle_pg_2", "cycle_pg_rise"), 1, has_floor=False),
    Scene(parts.health, ("health_cpu", "health_mb"), 3, has_floor=False),
)
