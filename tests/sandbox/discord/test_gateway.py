"""The gateway checks identifies, keeps missed events for a resume, and compresses on request."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from tests.sandbox.conftest import GUILDS_AND_MESSAGES, WITH_CONTENT, WireBot


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
async def test_an_identify_is_accepted_or_closed_with_its_code(
    wire: WireBot, about: dict[str, Any], code: int | None
) -> None:
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        assert (await socket.receive_json())["op"] == 10
        identify = {"token": wire.box.token, "intents": 513, "properties": {}, **about}
        await socket.send_json({"op": 2, "d": identify})
        answer = await socket.receive()

    if code is None:
        assert json.loads(answer.data)["t"] == "READY"
    else:
        assert answer.data == code


@pytest.mark.parametrize(
    ("text", "code"), [("no json", 4002), ('{"op": 3, "d": "' + "x" * 4096 + '"}', 4002), ('{"op": 3}', 4003)]
)
async def test_an_invalid_payload_closes_the_connection(wire: WireBot, text: str, code: int) -> None:
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_str(text)

        assert (await socket.receive()).data == code


async def test_the_121st_payload_in_a_minute_closes_the_connection(wire: WireBot) -> None:
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        for _ in range(121):
            await socket.send_json({"op": 1, "d": None})
        answers = [await socket.receive() for _ in range(121)]

    assert json.loads(answers[119].data)["op"] == 11
    assert answers[120].data == 4008


async def test_a_resume_replays_the_missed_events(wire: WireBot) -> None:
    identify = {"op": 2, "d": {"token": wire.box.token, "intents": WITH_CONTENT, "properties": {}}}
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_json(identify)
        ready = await socket.receive_json()
        await socket.receive_json()
        await socket.close(code=4000)
    await wire.ana.say(wire.channel, "missed")

    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        await socket.send_json(
            {"op": 6, "d": {"token": wire.box.token, "session_id": ready["d"]["session_id"], "seq": 2}}
        )
        events = [await socket.receive_json() for _ in range(2)]

    assert [event["t"] for event in events] == ["MESSAGE_CREATE", "RESUMED"]
    assert events[0]["d"]["content"] == "missed"


async def test_frames_are_one_zlib_stream_if_the_client_asks_for_it(wire: WireBot) -> None:
    inflate, names = zlib.decompressobj(), []
    async with wire.session.ws_connect(f"{wire.box.gateway}?v=10&encoding=json&compress=zlib-stream") as socket:
        identify = {"token": wire.box.token, "intents": GUILDS_AND_MESSAGES, "properties": {}}
        await socket.send_json({"op": 2, "d": identify})
        for _ in range(3):
            frame = await socket.receive_bytes()
            assert frame.endswith(b"\x00\x00\xff\xff")
            names.append(json.loads(inflate.decompress(frame))["t"])

    assert names == [None, "READY", "GUILD_CREATE"]


async def test_identifies_too_close_together_are_refused_if_set(wire: WireBot) -> None:
    await wire.control.post("/discord/settings", identify_every_s=5, shards=2)
    advice = (await wire.call("GET", "/gateway/bot"))[1]
    async with wire.events(shard=[0, 2]):
        async with wire.session.ws_connect(wire.box.gateway) as early:
            await early.receive_json()
            identify = {"token": wire.box.token, "intents": 1, "properties": {}, "shard": [1, 2]}
            await early.send_json({"op": 2, "d": identify})
            refused = await early.receive_json()
        await wire.control.advance(5)
        async with wire.events(shard=[1, 2]) as late:
            assert late.seen[-1]["t"] == "READY"

    assert (advice["shards"], refused["op"], refused["d"]) == (2, 9, False)
