"""A bucket gives so many tokens at once, then one at a time, and is forgotten when it is full again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cogs.messaging.token_buckets import TokenBuckets


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_full_bucket_gives_its_tokens_at_once_then_one_at_a_time() -> None:
    clock = Clock()
    buckets = TokenBuckets(3, 2.0, clock)

    at_once = [buckets.take("ana") for _ in range(4)]
    clock.now_s += 2.0
    later = [buckets.take("ana") for _ in range(2)]

    assert at_once == [0, 0, 0, 2.0]
    assert later == [0, 2.0]


def test_each_key_has_its_own_bucket() -> None:
    buckets = TokenBuckets(1, 2.0, Clock())
    buckets.take("ana")

    assert buckets.take("bo") == 0


def test_a_refused_take_costs_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets(2, 1.0, clock)
    buckets.take("ana")

    assert buckets.take("ana", 2) == 1.0
    assert buckets.take("ana", 1) == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 3)), max_size=200))
def test_only_keys_with_a_bucket_that_is_not_full_are_kept(takes: list[tuple[int, float]]) -> None:
    clock = Clock()
    buckets, times = TokenBuckets(3, 1.0, clock), dict[int, float]()
    for key, passed_s in takes:
        clock.now_s += passed_s
        if not buckets.take(key):
            times[key] = clock.now_s

    assert len(buckets) <= sum(clock.now_s - taken_s <= 6.0 for taken_s in times.values())


@given(st.floats(0, 1e9), st.integers(1, 20), st.sampled_from([0.1, 0.3, 7.0, 300.0, 600.0, 1e5]))
def test_a_full_bucket_gives_every_token_whatever_the_clock_shows(now_s: float, most: int, every_s: float) -> None:
    buckets = TokenBuckets(most, every_s, lambda: now_s)

    assert [buckets.take("Ana") for _ in range(most)] == [0.0] * most
    assert buckets.take("Ana") > every_s / 2
