"""Many requests at once: all are answered, all that fit are accepted, and no quota is passed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest
from pydantic import SecretStr

from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageRequest
from imagegen.model import Request, Requester, Scope
from imagegen.operator_limits import limits_from
from imagegen.service import Service, utc_now
from imagegen.settings import Settings
from imagegen.store import quotas
from imagegen.store.audit import audit
from imagegen.store.engine import Store, open_store
from imagegen.wan.client import WanClient

AT_ONCE = 8  # as cogs/interactions/ack_gate.py lets them in: a request that waits for the writer over 5 s is refused


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    found = await open_store(url)
    yield found
    await found.close()


@pytest.fixture
async def service(store: Store) -> AsyncIterator[Service]:
    """A service that sends nothing: no worker runs beside it."""
    settings = Settings(
        _env_file=None, budget_usd_per_day=1000, budget_usd_per_month=1000, member_images_per_day=3,
        server_images_per_month=10_000, queued_max=900,
    )  # fmt: skip
    async with aiohttp.ClientSession() as session:
        yield Service(store, settings, WanClient(session, "http://127.0.0.1:1", SecretStr("")), rng=Random(1))


def an_ask(number: int, user_id: int, scope: str) -> Request:
    return Request(f"i:{number}", Requester(user_id, Scope.parse(scope)), ImageRequest("a lighthouse"), Address())


async def outcome(service: Service, ask: Request) -> str:
    """What became of an ask: a refusal by the look, which is answered at once, or after the acknowledgement."""
    try:
        found = service.validated(ask)
        await service.precheck(ask, found)
        await service.submit(ask, found)
    except Refused as refused:
        return refused.reason
    return "accepted"


@pytest.mark.long
async def test_a_thousand_at_once_from_two_hundred_are_all_answered(service: Service, store: Store) -> None:
    asks = [an_ask(number, number % 200, "dm") for number in range(1000)]
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(ask: Request) -> str:
        async with turns:
            return await outcome(service, ask)

    said = await asyncio.gather(*map(in_turn, asks))

    assert Counter(said) == {"accepted": 900, Reason.QUEUE_FULL: 100}
    assert len(await service.display.queue_entries()) == 900
    assert await store.read(audit) == ()


async def test_ten_at_once_with_three_left_take_exactly_three(service: Service, store: Store) -> None:
    said = await asyncio.gather(*(outcome(service, an_ask(number, 1, "g:7")) for number in range(10)))

    assert Counter(said) == {"accepted": 3, Reason.MEMBER_QUOTA_USED: 7}
    assert await store.read(audit) == ()


async def test_rivals_from_many_servers_never_pass_what_one_may_have_waiting(service: Service, store: Store) -> None:
    said = await asyncio.gather(*(outcome(service, an_ask(number, 1, f"g:{number}")) for number in range(20)))

    assert Counter(said) == {"accepted": 5, Reason.TOO_MANY_QUEUED: 15}
    assert await store.read(audit) == ()


@pytest.mark.parametrize("price_in_share", [3, 7])
async def test_a_share_that_is_reached_by_many_at_once_is_never_passed(store: Store, price_in_share: int) -> None:
    """As three processes would: each has its service, and they share the database."""
    settings = Settings(_env_file=None, server_usd_per_month=0.03 * price_in_share + 0.02, queued_max=900)
    async with aiohttp.ClientSession() as session:
        wan = WanClient(session, "http://127.0.0.1:1", SecretStr(""))
        services = [Service(store, settings, wan, rng=Random(n)) for n in range(3)]

        asks = [an_ask(number, number, "g:7") for number in range(24)]
        said = await asyncio.gather(*(outcome(services[n % 3], ask) for n, ask in enumerate(asks)))

    assert Counter(said) == {"accepted": price_in_share, Reason.SERVER_SHARE_USED: 24 - price_in_share}
    share = await store.read(quotas.share, 7, limits_from(settings), now=utc_now())
    assert share is not None
    assert (share.reserved, share.used) == (30_000 * price_in_share, 0)
    assert await store.read(audit) == ()
