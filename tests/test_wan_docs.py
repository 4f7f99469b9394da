"""The tables of docs/wan.md match the code. ``python -m tests.test_wan_docs`` writes them again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from cogs.text import formatters, operator_alerts, phrases
from imagegen.errors import Reason, WanError, WanLinkLost, WanNotSent, WanRefused, WanUnanswered
from imagegen.model import Failure
from imagegen.policy import retry
from imagegen.policy.retry import ALLOCATION_WAIT_S, MAX_ATTEMPTS, GiveUp, PauseSending, Reach, RetryLater
from imagegen.reports import Alert
from imagegen.wan.codes import DOCUMENTED, reason_for

DOC = Path(__file__).parent.parent / "docs" / "wan.md"
TABLE = re.compile(r"(<!-- (\w+): [^\n]* -->\n).*?(<!-- /\2 -->)", re.DOTALL)
ID = "a1b2"

# Errors that have no documented code.
WITHOUT_CODE: list[tuple[str, WanError]] = [
    ("no connection", WanNotSent(Reason.WAN_DOWN, cause="ClientConnectorError")),
    ("sent, then silence or a cut", WanUnanswered(Reason.UNANSWERED, cause="TimeoutError")),
    ("sent, then a gateway's 502 or 504", WanUnanswered(Reason.UNANSWERED, status=502)),
    ("sent, then an answer that is not Wan's", WanUnanswered(Reason.WAN_UNREADABLE, status=404)),
    ("a gateway's 429", WanRefused(Reason.GATEWAY_REFUSED, status=429, retry_after_s=3600)),
    ("a gateway's 401", WanRefused(Reason.KEY_REFUSED, status=401)),
    (
        "`InvalidParameter`: url error, Model not exist",
        WanRefused(Reason.WAN_SETUP, code="InvalidParameter", status=400),
    ),
    ("a story cut before anything came", WanUnanswered(Reason.UNANSWERED, request_id=ID, cause="cut")),
    ("an undocumented code, 4xx", WanRefused(reason_for("New", 418), code="New", status=418)),
    ("an undocumented code, 429", WanRefused(reason_for("New", 429), code="New", status=429)),
    ("an undocumented code, 5xx", WanRefused(reason_for("New", 500), code="New", status=500)),
    (
        "a task CANCELED outside the bot",
        WanRefused(Reason.WAN_REJECTED, code="CANCELED", status=200, request_id=ID),
    ),
    ("a task that is UNKNOWN", WanRefused(Reason.RESULT_LOST, code="UNKNOWN", status=200, request_id=ID)),
    ("a success without an image", WanRefused(Reason.NO_IMAGE, status=200, request_id=ID)),
    ("a billed image without a link", WanRefused(Reason.RESULT_LOST, status=200, request_id=ID)),
    ("a link that no longer works", WanLinkLost(Reason.RESULT_LOST, status=403)),
]


def errors_table() -> Iterator[str]:
    yield "| HTTP | code | the member reads | the operator reads | may be paid | retried |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for status, codes in DOCUMENTED.items():
        for code in codes:
            error = WanRefused(reason_for(code, status), code=code, status=status, request_id=ID)
            yield f"| {status} | `{code}` | {_row(error)} |"
    for what, ended in WITHOUT_CODE:
        yield f"| {ended.status or ''} | {what} | {_row(ended)} |"


def _row(error: WanError) -> str:
    cells = _cells(error)
    pause = retry.shared_pause(error)
    if pause is not None and pause.reach is not Reach.ACCOUNT:
        what = "model" if pause.reach is Reach.MODEL else "call style"
        cells = f"{cells[0]}", f"`sending_paused`, {cells[1]}{_alarm(error)}", cells[2], (
            f"no; the {what} is paused, and one job tries it every {pause.delay_s / 60:.0f} min"
        )  # fmt: skip
    elif error.reason in retry.ALERT_REASONS:
        cells = cells[0], cells[1] + _alarm(error), *cells[2:]
    return " | ".join(cells)


def _cells(error: WanError) -> tuple[str, str, str, str]:
    match retry.decide(error, attempts=0, rng=Random(1)):
        case PauseSending(_, delay_s):
            reads = phrases.PAUSES.get(error.reason, phrases.PAUSED)
            return reads, f"`sending_paused`{_alarm(error)}", "no", f"one job tries every {delay_s / 60:.0f} min"
        case RetryLater() as again:
            end = _at_the_end(error)
            reads = _one_line(formatters.sentence(end.failure))
            logged = f"`job_retry_scheduled`, at last {_log(error)}"
            return reads, logged, _yes(end.may_have_been_paid), _how_often(error, again)
        case GiveUp(failure, paid):
            ended = Failure(failure.reason, {"model": "the model", **failure.facts})
            return _one_line(formatters.sentence(ended)), _log(error), _yes(paid), "no"


def _one_line(text: str) -> str:
    """Return *text* as a cell of a table: its small print behind it."""
    return text.replace("\n-# ", " · ")


def _alarm(error: WanError) -> str:
    pause = retry.shared_pause(error)
    model = "*" if pause is not None and pause.reach is Reach.ACCOUNT else "the model"
    alarm = Alert(error.reason, model, "that", error.code, error.status, pauses=pause is not None)
    return f", and as a direct message: {operator_alerts.alarm(alarm)}"


def _log(error: WanError) -> str:
    """Return the log event and its reason."""
    return f"`{'job_undelivered' if isinstance(error, WanLinkLost) else 'job_failed'}` {error.reason}"


def _at_the_end(error: WanError) -> GiveUp:
    end = retry.decide(error, attempts=MAX_ATTEMPTS, rng=Random(1))
    assert isinstance(end, GiveUp)
    return end


def _how_often(error: WanError, again: RetryLater) -> str:
    if isinstance(retry.decide(error, attempts=1, rng=Random(1)), GiveUp):
        return f"once, after {ALLOCATION_WAIT_S:.0f} s"
    return f"{MAX_ATTEMPTS - 1} times" + (", without enhancing" if again.enhance is False else "")


def _yes(paid: bool) -> str:
    return "**yes**" if paid else "no"


TABLES = {"errors": errors_table}


def written(text: str) -> str:
    return TABLE.sub(lambda found: found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3], text)


def test_the_tables_are_what_the_code_does() -> None:
    text = DOC.read_text(encoding="utf-8")

    assert [found[1] for found in TABLE.findall(text)] == [*TABLES]
    assert text == written(text), "run python -m tests.test_wan_docs"


def test_every_code_says_what_it_means_for_the_quota() -> None:
    rows = [row.split(" | ") for row in list(errors_table())[2:]]

    assert len(rows) == sum(map(len, DOCUMENTED.values())) + len(WITHOUT_CODE)
    for row in rows:
        assert len(row) == 6, row
        assert "your quota" in row[2], row


if __name__ == "__main__":
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")
