"""The operator is alerted once for each step of a budget or of a server's share."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from imagegen.store import admission, budget_alerts, shares
from imagegen.store.engine import open_store
from tests.imagegen.store.books import PRICE, Books
from tests.postgres import Cluster


def due(books: Books) -> list[tuple[str, int]]:
    """Return (budget, percent) of each alert, or the server's scope instead of the budget."""
    found = books.run(budget_alerts.due, books.limits, now=books.now)
    return [(str(alert.scope or alert.budget.name), alert.percent) for alert in found]


def give(books: Books, images: int | None, server_id: int = 7) -> None:
    share = None if images is None else images * PRICE
    books.run(shares.set_share, server_id, share, user_id=9, now=books.now)


def test_each_step_of_a_budget_is_alerted_once(books: Books) -> None:
    books.limit(budget_microusd_per_day=4 * PRICE, budget_microusd_per_month=100 * PRICE)
    books.submit()
    assert due(books) == []

    books.submit()
    assert due(books) == [("budget_day", 50)]
    assert due(books) == []
    books.submit(count=2)
    assert due(books) == [("budget_day", 100)]


def test_a_new_day_alerts_again(books: Books) -> None:
    books.limit(budget_microusd_per_day=2 * PRICE, budget_microusd_per_month=100 * PRICE)
    books.submit()
    assert due(books) == [("budget_day", 50)]

    books.later(days=1)
    assert due(books) == []
    books.submit()

    assert due(books) == [("budget_day", 50)]


def test_a_raised_budget_alerts_again_and_a_lowered_one_does_not(books: Books) -> None:
    books.limit(budget_microusd_per_day=4 * PRICE, budget_microusd_per_month=100 * PRICE)
    books.submit(count=2)
    assert due(books) == [("budget_day", 50)]

    books.limit(budget_microusd_per_day=3 * PRICE)
    assert due(books) == []
    books.limit(budget_microusd_per_day=8 * PRICE)
    books.submit(count=2)

    assert due(books) == [("budget_day", 50)]
    assert due(books) == []


def test_each_step_of_a_share_is_alerted_once_for_each_server_and_month(books: Books) -> None:
    give(books, 4)
    give(books, 2, server_id=8)
    books.submit()
    assert due(books) == []

    books.submit(2)
    books.submit(3, scope="g:8")
    assert due(books) == [("g:7", 50), ("g:8", 50)]
    assert due(books) == []
    books.submit(count=2)
    assert due(books) == [("g:7", 100)]
    books.later(days=30)
    books.submit(count=2)

    assert due(books) == [("g:7", 50)]


def test_input_images_bring_a_share_to_its_step(books: Books) -> None:
    give(books, 4)

    books.submit(cost={"input_price_microusd": PRICE})

    assert due(books) == [("g:7", 50)]


def test_the_default_share_alerts_too_and_direct_messages_have_none(books: Books) -> None:
    books.limit(share_microusd_per_month=2 * PRICE)

    books.submit(scope="dm", count=2)
    books.submit(scope="g:8")

    assert due(books) == [("g:8", 50)]


def test_a_raised_share_alerts_again_and_a_stopped_server_never(books: Books) -> None:
    give(books, 2)
    books.submit()
    assert due(books) == [("g:7", 50)]

    give(books, 0)
    assert due(books) == []
    give(books, 4)
    books.submit()

    assert due(books) == [("g:7", 50)]


def test_a_rest_that_pays_no_image_is_a_share_and_a_budget_used_up(books: Books) -> None:
    books.limit(image_microusd=PRICE, budget_microusd_per_day=PRICE * 7 // 2)
    books.run(shares.set_share, 7, PRICE * 5 // 2, user_id=9, now=books.now)

    books.submit(count=2)
    share = due(books)
    books.submit(scope="dm")

    assert share == [("budget_day", 50), ("g:7", 100)]
    assert due(books) == [("budget_day", 100)]


def test_an_alert_of_an_older_version_is_not_repeated(books: Books) -> None:
    books.limit(budget_microusd_per_day=2 * PRICE)
    books.submit()
    due(books)
    books.run(lambda tx: tx.execute(text("UPDATE budget_alerts SET limit_microusd = NULL")))

    books.limit(budget_microusd_per_day=PRICE * 19 // 10)

    assert due(books) == []


async def test_of_several_processes_one_alerts(postgresql: Cluster) -> None:
    url = postgresql.database()
    stores = [await open_store(url), await open_store(url)]
    books = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
    ask = books.ask()
    now = books.now
    await stores[0].write(shares.set_share, 7, 2 * PRICE, user_id=9, now=now)
    await stores[0].write(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=now)

    found = await asyncio.gather(*(store.write(budget_alerts.due, books.limits, now=now) for store in stores * 4))

    assert sum(map(len, found)) == 1
    for store in stores:
        await store.close()
