"""Tables are copied in batches of many rows, and of few where a row is large."""

from __future__ import annotations

import pytest

from imagegen.store import copying
from imagegen.store.revision import NEWEST
from tests.imagegen.store.books import Books


def test_rows_come_in_batches(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in range(3):
        books.submit(person)
    monkeypatch.setattr(copying, "BATCH_ROWS", 10)

    with books.engine.begin() as tx:
        tables = {table.name: table for table in copying.tables_in(tx, NEWEST)}
        ledger, inputs = tables["ledger"], tables["inputs"]
        sizes = [len(rows) for rows in copying.batches(tx, ledger)]
        rest = [len(rows) for rows in copying.batches(tx, ledger, skip=15)]

    assert sizes == [10] * (len(sizes) - 1) + [sizes[-1]]
    assert len(sizes) > 2
    assert sum(rest) == sum(sizes) - 15
    assert inputs.batch_rows * 3_100_000 < 32_000_000
