"""Write a bill as a CSV for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from imagegen.model import MICRO_USD, Scope
from imagegen.reports import Bill, Billed, BillLine

HEAD = ("month", "server_id", "server_name", "model", "images_billed", "images_shown", "usd")
BOM = "\ufeff"  # without it, Excel reads a CSV in the local code page
MAX_LINES = 5000
THE_REST, DELETED = "all further lines", "deleted before bills were kept"
# A spreadsheet would read a cell that begins so as a formula.
# https://owasp.org/www-community/attacks/CSV_Injection (2026-11-29)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_SEPARATORS = re.compile(r"[;\t\r\n]")


def bill_csv(bill: Bill, names: Mapping[Scope, str]) -> bytes:
    """Return *bill* as UTF-8, a line for each server and model. *names* has the names of scopes that are known.

    Beyond MAX_LINES, one line has the sum of the rest, so that the amounts always add up.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in _bounded(bill.lines):
        writer.writerow(_row(bill.month, line, names))
    return (BOM + out.getvalue()).encode()


def _row(month: str, line: BillLine, names: Mapping[Scope, str]) -> tuple[str | int, ...]:
    server_id, name = "", ""
    if line.scope is not None:
        server_id, name = str(line.scope.server_id or ""), names.get(line.scope, "")
    amount = line.amount
    model = line.model or DELETED
    return month, server_id, _text(name), _text(model), amount.billed, amount.delivered, usd(amount)


def _bounded(lines: tuple[BillLine, ...]) -> tuple[BillLine, ...]:
    rest = lines[MAX_LINES:]
    if not rest:
        return lines
    amounts = [line.amount for line in rest]
    total = Billed(
        sum(one.billed for one in amounts),
        sum(one.delivered for one in amounts),
        sum(one.microusd for one in amounts),
    )
    return (*lines[:MAX_LINES], BillLine(None, THE_REST, total))


def _text(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, or splits where it separates cells by ; or tab."""
    safe = f"'{text}" if text.startswith(_FORMULA) else text
    return _SEPARATORS.sub(" ", safe)


def usd(amount: Billed) -> str:
    """Return the exact amount in US dollars, such as 0.030000."""
    return f"{amount.microusd // MICRO_USD}.{amount.microusd % MICRO_USD:06d}"
