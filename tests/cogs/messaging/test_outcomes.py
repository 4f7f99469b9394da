"""Routes are tried in order until one is open, and the refusal that matters is raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from cogs.messaging.outcomes import CardRefused, ChannelClosed, RouteClosed, first_open
from imagegen.errors import DeliverLater

Route = Callable[[str], Awaitable[str]]


def route(calls: list[str], name: str, refusal: Exception | None = None) -> Route:
    """Return a route that records its call and answers with its name, or refuses."""

    async def call(text: str) -> str:
        calls.append(name)
        if refusal is not None:
            raise refusal
        return f"{text} {name}"

    return call


async def test_the_first_open_route_answers_and_no_later_one_is_called() -> None:
    calls: list[str] = []
    routes = (route(calls, "token", RouteClosed()), route(calls, "message"), route(calls, "channel"))

    assert await first_open(routes, "by") == "by message"
    assert calls == ["token", "message"]


@pytest.mark.parametrize(
    ("refusals", "raised"),
    [
        ((), RouteClosed),
        ((RouteClosed(), RouteClosed()), RouteClosed),
        ((ChannelClosed(), RouteClosed()), ChannelClosed),
        ((CardRefused(), ChannelClosed()), ChannelClosed),
    ],
)
async def test_if_every_route_is_closed_a_closed_channel_is_the_reason_that_counts(
    refusals: tuple[Exception, ...], raised: type[RouteClosed]
) -> None:
    routes = [route([], str(number), refusal) for number, refusal in enumerate(refusals)]

    with pytest.raises(RouteClosed) as caught:
        await first_open(routes, "by")

    assert type(caught.value) is raised


@pytest.mark.parametrize("refusal", [CardRefused(), DeliverLater(1.0)])
async def test_a_refusal_that_every_route_would_repeat_stops_the_search(refusal: Exception) -> None:
    calls: list[str] = []
    routes = (route(calls, "token", refusal), route(calls, "message"))

    with pytest.raises(type(refusal)):
        await first_open(routes, "by", stop_at=(CardRefused,))

    assert calls == ["token"]
