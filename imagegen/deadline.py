"""How long a member waits for the database at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from imagegen.errors import StoreUnavailable
from imagegen.store.engine import Store

P = ParamSpec("P")
T = TypeVar("T")

ANSWER_S = 5.0  # a member gets an answer after that time, also when the database hangs


async def read_in_time(
    store: Store, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs
) -> T:
    """Run *transaction* as ``Store.read`` does. Raises StoreUnavailable also after ANSWER_S seconds."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await store.read(transaction, *args, **more)
    except TimeoutError:
        raise StoreUnavailable(f"no answer within {ANSWER_S} s") from None
