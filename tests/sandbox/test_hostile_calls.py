"""A call of the control port that is wrong in any way is answered with a sentence, and breaks nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sized
from typing import Any

import pytest
import yarl

from sandbox import calls
from sandbox.json_input import storable
from sandbox.saved_world import check, saved
from sandbox.world import World
from sandbox.world_folder import ADAPTER
from tests.sandbox.conftest import WireBot

NO_SURROGATE = '"\\ud800"'  # half a character, which no file can keep
BODIES = ["", "null", "[]", "3", '"x"', "NaN", "{", "[" * 100_000, '{"person": ' * 5_000, NO_SURROGATE, "\udcff"]
VALUES = [
    "null", "true", "-1", "1" + "0" * 400, "1e999", '""', '"x"', NO_SURROGATE, f'"{"9" * 5_000}"', "[]", "[null]",
    '["x", "x"]', "{}", '{"x": {}}', '[{"id": "x"}]',
]  # fmt: skip


def bodies(wire: WireBot, message: str) -> dict[str, dict[str, Any]]:
    """Return a body with every field for each POST. It has the right types and may name what is not there."""
    server, role = wire.box.world.server_id, next(iter(wire.box.world.servers[wire.box.world.server_id].roles))
    person, channel = {"person": wire.ana.id}, {"channel": wire.channel}
    place, at, tab = {**person, **channel}, {**person, "message": message}, {"tab": "t"}
    return {
        "/people": {
            "name": "Eve", "locale": "de", "manager": True, "server": server, "installed": True, "dm_open": True,
        },
        "/people/change": {**person, "locale": "de", "installed": True, "dm_open": True},
        "/servers": {"name": "Pier", "owner": wire.ana.id, "bot": True, "locale": "de"},
        "/servers/bot": {"present": True, "server": server},
        "/members": {**person, "server": server, "roles": ["Managers"], "leave": False},
        "/roles": {"name": "Painters", "permissions": ["SEND_MESSAGES"], "server": server},
        "/roles/change": {"role": role, "permissions": []},
        "/roles/delete": {"role": "1"},
        "/channels": {"name": "pier", "deny": ["SEND_MESSAGES"], "server": server, "kind": "forum", "nsfw": True},
        "/channels/change": {**channel, "nsfw": True, "archived": True, "locked": True},
        "/channels/delete": {"channel": "1"},
        "/permissions": {**channel, "deny": []},
        "/overwrites": {**channel, "target": role, "allow": [], "deny": []},
        "/groups": {"people": [wire.ana.id, next(iter(wire.box.world.people))], "name": "Us"},
        "/commands/permissions": {
            "command": "ping", "server": server, "rules": [{"type": "role", "id": role, "permission": True}],
        },
        "/discord/settings": {"shards": 1},
        "/wan/settings": {"delay_s": 0.0},
        "/act/slash": {**place, "command": "ping", "options": {"x": "y"}, **tab},
        "/act/autocomplete": {**place, "command": "ping", "options": {}, "focused": "x", **tab},
        "/act/menu": {**at, **channel, "user": wire.ana.id, "command": "Edit", **tab},
        "/act/press": {**at, "custom_id": "go", "values": ["a"], **tab},
        "/act/modal": {**person, "modal": "1", "values": {"x": "y"}, **tab},
        "/act/dismiss": {**person, "modal": "1"},
        "/act/message": {
            **place, "content": "hi", "uploads": [{"id": "1", "description": "d", "spoiler": True}],
            "reply_to": message, "ping_reply": True, "forward": message, "embeds": [{"title": "t"}], "voice": True,
            "stickers": [{"name": "s", "format_type": 1}],
        },
        "/act/edit": {**at, "content": "hi"},
        "/act/delete": {**person, "message": "1"},
        "/act/react": {**at, "emoji": "🔥", "remove": False},
        "/act/thread": {**place, "name": "Ideas", "message": message, "content": "", "uploads": [], "people": []},
        "/act/forge": {**place, "type": 2, "data": {"name": "x"}, "message": message},
        "/clock": {"advance_s": 1.0},
        "/faults": {"name": "server_error_before", "times": 1, "one_in": 1, "seed": 1, "match": "x"},
        "/gateway/drop": {"session": "1", "code": 4000},
        "/gateway/reconnect": {"session": "1"},
        "/gateway/invalidate": {"session": "1"},
        "/program/restart": {},
    }  # fmt: skip


def variants(body: dict[str, Any]) -> Iterator[str]:
    """Yield the body with each field in turn replaced, or left out, and with a field too many."""
    whole = {name: json.dumps(value) for name, value in body.items()}
    changed = [{**whole, name: value} for name in whole for value in VALUES]
    added = [{**whole, name: "true"} for name in ("self", "draw", "__class__")]
    left_out = [{name: value for name, value in whole.items() if name != missing} for missing in whole]
    for fields in (*changed, *added, *left_out):
        yield "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def counted(world: World) -> list[int]:
    """Return how much there is of everything that a call can add."""
    found: list[Sized] = [
        world.people,
        world.servers,
        world.channels,
        world.messages,
        world.files,
        world.interactions,
        world.modals,
    ]
    return [
        *(len(some) for some in found),
        *(len(server.members) + len(server.roles) for server in world.servers.values()),
    ]


async def test_no_body_of_any_call_breaks_the_sandbox(wire: WireBot) -> None:
    world, message = wire.box.world, await wire.ana.say(wire.channel, "hello")
    wrong = []

    async def is_answered(path: str, body: str) -> bool:
        before = counted(world)
        async with wire.session.post(wire.control.url + path, data=body.encode(errors="surrogateescape")) as answer:
            if answer.status == 400:
                return len((await answer.json())["error"]) > 4 and counted(world) == before
            return answer.status == 200

    for path, body in bodies(wire, message).items():
        wrong += [(path, found[:300]) for found in (*BODIES, *variants(body)) if not await is_answered(path, found)]

    assert wrong == []
    assert set(calls.CALLS) == set(bodies(wire, message))
    kept = ADAPTER.validate_json(storable(ADAPTER.dump_python(saved(world), mode="json")), strict=True)
    check(kept)
    for person in world.people:
        async with wire.session.get(f"{wire.control.url}/state?shown={wire.channel}&person={person}") as answer:
            assert answer.status == 200
            json.loads(await answer.text(), parse_constant=pytest.fail)


QUERIES = [
    "/state", "/state?person={}&after=x", "/state?person={}&after=1.5", "/state?person={}&after=-2",
    "/state?person={}&shown=x&last=x", "/state?person={}&shown=x&last=-1", "/state?person={}&shown=x&since=%D9%A3",
    "/state?person={}&shown=x&since=" + "9" * 5_000, "/state?person={}&shown=x&known=x-y", "/interaction/1",
    "/interaction/%00", "/record?part=x", "/record?part=wan&last=0", "/record?part=wan&last=1001",
    "/record?part=wan&after=x", "/permissions", "/permissions?channel=1", "/permissions?channel=1&person={}",
    "/log?last=x", "/log?job=x", "/changes",
]  # fmt: skip
MISSING = ["/nowhere", "/page/nowhere.js", "/files/1", "/state?person=1"]


async def test_every_wrong_query_is_answered_with_a_sentence(wire: WireBot) -> None:
    answers = {}

    for path in (*QUERIES, *MISSING):
        url = yarl.URL(wire.control.url + path.format(wire.ana.id), encoded=True)
        async with wire.session.get(url) as answer:
            answers[path] = answer.status, (await answer.json(content_type=None) or {}).get("error", "")

    assert {path: status for path, (status, _) in answers.items() if status != 400} == dict.fromkeys(MISSING, 404)
    assert [said for _, said in answers.values() if len(said) < 10 or not said.endswith(".")] == []


async def test_a_file_without_a_name_and_the_disarming_of_no_fault_are_refused(wire: WireBot) -> None:
    async with wire.session.post(f"{wire.control.url}/uploads", data=b"x") as unnamed:
        said = (await unnamed.json())["error"]

    assert (unnamed.status, said) == (400, "The address lacks ?filename=….")
    assert [await wire.status("DELETE", f"/faults?id={fault}") for fault in ("x", "1", "-1", "9" * 5_000)] == [400] * 4
