"""The endpoint that the client's tests call."""

from collections.abc import AsyncIterator

import pytest

from tests.imagegen.wan.endpoint import Endpoint, serve


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with serve() as served:
        yield served
