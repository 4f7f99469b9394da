"""A gateway session is listed, dropped, asked to reconnect and refused, as Discord does it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import WITH_CONTENT, WireBot


async def test_a_session_is_listed_with_its_intents_and_its_heartbeat(wire: WireBot) -> None:
    async with wire.events(WITH_CONTENT) as events:
        assert events.socket is not None
        await events.socket.send_json({"op": 1, "d": None})
        await events.socket.receive_json()
        await events.socket.receive_json()

        (session,) = await wire.control.get("/gateway/sessions")

    assert session["connected"]
    assert session["intents"] == ["GUILDS", "GUILD_MESSAGES", "DIRECT_MESSAGES", "MESSAGE_CONTENT"]
    assert (session["shard"], session["events"]) == ([0, 1], 2)
    assert session["heartbeat_at"]


@pytest.mark.parametrize(
    ("code", "seen", "answer"),
    [(4000, 4000, "RESUMED"), (1006, 1006, "RESUMED"), (4009, 4009, None), (1000, 1000, None), (4004, 4004, None)],
)
async def test_a_dropped_session_can_be_resumed_unless_its_code_ends_it(
    wire: WireBot, code: int, seen: int, answer: str | None
) -> None:
    async with wire.events() as events:
        assert events.socket is not None
        session_id = next(iter(wire.box.gateway_server.sessions))
        await wire.control.post("/gateway/drop", session=session_id[:6], code=code)
        while (end := await events.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        closed = end.data if end.type is aiohttp.WSMsgType.CLOSE else 1006

    assert closed == seen
    assert await resume(wire, session_id) == answer


async def resume(wire: WireBot, session_id: str) -> str | None:
    """Resume a session after its third event, and return the name of the answer; None if it is refused."""
    async with wire.session.ws_connect(wire.box.gateway) as socket:
        await socket.receive_json()
        data = {"token": wire.box.token, "session_id": session_id, "seq": 2}
        await socket.send_json({"op": 6, "d": data})
        answer = await socket.receive_json()
    return str(answer["t"]) if answer["op"] == 0 else None


async def test_a_reconnect_is_asked_for_by_opcode_7(wire: WireBot) -> None:
    async with wire.events() as events:
        assert events.socket is not None
        (session,) = await wire.control.get("/gateway/sessions")
        await events.next("GUILD_CREATE")

        await wire.control.post("/gateway/reconnect", session=session["id"])

        assert (await events.socket.receive_json())["op"] == 7


async def test_an_invalidated_session_is_not_resumed(wire: WireBot) -> None:
    async with wire.events():
        session_id = next(iter(wire.box.gateway_server.sessions))
        await wire.control.post("/gateway/invalidate", session=session_id[:6])
        await wire.control.post("/gateway/drop", session=session_id[:6], code=4000)

    assert await resume(wire, session_id) is None
    assert await wire.control.get("/gateway/sessions") == []


@pytest.mark.parametrize(("session", "code"), [("bogus", 4000), ("", 4000), (None, 4242), (None, "x")])
async def test_a_session_or_code_that_does_not_exist_is_refused(wire: WireBot, session: str | None, code: Any) -> None:
    async with wire.events():
        (found,) = await wire.control.get("/gateway/sessions")
        with pytest.raises(Refused):
            await wire.control.post("/gateway/drop", session=found["id"] if session is None else session, code=code)

        assert (await wire.control.get("/gateway/sessions"))[0]["connected"]
