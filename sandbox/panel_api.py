"""What the page's panel reads and does: clock, faults, record, gateway sessions, permissions, and the program's log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox import calls, log_tail, permissions
from sandbox.calls import Query, WrongCall
from sandbox.discord.gateway import Gateway
from sandbox.discord.session_control import SessionControl
from sandbox.faults import DECLARED, MAX_SEED, Draw, Faults
from sandbox.program import Program
from sandbox.record import Record
from sandbox.records import Json
from sandbox.redaction import redact, redact_json
from sandbox.wan.app import LocalWan
from sandbox.world import World

MAX_LAST = 1000  # entries or lines of one answer


class PanelApi:
    """Handlers of the calls that look behind the page. *program* returns the bot that ``play`` runs, or None."""

    def __init__(
        self, world: World, gateway: Gateway, wan: LocalWan, faults: Faults, record: Record,
        program: Callable[[], Program | None],
    ) -> None:  # fmt: skip
        self._world, self._wan, self._clock = world, wan, world.clock
        self._faults, self._record, self._program = faults, record, program
        self._sessions, self._secrets = SessionControl(gateway), (gateway.token, wan.key)

    def posts(self) -> dict[str, Callable[[Json], Any]]:
        """Return the handler of each POST. A handler takes the request's JSON and returns the answer's."""
        return {
            "/clock": self._advance,
            "/faults": self._arm,
            "/gateway/drop": lambda body: self._sessions.drop(str(body["session"]), int(body["code"])),
            "/gateway/reconnect": lambda body: self._sessions.ask_for_reconnect(str(body["session"])),
            "/gateway/invalidate": lambda body: self._sessions.refuse_resume(str(body["session"])),
            "/program/restart": self._restart,
        }

    def gets(self) -> dict[str, Callable[[Query], Any]]:
        """Return the handler of each GET. A handler takes the query and returns the answer's JSON."""
        return {
            "/clock": lambda _query: {"now": self._clock.now().isoformat(), "ahead_s": self._clock.ahead_s},
            "/faults": self._known_faults,
            "/record": self._entries,
            "/wan/bill": lambda _query: {**self._wan.bill(), "microusd": self._wan.bill_microusd()},
            "/gateway/sessions": lambda _query: self._sessions.sessions(),
            "/permissions": self._permissions,
            "/log": self._log,
        }

    def _advance(self, body: Json) -> None:
        self._clock.advance(float(body["advance_s"]))
        self._world.changed()  # pages show times in relation to now

    def _arm(self, body: Json) -> Json:
        """Arm a fault. Without *seed*, draw one: the answer has it, so that the pattern can be repeated."""
        body = dict(body)
        name, times = str(body.pop("name")), body.pop("times", 1)
        seed = body.pop("seed", None)
        if "draw" in body:  # how Faults.arm calls one_in and seed
            raise WrongCall("draw is no argument of a fault")
        draw = Draw(body.pop("one_in", 1), random.randint(0, MAX_SEED) if seed is None else seed)
        return {"id": self._faults.arm(name, times, draw, **body), "seed": draw.seed}

    def _known_faults(self, _query: Query) -> Json:
        known = [{"name": f.name, "sentence": f.sentence, "arguments": dict(f.arguments)} for f in DECLARED.values()]
        return {"known": known, "armed": self._faults.armed()}

    def disarm(self, query: Query) -> None:
        """Disarm the fault that the query names, or all. ValueError if no armed fault has the id."""
        self._faults.disarm(calls.optional_number(query, "id"))

    def _entries(self, query: Query) -> Json:
        """Return the whole record, one part of it, or the newest entries of a part, numbered and redacted."""
        self._wan.settle()
        entries, part = self._record.as_json(), query.get("part")
        if part is None:
            return entries
        if "last" not in query and "after" not in query:
            return {part: entries[part]}
        found = self._record.tail(part, calls.number(query, "after", 0), _last(query))
        return {part: redact_json(found, self._secrets)}

    def _permissions(self, query: Query) -> Json:
        """Return what the bot and a person may do in a channel, and the bot's own overwrite there."""
        world, channel = self._world, self._world.channels[calls.text(query, "channel")]
        person, own = world.people[calls.text(query, "person")], channel.overwrites.get(world.bot_id)
        return {
            "names": list(permissions.PERMISSIONS),
            "bot": permissions.names(world.permission_bits(world.bot_id, channel)),
            "person": permissions.names(world.permission_bits(person.id, channel)),
            "allow": permissions.names(own.allow if own else 0),
            "deny": permissions.names(own.deny if own else 0),
            "changeable": channel.server_id is not None and not channel.is_thread,
        }

    async def _log(self, query: Query) -> Json:
        program, last = self._program(), _last(query)
        after, job = calls.optional_number(query, "after"), calls.optional_number(query, "job")
        if program is None:
            return {"program": None, "running": False, "lines": [], "after": 0, "restarted": False}
        found = await asyncio.to_thread(log_tail.read, program.log, after=after, job=job, last=last)
        lines = [redact(line, self._secrets) for line in found.lines]
        about = {"program": program.name, "running": program.running, "exit_code": program.exit_code}
        return {**about, "lines": lines, "after": found.after, "restarted": found.restarted}

    async def _restart(self, _body: Json) -> None:
        program = self._program()
        if program is None:
            raise ValueError("the sandbox runs no program: start it with play")
        await program.restart()


def _last(query: Query) -> int:
    """Return how many entries or lines are asked for. WrongCall for less than one or too many."""
    last = calls.number(query, "last", 200, least=1)
    if last > MAX_LAST:
        raise WrongCall(f"last must be at most {MAX_LAST}, not {last}")
    return last


def get_handler(answer: Callable[[Query], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of a GET or DELETE, which answers with JSON."""

    async def handle(request: web.Request) -> web.Response:
        found = answer(request.query)
        if isinstance(found, Awaitable):
            found = await found
        return web.json_response({} if found is None else found)

    return handle
