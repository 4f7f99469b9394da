"""One run: kill by a seeded plan, let every job end, compare."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from operator import attrgetter
from pathlib import Path
from random import Random

import aiohttp
from sqlalchemy import Engine, create_engine, func, select

from imagegen.store import tables_jobs
from sandbox.bot_process import BotExited
from sandbox.people import Control, Refused, text_of
from sandbox.run import Sandbox, sandbox
from tests.chaos.books import Books, Killed, left_of
from tests.chaos.bots import ChaosBot, until
from tests.chaos.crowd import SETS, Crowd
from tests.chaos.launch import SLEEP, Move, moves_in
from tests.chaos.points import ADOPTED, ANY, CANCEL, OWNED, Point, all_points, plan, sleeping_plan, sleeping_points
from tests.chaos.report import Report
from tests.chaos.seen import Seen
from tests.chaos.trigger import Trigger

TRIES = 2  # batches of asks until a point is reached, or comes again in its turn
MISSED_AT_MOST = 0.5  # of the kills
REACHED_S = 6.0
DRAINED_S = 90.0
STIR_S = 0.15
# How long the local Wan takes: a card is put up after 0.8 s, and what is shown at once has none.
DELAYS_S = {"canceled": 2.0, "edit": 1.5, "history": 0.01, "message": 0.01}
PENDING_S = {CANCEL: 4.0}  # how long a task can be canceled
ANSWERED_S = 5.0
SETTLED_S = 1.0  # what was asked last is accepted, what was written last is said

# Half as often as one is killed, a process falls asleep. Where there are two, the other adopts, and it wakes as a
# former owner; where it is alone nobody adopts, and nothing may have changed when it wakes.
SLEEP_EVERY = 2
# The launcher's lease and margin are 2.8 s, seen and looked at every 0.5 s: the other needs that to adopt.
SLEEP_S, SLEEP_ALONE_S = 4.0, 3.0
ADOPTED_S = 30.0  # it may sleep in a transaction, whose locks the server takes back after 20 s

SETTINGS = {
    "MEMBER_IMAGES_PER_DAY": "9",
    "PERSON_IMAGES_PER_DAY": "11",
    "SERVER_IMAGES_PER_MONTH": "100000",
    "BUDGET_USD_PER_DAY": "100000",
    "BUDGET_USD_PER_MONTH": "100000",
    "SERVER_USD_PER_MONTH": "100000",
    "MODEL_WEIGHTS": "wan2.6-t2i=0.5, wan2.6-image=1.5",
    "WAN_ANSWER_S": "4",
    "QUEUED_PER_MEMBER": "4",
}


class Run:
    """The sandbox, the bots and the members of one run."""

    def __init__(self, box: Sandbox, control: Control, trigger: Trigger, folder: Path, report: Report) -> None:
        self.box, self.control, self.trigger, self.folder, self.report = box, control, trigger, folder, report
        self.seen, self.crowd = Seen(box.world), Crowd(box, control, time.time)
        self.diary, self.armed = folder / "diary", folder / "armed"
        self.bots: list[ChaosBot] = []
        self.kills: list[Killed] = []
        self.log: Callable[[str], None] = lambda _line: None

    @property
    def stories(self) -> bool:
        return any(command["name"] == "story" for command in self.box.world.commands)

    async def begin(self, url: str, processes: int, **settings: str) -> None:
        own = {"CHAOS_DIARY": str(self.diary), "CHAOS_ARMED": str(self.armed), "DATABASE_URL": url}
        self.diary.touch()
        self.trigger.direct_channels = lambda: {c.id for c in self.box.world.channels.values() if c.recipient}
        for number in range(processes):
            bot = ChaosBot(
                self.box, self.folder / f"bot{number}", (number, processes), **{**SETTINGS, **own, **settings}
            )
            self.bots.append(bot)
            self.trigger.bots.append(bot)
            await self._start(bot)
        await self.crowd.begin()

    async def _start(self, bot: ChaosBot) -> None:
        await bot.spawn()
        await bot.ready()

    async def kill_at(self, point: Point, number: int) -> bool:
        """Send requests until *point* kills a bot, and start the bot again. Return False if *point* was not reached."""
        for attempt in range(TRIES):
            rng = Random(f"{self.report.seed}-{number}-{attempt}")
            self.slow_down(point, rng)
            began_s = time.monotonic()
            killed = await self._killed(point, rng)
            self.log(
                f"{number + 1:>4} {point}: {'killed' if killed else 'not reached'}, {time.monotonic() - began_s:.1f} s"
            )
            self.box.faults.disarm()
            if killed:
                self.report.kills[point] += 1
                return True
        self.report.missed.append(point)
        return False

    def slow_down(self, point: Point, rng: Random) -> None:
        """Set the time that the local Wan takes, so that *point* is likely."""
        self.box.local_wan.set(pending_s=PENDING_S.get(point.what, 0.0))
        self.box.set_delay(DELAYS_S.get(point.what) or rng.choice([0.05, 0.3, 0.8]))

    async def _killed(self, point: Point, rng: Random) -> bool:
        if point.what not in (ADOPTED, ANY, "commands"):
            self._arm(point, rng)
        await self.crowd.batch(point, rng, stories=self.stories)
        if point.what in (ADOPTED, ANY, "commands"):
            return await self._killed_over_a_start(point, rng)
        victim = await self._first(attrgetter("dead"), rng, point)
        self._disarm()
        if victim is not None:
            await self._bury_and_start(victim)
        return victim is not None

    async def _killed_over_a_start(self, point: Point, rng: Random) -> bool:
        """Kill at a random moment; if the point is in a start, kill once more in the start that follows."""
        await asyncio.sleep(rng.uniform(0.1, 1.5))
        victim = rng.choice(self.bots)
        victim.die()
        if point.what == ANY:
            await self._bury_and_start(victim)
            return True
        self._arm(point, rng)
        await self._bury_and_start(victim)
        again = await self._first(attrgetter("dead"), rng, point)
        self._disarm()
        if again is not None:
            await self._bury_and_start(again)
        return again is not None

    def _arm(self, point: Point, rng: Random) -> None:
        if not point.phase:
            self.armed.write_text(point.what, encoding="utf-8")
        else:
            self.trigger.arm(point, rng, skip=0 if point.what == "commands" else rng.choice([0, 0, 1]))

    def _arm_sleep(self, point: Point, rng: Random) -> None:
        if not point.phase:
            self.armed.write_text(SLEEP + point.what, encoding="utf-8")
        else:
            self.trigger.arm(point, rng, act=ChaosBot.pause)

    def _disarm(self) -> None:
        self.armed.unlink(missing_ok=True)
        self.trigger.arm(None, Random(0))

    async def _first(self, is_it: Callable[[ChaosBot], bool], rng: Random, point: Point) -> ChaosBot | None:
        """Return the first bot for which *is_it* holds, while the members go on."""
        until_s = time.monotonic() + REACHED_S
        while time.monotonic() < until_s:
            if (found := next(filter(is_it, self.bots), None)) is not None:
                return found
            await self._stir(rng, point)
            await asyncio.sleep(STIR_S)
        return None

    async def _stir(self, rng: Random, point: Point) -> None:
        with suppress(Refused, KeyError):  # a message or a modal went away under somebody's finger
            await self.crowd.stir(rng, cancelling=point.what in ("canceled", CANCEL))

    async def _bury_and_start(self, bot: ChaosBot) -> None:
        """Raise BotExited if a bot ended without being killed: that is a defect."""
        pid, at_s = bot.pid, time.time()
        await bot.buried()
        if bot.process is not None and bot.process.returncode != -9:
            raise BotExited(f"it ended by itself ({bot.process.returncode}):\n{bot.end_of_log()}")
        await self._start(bot)
        self.kills.append(Killed(pid, at_s, time.time(), bot.shard))

    async def sleep_at(self, point: Point, number: int, sleep_s: float = SLEEP_S) -> bool:
        """Let whoever reaches *point* sleep past its lease, wake as a former owner, and go on.

        False when it was not reached.
        """
        sleeper = None
        for attempt in range(TRIES):
            rng, began_s = Random(f"{self.report.seed}-sleep-{number}-{attempt}"), time.monotonic()
            self._arm_sleep(point, rng)
            await self.crowd.batch(point, rng, stories=self.stories)
            sleeper = await self._first(attrgetter("sleeps"), rng, point)
            self._disarm()
            self.log(f"     {point}: {'slept' if sleeper else 'not reached'}, {time.monotonic() - began_s:.1f} s")
            if sleeper is not None:
                await self._slept(sleeper, point, sleep_s)
                break
        return sleeper is not None

    async def _slept(self, sleeper: ChaosBot, point: Point, sleep_s: float) -> None:
        at_s, rival = time.time(), len(self.bots) > 1  # it adopts meanwhile, as it would from a dead one
        job_id = [move.job_id for move in moves_in(self.diary) if move.pid == sleeper.pid][-1]
        await asyncio.sleep(sleep_s)
        if rival and point in OWNED:
            # Adopted and claimed again: a job that is only queued again could be claimed by the sleeper itself.
            await until(lambda: len(self._moves_by_others(sleeper, job_id, at_s)) > 1, ADOPTED_S)
        sleeper.wake()
        self.report.sleeps[point] += 1
        self.kills.append(Killed(sleeper.pid, at_s, time.time(), sleeper.shard, rival))

    def _moves_by_others(self, sleeper: ChaosBot, job_id: int, since_s: float) -> list[Move]:
        moves = [move for move in moves_in(self.diary) if move.job_id == job_id and move.at_s > since_s]
        return [move for move in moves if move.pid != sleeper.pid]

    async def drain(self, engine: Engine) -> None:
        """Wait until every job has ended and is notified, or for too long."""
        await asyncio.sleep(SETTLED_S)
        self.box.faults.disarm()
        self.box.local_wan.set(pending_s=0.0)
        self.box.set_delay(0.05)
        until_s = time.monotonic() + DRAINED_S
        while time.monotonic() < until_s:
            if not await asyncio.to_thread(_open_jobs, engine):
                break
            await asyncio.sleep(0.2)
        await self.trigger.quiet()
        await asyncio.sleep(SETTLED_S)

    async def ask_quotas(self) -> dict[str, tuple[int, int]]:
        """Read what /quota shows to every member now."""
        found = {}
        for person in self.crowd.everybody:
            asked = await person.slash("room-0", "quota")
            made = self.box.world.interactions[asked.id]
            await until(lambda: made.original_id is not None, ANSWERED_S)  # noqa: B023  # awaited at once
            answer = self.box.world.messages.get(made.original_id or "")
            if answer is not None and (told := left_of(text_of(answer.body))) is not None:
                found[person.id] = told
        return found

    async def compare(self, engine: Engine) -> None:
        quota = await self.ask_quotas()
        record = self.box.record
        books = Books(
            self.box.world, self.seen, self.crowd.asks, self.crowd.deleted, self.trigger.sent,
            [*record.part("wan"), *record.part("discord")], moves_in(self.diary), self.kills,
            self.trigger.wrong, shared=self.crowd.shared, quota=quota,
        )  # fmt: skip
        await asyncio.to_thread(books.read, engine)
        self.report.books, self.report.found = books, books.compare()


def _open_jobs(engine: Engine) -> int:
    with engine.connect() as tx:
        return tx.execute(
            select(func.count()).select_from(tables_jobs.jobs).where(tables_jobs.jobs.c.notified_at.is_(None))
        ).scalar_one()


@asynccontextmanager
async def running(
    folder: Path, seed: int, database: str, url: str, processes: int, **settings: str
) -> AsyncIterator[Run]:
    """Yield a run with its sandbox and its bots, and stop them at the end of the block."""
    trigger = Trigger()
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(sandbox(around=[trigger.middleware]))
        box.record.max_entries = 10_000_000  # the books compare the whole run
        session = await stack.enter_async_context(aiohttp.ClientSession())
        run = Run(box, Control(session, box.control), trigger, folder, Report(seed, database))
        try:
            await run.begin(url, processes, **settings)
            yield run
        finally:
            for bot in run.bots:
                bot.wake()
                bot.die()
                await bot.buried()


async def chaos(
    folder: Path, *, kills: int, seed: int, database: str, url: str, processes: int,
    points: list[Point] | None = None, log: Callable[[str], None] | None = None, **settings: str,
) -> Report:  # fmt: skip
    """Kill *kills* times, at *points* or at every point in turn, then compare. Return the report."""
    began_s = time.monotonic()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    async with running(folder, seed, database, url, processes, **{**SETS, **settings}) as run:
        run.log, run.crowd.with_sets = log or run.log, True
        run.report.points = points or all_points(stories=run.stories)
        run.report.sleeping = sleeping_points(stories=run.stories)
        sleeps = sleeping_plan(run.report.sleeping, Random(seed))
        sleep_s = SLEEP_S if processes > 1 else SLEEP_ALONE_S
        for number, point in enumerate(plan(run.report.points, Random(seed))):
            if run.report.killed == kills or len(run.report.missed) > MISSED_AT_MOST * kills:
                break
            if number % SLEEP_EVERY == 0 and run.report.slept < max(1, kills // SLEEP_EVERY):
                asleep = next(sleeps)
                run.slow_down(asleep, Random(number))
                await run.sleep_at(asleep, number, sleep_s)
            await run.kill_at(point, number)
        await run.drain(engine)
        await run.compare(engine)
        run.report.took_s = time.monotonic() - began_s
    engine.dispose()
    return run.report
