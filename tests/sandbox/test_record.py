"""The record keeps the newest requests, numbered, with what Discord's description says about each."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.run import sandbox
from sandbox.wan.app import WAN, make_app
from tests.sandbox.conftest import WireBot


@pytest.mark.usefixtures("description")
async def test_a_requests_entry_says_whether_it_kept_to_the_description(wire: WireBot) -> None:
    await wire.post({"content": "hello"})
    await wire.post({"contents": "hello"})
    await wire.call("GET", "/jokes")
    await wire.control.arm("too_many_requests", match="/users/@me")
    await wire.call("GET", "/users/@me")

    kept, broken, unknown, limited = (await wire.control.get("/record", part="discord", last="4"))["discord"]

    assert [entry["check"] for entry in (kept, broken, unknown, limited)] == ["kept", "broken", "no route", "not read"]
    assert "contents" in broken["violation"]
    assert (limited["status"], limited["fault"]) == (429, "too_many_requests")
    assert all(entry["duration_ms"] >= 0 for entry in (kept, broken, unknown, limited))


async def test_without_a_description_no_request_is_said_to_have_kept_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    async with sandbox() as box, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bot {box.token}"}
        async with session.get(f"{box.rest}/users/@me", headers=headers):
            pass

    assert box.record.part("discord")[0]["check"] == "no description"


async def test_the_record_is_read_from_a_number_on(wire: WireBot) -> None:
    (newest,) = (await wire.control.get("/record", part="discord", last="1"))["discord"]
    for _ in range(3):
        await wire.call("GET", "/users/@me")

    after = (await wire.control.get("/record", part="discord", after=str(newest["number"]), last="2"))["discord"]

    assert [entry["number"] for entry in after] == [newest["number"] + 2, newest["number"] + 3]


@pytest.mark.parametrize("query", ["part=wan&last=0", "part=wan&last=9999", "part=wan&after=x", "part=bogus", "part="])
async def test_a_part_or_number_that_does_not_exist_is_refused(wire: WireBot, query: str) -> None:
    assert await wire.status("GET", f"/record?{query}") == 400


def test_the_record_keeps_its_newest_entries_and_their_numbers() -> None:
    record = Record(max_entries=3)

    for n in range(10):
        record.add("cdn", n=n)

    assert [entry["n"] for entry in record.part("cdn")] == [7, 8, 9]
    assert record.tail("cdn", after=8, last=5) == [{"number": 9, "n": 8}, {"number": 10, "n": 9}]
    assert [entry["number"] for entry in record.tail("cdn", after=0, last=2)] == [9, 10]


def test_the_bill_counts_the_requests_that_the_record_dropped() -> None:
    record = Record(max_entries=1)
    wan = make_app(key="sandbox-key", clock=Clock(), faults=Faults(), record=record)[WAN]

    for _ in range(3):
        record.add("wan", billed=2, billed_microusd=60_000)
    record.add("wan", billed=0)

    assert (wan.bill(), wan.bill_microusd()) == ({"images": 6, "requests": 3}, 180_000)
