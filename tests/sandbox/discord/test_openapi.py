"""A request or answer that Discord's description lacks is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.openapi import ApiDescription
from sandbox.discord.rest import Rest
from sandbox.discord.transport import UNKNOWN_ROUTE, Transport
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.world import World
from tests.described import as_described


def test_an_undescribed_operation_fails_with_its_name(tmp_path: Path) -> None:
    schemas: dict[str, object] = {"SnowflakeType": {}, "ChannelTypes": {"oneOf": []}}
    schemas |= {"CreatedThreadResponse": {"properties": {}}}
    file = tmp_path / "description.json"
    file.write_text(json.dumps({"components": {"schemas": schemas}, "paths": {"/jokes": {"get": {}}}}))
    described = ApiDescription(file)

    assert described.request_violation("GET", "/jokes", None) is None
    assert described.request_violation("POST", "/jokes", None) == "Discord's description has no POST /jokes"


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (
            {"components": [{"type": 17, "components": [{"type": 10, "content": "x", "bogus": 1}]}]},
            "'bogus' was unexpected",
        ),
        ({"content": 5}, "content: 5 is not"),
        ({"contents": "x"}, "'contents' was unexpected"),
    ],
)
def test_a_violation_names_its_field(description: ApiDescription, body: object, violation: str) -> None:
    assert violation in (description.request_violation("POST", "/channels/{channel_id}/messages", body) or "")


def test_every_route_of_the_sandbox_is_described(description: ApiDescription) -> None:
    app = web.Application()
    Rest(Transport(World(Clock()), Faults(), Record(), "token")).add_to(app)
    found = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    routes = sorted((method, name.removeprefix("/api/v10")) for method, name in found)

    missing = [description.request_violation(method, name, None) for method, name in routes if name != UNKNOWN_ROUTE]

    assert [wrong for wrong in missing if wrong] == []


def test_a_violation_fails_the_test_that_sent_it() -> None:
    record = Record()

    with pytest.raises(AssertionError), as_described(record):
        record.add("violations", method="POST", path="/", side="bot", what="a field too many")
