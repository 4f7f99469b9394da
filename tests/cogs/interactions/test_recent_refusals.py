"""The bot remembers whose last request was refused, for a while and for a bounded number of members."""

from __future__ import annotations

from cogs.interactions.recent_refusals import KEEP_S, MOST, RecentRefusals
from imagegen.model import Requester, Scope

ANA = Requester(1, Scope(7))


def test_a_member_is_remembered_in_the_server_of_the_refusal_only() -> None:
    refusals = RecentRefusals()

    refusals.add(ANA)

    assert Requester(1, Scope(7), roles=(5,), channel_id=9) in refusals
    assert Requester(1, Scope(8)) not in refusals
    assert Requester(2, Scope(7)) not in refusals


def test_a_member_whose_next_request_passes_is_forgotten() -> None:
    refusals = RecentRefusals()
    refusals.add(ANA)

    refusals.discard(ANA)

    assert ANA not in refusals


def test_a_refusal_is_forgotten_after_a_while() -> None:
    now_s = [0.0]
    refusals = RecentRefusals(lambda: now_s[0])
    refusals.add(ANA)

    now_s[0] = KEEP_S

    assert ANA not in refusals


def test_only_the_latest_refusals_are_kept() -> None:
    refusals = RecentRefusals()

    for user_id in range(MOST + 5):
        refusals.add(Requester(user_id, Scope(7)))

    assert len(refusals) == MOST
    assert Requester(0, Scope(7)) not in refusals
    assert Requester(MOST + 4, Scope(7)) in refusals
