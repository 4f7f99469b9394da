"""Faults are armed for some of the next occasions, drawn by a seed; what cannot happen is refused before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.faults import DECLARED, MAX_TIMES, Faults
from tests.sandbox.conftest import WireBot


async def pattern(wire: WireBot, **how: Any) -> tuple[list[int], dict[str, Any]]:
    """Arm an error for some of twelve calls, and return the calls' statuses and the fault as it was armed."""
    armed = await wire.control.post("/faults", name="server_error_before", match="/users/@me", times=12, **how)
    statuses = [(await wire.call("GET", "/users/@me"))[0] for _ in range(12)]
    return statuses, armed


async def test_the_same_seed_misbehaves_at_the_same_occasions(wire: WireBot) -> None:
    first, armed = await pattern(wire, one_in=3)
    again, _ = await pattern(wire, one_in=3, seed=armed["seed"])
    other, _ = await pattern(wire, one_in=3, seed=7)

    assert first == again != other
    assert set(other) == {200, 500}
    assert (await wire.control.get("/faults"))["armed"] == []


async def test_an_armed_fault_says_how_often_it_was_taken_and_how_many_occasions_are_left(wire: WireBot) -> None:
    await wire.control.arm("server_error_before", times=5, one_in=2, seed=4, match="/users/@me")
    statuses = [(await wire.call("GET", "/users/@me"))[0] for _ in range(3)]

    (armed,) = (await wire.control.get("/faults"))["armed"]

    assert (armed["times"], armed["taken"]) == (2, statuses.count(500))
    assert (armed["one_in"], armed["seed"]) == (2, 4)


async def test_one_fault_is_disarmed_and_the_others_stay(wire: WireBot) -> None:
    first = await wire.control.post("/faults", name="nonce_ignored")
    second = await wire.control.post("/faults", name="form_refused")

    statuses = [await wire.status("DELETE", f"/faults?id={first['id']}") for _ in range(2)]

    assert statuses == [200, 400]
    assert [fault["id"] for fault in (await wire.control.get("/faults"))["armed"]] == [second["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "nothing"},
        {"name": "slow_rest", "seconds": "long"},
        {"name": "slow_rest", "seconds": -1},
        {"name": "slow_rest", "seconds": True},
        {"name": "server_error_before", "status": 999},
        {"name": "server_error_before", "status": 50.5},
        {"name": "server_error_before", "status": 0},
        {"name": "discord_error", "code": 1},
        {"name": "nonce_ignored", "times": 0},
        {"name": "nonce_ignored", "times": MAX_TIMES + 1},
        {"name": "nonce_ignored", "one_in": 0},
        {"name": "nonce_ignored", "one_in": "2"},
        {"name": "nonce_ignored", "seed": -1},
        {"name": "nonce_ignored", "seed": 1.5},
        {},
        [],
    ],
    ids=str,
)
async def test_a_fault_that_cannot_happen_is_refused_before_it_is_armed(wire: WireBot, body: Any) -> None:
    status = await wire.status("POST", "/faults", json.dumps(body))

    assert status == 400
    assert (await wire.control.get("/faults"))["armed"] == []


def test_every_fault_can_be_armed_with_its_defaults() -> None:
    faults = Faults()

    for name in DECLARED:
        faults.arm(name)

    assert len(faults.armed()) > 50


@pytest.mark.parametrize("status", [503, 520])  # Cloudflare has statuses of its own
async def test_a_fault_answers_any_status_that_was_seen_in_front_of_discord(wire: WireBot, status: int) -> None:
    await wire.control.arm("server_error_before", match="/users/@me", status=status)

    assert (await wire.call("GET", "/users/@me"))[0] == status
