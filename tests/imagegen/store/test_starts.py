"""A bot that dies early again and again waits longer before it identifies; otherwise it identifies at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from imagegen.starts import MAX_WAIT_S, wait_s
from imagegen.store import starts
from imagegen.store.starts import Start
from tests.imagegen.store.books import Books

IDENTIFIES_A_DAY = 1000


def begun(books: Books, shards: str = "") -> Start:
    start: Start = books.run(starts.begin, shards, now=books.now)
    return start


def test_early_deaths_are_counted_in_a_row(books: Books) -> None:
    assert [begun(books).early_deaths for _ in range(4)] == [0, 1, 2, 3]


def test_a_start_that_settled_ends_the_row(books: Books) -> None:
    begun(books)
    books.run(starts.settle, begun(books).id, now=books.now)

    assert begun(books).early_deaths == 0


def test_processes_with_other_shards_die_for_themselves(books: Books) -> None:
    begun(books, "0")
    begun(books, "0")

    assert begun(books, "1").early_deaths == 0


def test_deaths_of_yesterday_are_forgotten(books: Books) -> None:
    begun(books)
    begun(books)
    books.now += timedelta(days=1, seconds=1)

    assert begun(books).early_deaths == 0


def test_each_early_death_in_a_row_waits_longer_up_to_five_minutes() -> None:
    waits = [wait_s(deaths) for deaths in range(12)]

    assert waits[:4] == [0.0, 1.0, 2.0, 4.0]
    assert waits == sorted(waits)
    assert waits[-1] == MAX_WAIT_S == 300.0


def test_a_loop_of_early_deaths_stays_far_below_what_discord_allows_a_day() -> None:
    identifies, spent_s = 0, 0.0
    while spent_s < 24 * 3600:
        spent_s += wait_s(identifies)
        identifies += 1

    assert identifies < IDENTIFIES_A_DAY / 3


@pytest.mark.parametrize("deaths", [1100, 10**6])
def test_no_number_of_deaths_is_too_many(deaths: int) -> None:
    assert wait_s(deaths) == MAX_WAIT_S
