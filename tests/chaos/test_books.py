"""What the comparison forgives: a killed process explains missing answers, and who keeps its cards."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.discord.session import is_shard_of
from sandbox.world import World
from tests.chaos.books import FORMER_SHOWN, LEAKED, LOST, Books, Killed
from tests.chaos.crowd import Asked
from tests.chaos.launch import Move
from tests.chaos.seen import Effect, Seen, Sighting

ASKED_S = 1_000.0


def unanswered(world: World, channel_id: str, shard: tuple[int, int]) -> set[str]:
    """The kinds of entries over a mention in that channel to which nothing came, while a process was killed."""
    person = next(iter(world.people))
    ask = Asked("m:1", person, channel_id, ASKED_S, "mention", ASKED_S)
    kill = Killed(4711, ASKED_S + 0.2, ASKED_S + 1.5, shard)
    books = Books(world, Seen(world), [ask], set(), [], [], [], [kill], [])
    return {kind for kind, _ in books.compare()}


@pytest.mark.parametrize("shard", [0, 1])
def test_a_kill_explains_the_silence_in_direct_messages_only_on_the_first_shard(shard: int) -> None:
    world = World(Clock())
    direct = world.bot_dm(next(iter(world.people)))

    assert unanswered(world, direct.id, (shard, 2)) == (set() if shard == 0 else {LOST})


@pytest.mark.parametrize("shard", [0, 1])
def test_a_kill_explains_the_silence_in_a_server_only_on_its_own_shard(shard: int) -> None:
    world = World(Clock())
    servers = [world.server_id, world.add_server("Next door", next(iter(world.people))).id]  # one on each shard
    mine = next(server_id for server_id in servers if is_shard_of((shard, 2), server_id))
    room = world.add_channel("room", server=world.servers[mine])

    assert unanswered(world, room.id, (shard, 2)) == set()
    assert unanswered(world, room.id, (1 - shard, 2)) == {LOST}


KILLED, OTHER = 4711, 4712


@pytest.mark.parametrize(
    ("owners", "killed", "found"),
    [
        ([KILLED], [KILLED], set()),
        ([KILLED], [], {FORMER_SHOWN}),
        ([OTHER, KILLED], [KILLED], {FORMER_SHOWN}),
    ],
)
def test_a_dead_process_s_card_is_kept_by_another_that_never_owned_the_job(
    owners: list[int], killed: list[int], found: set[str]
) -> None:
    world = World(Clock())
    seen = Seen(world)
    seen.effects.append(Effect(1, "edit by token", OTHER, ASKED_S + 5))
    moves = [
        Move(pid, ASKED_S + epoch, "claim", 1, "submitting", epoch, epoch, None) for epoch, pid in enumerate(owners)
    ]
    kills = [Killed(pid, ASKED_S + 3, ASKED_S + 4, (0, 2)) for pid in killed]

    books = Books(world, seen, [], set(), [], [], moves, kills, [])

    assert {kind for kind, _ in books.compare()} == found


@pytest.mark.parametrize(("is_direct", "shared"), [(True, 2), (False, 2), (False, 1)])
def test_a_private_image_is_for_its_requester_alone_until_it_is_shared(is_direct: bool, shared: int) -> None:
    world = World(Clock())
    person = next(iter(world.people))
    place = world.bot_dm(person).id if is_direct else world.add_channel("room").id
    seen = Seen(world)
    seen.messages["1"] = Sighting(place, None, {(7, 1)})
    job: Any = {"id": 7, "user_id": int(person), "private": 1}
    books = Books(world, seen, [], set(), [], [], [], [], [], shared={(7, shared)})

    books._leaked(job, {"1"})

    assert {kind for kind, _ in books.found} == (set() if is_direct or shared == 1 else {LEAKED})
