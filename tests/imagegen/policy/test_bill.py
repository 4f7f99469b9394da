"""A bill is a CSV that spreadsheets read, without formulas, whose amounts add up."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO

import pytest

from imagegen.model import DIRECT, Scope
from imagegen.policy import bill
from imagegen.policy.bill import bill_csv
from imagegen.reports import Bill, Billed, BillLine

HERE = Scope(123456789012345678)


def a_bill(*lines: BillLine) -> Bill:
    return Bill("2026-11", lines, reserved=0)


def rows(found: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(found.decode("utf-8-sig"))))


def test_a_bill_has_a_line_for_each_server_and_model() -> None:
    line = BillLine(HERE, "wan2.6-t2i", Billed(34, 33, 1_020_000))

    found = bill_csv(a_bill(line, BillLine(DIRECT, "wan2.6-image", Billed(1, 1, 30_001))), {HERE: '猫, "Cats"'})

    assert found.startswith(b"\xef\xbb\xbfmonth,server_id,server_name,model,images_billed,images_shown,usd\r\n")
    assert [list(row.values()) for row in rows(found)] == [
        ["2026-11", "123456789012345678", '猫, "Cats"', "wan2.6-t2i", "34", "33", "1.020000"],
        ["2026-11", "", "", "wan2.6-image", "1", "1", "0.030001"],
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＠"])
def test_no_name_is_a_formula(sign: str) -> None:
    line = BillLine(HERE, "wan2.6-t2i", Billed(1, 1, 30_000))

    (row,) = rows(bill_csv(a_bill(line), {HERE: f"{sign}HYPERLINK(0)"}))

    assert row["server_name"].startswith(f"'{sign}")


@pytest.mark.parametrize("separator", [";", "\t", "\r", "\n"])
def test_no_name_splits_into_a_formula(separator: str) -> None:
    line = BillLine(HERE, "wan2.6-t2i", Billed(1, 1, 30_000))

    (row,) = rows(bill_csv(a_bill(line), {HERE: f"a{separator}=1+1"}))

    assert row["server_name"] == "a =1+1"


def test_a_bill_of_too_many_lines_still_adds_up() -> None:
    lines = [BillLine(Scope(n + 1), "wan2.6-t2i", Billed(2, 1, 30_001)) for n in range(bill.MAX_LINES + 3)]

    found = rows(bill_csv(a_bill(*lines), {}))

    assert len(found) == bill.MAX_LINES + 1
    assert found[-1]["model"] == bill.THE_REST
    assert sum(int(row["images_billed"]) for row in found) == 2 * len(lines)
    assert sum(Decimal(row["usd"]) for row in found) == Decimal("0.030001") * len(lines)


def test_what_was_deleted_before_the_upgrade_is_named_so() -> None:
    (row,) = rows(bill_csv(a_bill(BillLine(None, "", Billed(0, 0, 90_000))), {}))

    assert (row["server_id"], row["model"], row["usd"]) == ("", bill.DELETED, "0.090000")
