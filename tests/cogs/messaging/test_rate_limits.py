"""A ban, a global limit and a refused token hold back every call that they concern."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from math import inf

import aiohttp
import pytest
from aiohttp import web

from cogs.messaging.outcomes import call_discord, one_try
from cogs.messaging.rate_limits import MAX_INVALID, CallHeldBack, RateLimitGate
from imagegen.errors import DeliverLater
from tests.cogs.conftest import Room
from tests.cogs.delivery.test_deliver import generated_job
from tests.cogs.messaging.conftest import Clock

PAGE, GLOBAL = b"error code: 1015", json.dumps({"message": "slow down", "retry_after": 30.0, "global": True}).encode()
OTHER = json.dumps({"message": "slow down", "retry_after": 30.0, "global": False}).encode()
MISSING = json.dumps({"message": "Missing Permissions", "code": 50013}).encode()
BOT = {"Authorization": "Bot x"}


@pytest.fixture
def gate(clock: Clock) -> RateLimitGate:
    return RateLimitGate(clock)


def wait_s(gate: RateLimitGate, *, as_bot: bool = True) -> float:
    try:
        gate.check(as_bot=as_bot)
    except CallHeldBack as held:
        return held.wait_s
    return 0.0


@pytest.mark.parametrize("as_bot", [True, False])
@pytest.mark.parametrize("status", [429, 403])
@pytest.mark.parametrize("raw", [PAGE, b"", b"<html>", b"[]"])
def test_a_ban_holds_back_every_call_until_its_retry_after(
    gate: RateLimitGate, clock: Clock, raw: bytes, status: int, *, as_bot: bool
) -> None:
    gate.answered(status, {"retry-after": "3600"}, raw, as_bot=as_bot)

    assert [wait_s(gate, as_bot=one) for one in (True, False)] == [3600, 3600]
    assert gate.held_s == 3600
    clock.now_s += 3600
    assert gate.held_s == 0
    assert [wait_s(gate, as_bot=one) for one in (True, False)] == [0, 0]


@pytest.mark.parametrize("header", ["", "soon", "nan", "inf", "-3"])
def test_a_ban_without_a_time_lasts_longer_each_time(gate: RateLimitGate, clock: Clock, header: str) -> None:
    waits = []
    for _ in range(4):
        gate.answered(429, {"retry-after": header}, PAGE, as_bot=True)
        waits.append(wait_s(gate))
        clock.now_s += waits[-1]
    gate.answered(200, {}, b"{}", as_bot=True)
    gate.answered(429, {"retry-after": header}, PAGE, as_bot=True)

    assert waits == [60, 120, 240, 480]
    assert wait_s(gate) == 60


def test_the_answers_of_calls_that_had_begun_do_not_shorten_a_ban(gate: RateLimitGate) -> None:
    for told in ("3600", "1"):
        gate.answered(429, {"retry-after": told}, PAGE, as_bot=True)

    assert wait_s(gate) == 3600


def test_a_global_limit_holds_back_the_bots_token_but_no_interaction(gate: RateLimitGate) -> None:
    gate.answered(429, {}, GLOBAL, as_bot=True)

    assert (wait_s(gate), wait_s(gate, as_bot=False)) == (30, 0)


@pytest.mark.parametrize(("status", "raw"), [(429, OTHER), (403, MISSING), (404, b""), (500, b""), (200, b"")])
def test_a_refusal_of_one_call_holds_back_no_other(gate: RateLimitGate, status: int, raw: bytes) -> None:
    gate.answered(status, {"retry-after": "30"}, raw, as_bot=True)

    assert wait_s(gate) == 0
    assert not gate.token_refused.is_set()


def test_a_refused_token_is_never_used_again_and_the_process_is_notified(gate: RateLimitGate, clock: Clock) -> None:
    gate.answered(401, {}, b'{"message":"401: Unauthorized","code":0}', as_bot=True)
    clock.now_s += 10**9

    assert gate.token_refused.is_set()
    assert wait_s(gate) > 0
    assert wait_s(gate, as_bot=False) == 0


def test_an_expired_interaction_token_is_no_refused_bot_token(gate: RateLimitGate) -> None:
    gate.answered(401, {}, b'{"message":"Invalid Webhook Token","code":50027}', as_bot=False)

    assert not gate.token_refused.is_set()
    assert wait_s(gate) == 0


def test_calls_stop_well_before_discord_bans_for_too_many_refusals(gate: RateLimitGate, clock: Clock) -> None:
    for _ in range(MAX_INVALID - 1):
        gate.answered(403, {}, MISSING, as_bot=True)
    before = wait_s(gate)
    clock.now_s += 200

    gate.answered(403, {}, MISSING, as_bot=True)

    assert (before, wait_s(gate)) == (0, 400)


def test_shared_limits_do_not_count_as_refusals(gate: RateLimitGate) -> None:
    for _ in range(MAX_INVALID):
        gate.answered(429, {"x-ratelimit-scope": "shared"}, OTHER, as_bot=True)

    assert wait_s(gate) == 0


@pytest.fixture
async def banned() -> AsyncIterator[tuple[str, list[str]]]:
    """Return the URL of a server that refuses every call, and the calls that it gets."""
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=429, body=PAGE, headers={"Retry-After": "3600"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", calls
    await runner.cleanup()


async def test_after_a_ban_no_call_leaves_the_session(banned: tuple[str, list[str]]) -> None:
    url, calls = banned
    async with aiohttp.ClientSession(trace_configs=[one_try(RateLimitGate())]) as session:

        async def call(path: str) -> None:
            async with session.get(url + path, headers=BOT if path == "/2" else {}) as answer:
                answer.raise_for_status()

        waits = []
        for path in ("/1", "/2", "/3"):
            with pytest.raises(DeliverLater) as later:
                await call_discord(call, path)
            waits.append(later.value.delay_s)

    assert calls == ["/1"]
    assert all(wait > 3500 for wait in waits[1:])


@pytest.fixture
def closed(room: Room) -> Iterator[Room]:
    """Return the room while its bot is banned."""
    yield room
    room.bot.gate._all_until_s = room.bot.gate._bot_until_s = -inf


async def test_while_banned_a_result_waits_in_the_database_and_no_call_is_made(closed: Room) -> None:
    ana, channel = await closed.new_person(), await closed.channel()
    job = await generated_job(closed, ana, channel, "made during a ban")
    before = len(closed.box.record.part("discord"))
    closed.bot.gate.answered(429, {"retry-after": "600"}, PAGE, as_bot=False)

    with pytest.raises(DeliverLater) as later:
        await closed.delivery.deliver(job)
    asked = len(closed.box.record.part("discord")) - before

    assert 590 < later.value.delay_s <= 600
    assert asked == 0
