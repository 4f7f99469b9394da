"""The settings of a server stay for a while after the bot has left, and are then deleted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from imagegen.policy.server_settings import ServerSettings
from imagegen.store import departures, server_settings, tables
from tests.imagegen.store.books import Books

HERE, THERE = 7, 8


def decided(books: Books, server_id: int) -> None:
    books.run(server_settings.set_settings, server_id, ServerSettings(spoiler=True), user_id=9, now=books.now)
    books.run(server_settings.set_blocked, server_id, 1, True, user_id=9, now=books.now)
    books.run(server_settings.grant, server_id, 2, 5, month="2026-11", user_id=9, now=books.now)


def purge(books: Books) -> int:
    return books.run(departures.purge, left_before=books.now - timedelta(days=30), limit=10)


def rows(books: Books) -> int:
    counts = [select(func.count()).select_from(table) for table in (*departures.DECIDED, tables.departures)]
    return books.run(lambda tx: sum(tx.scalar(count) or 0 for count in counts))


def test_the_settings_of_a_server_left_long_ago_are_deleted(books: Books) -> None:
    decided(books, HERE)
    before = rows(books)
    decided(books, THERE)
    books.run(departures.left, [THERE], now=books.now)
    books.later(days=31)

    assert purge(books) == 1

    assert rows(books) == before
    assert books.run(server_settings.settings_of, HERE).spoiler
    assert not books.run(server_settings.settings_of, THERE).spoiler
    assert purge(books) == 0


def test_a_server_that_adds_the_bot_again_keeps_its_settings(books: Books) -> None:
    decided(books, HERE)
    books.run(departures.left, [HERE], now=books.now)
    books.later(days=29)
    assert purge(books) == 0

    books.run(departures.came_back, [HERE])
    books.later(days=60)

    assert purge(books) == 0
    assert books.run(server_settings.settings_of, HERE).spoiler


def test_a_departure_recorded_twice_keeps_the_first_moment(books: Books) -> None:
    decided(books, HERE)
    books.run(departures.left, [HERE], now=books.now)
    books.later(days=29)
    books.run(departures.left, [HERE, THERE], now=books.now)
    books.later(days=2)

    assert purge(books) == 1
    assert books.run(departures.departed_servers) == (THERE,)


def test_every_server_with_a_decision_is_listed(books: Books) -> None:
    decided(books, HERE)
    books.run(server_settings.set_blocked, THERE, 1, True, user_id=9, now=books.now)

    assert sorted(books.run(departures.known_servers)) == [HERE, THERE]
