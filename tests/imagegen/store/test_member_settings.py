"""What members chose is kept until they choose otherwise, and other processes find each change."""

from __future__ import annotations

import asyncio
from functools import partial

from sqlalchemy import Connection, func, select, update

from imagegen.image_request import AspectRatio
from imagegen.policy.member_settings import MemberSettings
from imagegen.store import erasure, member_data, member_settings
from imagegen.store.engine import open_store
from imagegen.store.member_settings import NOTHING_READ, Snapshot
from imagegen.store.tables_members import member_settings as table
from tests.imagegen.store.books import NOON, Books
from tests.postgres import Cluster


def choose(books: Books, user_id: int, name: str, value: object) -> MemberSettings:
    return books.run(member_settings.change, user_id, lambda before: before.with_choice(name, value), now=books.now)


def rows(tx: Connection) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def test_each_choice_is_kept_beside_the_others_and_those_of_another_version(books: Books) -> None:
    choose(books, 1, "aspect_ratio", "tall")
    books.run(lambda tx: tx.execute(update(table).values(settings='{"aspect_ratio": "tall", "new": 1}')))
    choose(books, 1, "count", 3)

    found = books.run(member_settings.settings_of, 1)

    assert found == MemberSettings(AspectRatio.TALL, count=3)
    assert found.unknown == {"new": 1}
    assert books.run(member_settings.settings_of, 2) == MemberSettings()


def test_a_member_who_chooses_every_default_again_leaves_no_row(books: Books) -> None:
    choose(books, 1, "private", True)
    choose(books, 1, "private", None)

    assert books.run(rows) == 0


def test_every_change_and_erasure_is_found_once(books: Books) -> None:
    found = [NOTHING_READ]

    def read(limit: int = 9) -> Snapshot:
        seen = books.run(member_settings.changed_since, found[-1], limit=limit)
        assert seen is not None
        found.append(seen)
        return seen

    read()
    choose(books, 1, "count", 2)
    first = read()
    books.later(seconds=-30)  # the clock of another process is behind
    choose(books, 1, "count", 3)
    choose(books, 2, "language", "zh-CN")
    one_of_two = read(limit=1)
    books.run(erasure.forget, 1, limit=9, now=books.now)
    last = read()

    assert first.members == {1: MemberSettings(count=2)}
    assert len(one_of_two.members) == 1
    assert last.members == {2: MemberSettings(language="zh-CN")}
    assert books.run(member_settings.changed_since, last, limit=9) is None


def test_what_did_not_change_is_not_read_again(books: Books) -> None:
    for user_id in (3, 1, 2):
        choose(books, user_id, "count", 2)
        books.later(seconds=1)
    before = books.run(member_settings.changed_since, NOTHING_READ, limit=9)
    choose(books, 1, "count", 3)
    books.run(member_settings.forget, 2)

    after = books.run(member_settings.changed_since, before or NOTHING_READ, limit=9)

    assert before is not None
    assert after is not None
    assert list(before.members) == [3, 1, 2]
    assert list(after.members.items()) == [(3, MemberSettings(count=2)), (1, MemberSettings(count=3))]
    assert after.members[3] is before.members[3]


def test_a_member_reads_their_settings_in_their_data(books: Books) -> None:
    choose(books, 1, "count", 2)

    assert books.run(member_data.person, 1)["settings"] == [{"settings": {"count": 2}, "at": books.now}]
    assert books.run(member_data.person, 2)["settings"] == []


async def test_two_presses_at_once_in_two_processes_are_both_kept(postgresql: Cluster) -> None:
    url = postgresql.database()
    stores = [await open_store(url), await open_store(url)]
    choices = {"count": 2, "language": "zh-CN", "private": True, "model": "wan2.6-t2i"}

    def chosen(before: MemberSettings, name: str) -> MemberSettings:
        return before.with_choice(name, choices[name])

    await asyncio.gather(
        *(
            stores[n % 2].write(member_settings.change, 1, partial(chosen, name=name), now=NOON)
            for n, name in enumerate(choices)
        )
    )
    found = await stores[0].read(member_settings.settings_of, 1)
    for store in stores:
        await store.close()

    assert found == MemberSettings(model="wan2.6-t2i", count=2, private=True, language="zh-CN")
