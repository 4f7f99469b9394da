"""The gateway judges who comes, keeps what is missed, and compresses for who asks."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from tests.sandbox.conftest import GUILDS_AND_MESSAGES, Desk


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 513 | 1 << 1}, 4014),
        ({"intents": 1 << 40}, 4013),
        ({"intents": None}, 4013),
        ({"shard": [2, 2]}, 4010),
        ({"intents": 513 | 1 << 15}, None),
    ],
)
async def test_an_identify_is_judged(desk: Desk, about: dict[str, Any], code: int | None) -> None:
    async with desk.session.ws_connect(desk.box.gateway) as socket:
        assert (await socket.receive_json())["op"] == 10
        asked = {"token": desk.box.token, "intents": 513, "properties": {}, **about}
        await socket.send_json({"op": 2, "d": asked})
        answer = await socket.receive()

    if code is None:
        assert json.loads(answer.data)["t"] == "READY"
    else:
        assert answer.data == code


@pytest.mark.parametrize(
    ("said", "code"), [("no json", 4002), ('{"op": 3, "d": "' + "x" * 4096 + '"}', 4002), ('{"op": 3}', 4003)]
)
async def test_what_is_no_payload_closes_the_connection(desk: Desk, said: str, code: int) -> None:
    async with desk.session.ws_connect(desk.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_str(said)

        assert (await socket.receive()).data == code


async def test_the_121st_payload_in_a_minute_closes_the_connection(desk: Desk) -> None:
    async with desk.session.ws_connect(desk.box.gateway) as socket:
        await socket.receive_json()
        for _ in range(121):
            await socket.send_json({"op": 1, "d": None})
        answers = [await socket.receive() for _ in range(121)]

    assert json.loads(answers[119].data)["op"] == 11
    assert answers[120].data == 4008


async def test_a_resume_replays_what_was_missed(desk: Desk) -> None:
    identify = {"op": 2, "d": {"token": desk.box.token, "intents": 513, "properties": {}}}
    async with desk.session.ws_connect(desk.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_json(identify)
        ready = await socket.receive_json()
        await socket.receive_json()
        await socket.close(code=4000)
    await desk.ana.say(desk.channel, "missed")

    async with desk.session.ws_connect(desk.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_json(
            {"op": 6, "d": {"token": desk.box.token, "session_id": ready["d"]["session_id"], "seq": 2}}
        )
        events = [await socket.receive_json() for _ in range(2)]

    assert [event["t"] for event in events] == ["MESSAGE_CREATE", "RESUMED"]
    assert events[0]["d"]["content"] == "missed"


async def test_frames_are_one_zlib_stream_where_the_client_asks_for_it(desk: Desk) -> None:
    inflate, names = zlib.decompressobj(), []
    async with desk.session.ws_connect(f"{desk.box.gateway}?v=10&encoding=json&compress=zlib-stream") as socket:
        asked = {"token": desk.box.token, "intents": GUILDS_AND_MESSAGES, "properties": {}}
        await socket.send_json({"op": 2, "d": asked})
        for _ in range(3):
            frame = await socket.receive_bytes()
            assert frame.endswith(b"\x00\x00\xff\xff")
            names.append(json.loads(inflate.decompress(frame))["t"])

    assert names == [None, "READY", "GUILD_CREATE"]


async def test_where_it_is_set_two_identifies_keep_their_distance(desk: Desk) -> None:
    await desk.control.post("/discord/settings", identify_every_s=5, shards=2)
    advice = (await desk.call("GET", "/gateway/bot"))[1]
    async with desk.events(shard=[0, 2]):
        async with desk.session.ws_connect(desk.box.gateway) as early:
            await early.receive_json()
            asked = {"token": desk.box.token, "intents": 1, "properties": {}, "shard": [1, 2]}
            await early.send_json({"op": 2, "d": asked})
            refused = await early.receive_json()
        await desk.control.advance(5)
        async with desk.events(shard=[1, 2]) as late:
            assert late.seen[-1]["t"] == "READY"

    assert (advice["shards"], refused["op"], refused["d"]) == (2, 9, False)
