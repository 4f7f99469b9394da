"""Every error of Wan ends an item with a cause, Wan's code and what to do; no error ends a verification."""

from __future__ import annotations

import pytest

from cogs.text import operator_alerts
from hosting.verify.items import Verdict
from hosting.verify.wan_errors import failure
from imagegen.errors import Reason, WanError, WanLinkLost, WanNotSent, WanUnanswered
from imagegen.wan.answers import error_from, refusal
from imagegen.wan.codes import DOCUMENTED

CODES = [(status, code) for status, codes in DOCUMENTED.items() for code in codes]
WITHOUT_CODE = [
    error_from(401, {}, b""),
    error_from(403, {}, b"<Error/>"),
    error_from(429, {}, b"error code: 1015"),
    error_from(502, {}, b"upstream connect error"),
    error_from(200, {}, b"<html>"),
    WanNotSent(Reason.WAN_DOWN, cause="ClientConnectorError"),
    WanUnanswered(Reason.UNANSWERED, cause="TimeoutError"),
    WanLinkLost(Reason.RESULT_LOST, cause="host"),
]


def is_kind(seen: str) -> bool:
    """Return whether *seen* is a sentence with a cause of its own, and advice that fits a verification."""
    generic = operator_alerts.UNKNOWN in seen.lower() or operator_alerts.RETRIES in seen
    return seen.endswith(".") and seen.count(". ") >= 1 and seen[0].isupper() and not generic


@pytest.mark.parametrize(("status", "code"), CODES)
def test_every_documented_code_is_named_with_a_cause_and_advice(status: int, code: str) -> None:
    outcome = failure(refusal(code, "", status, {"request_id": "7"}), "sync")

    assert outcome.verdict is Verdict.FAILED
    assert f"Wan's answer: {code} (HTTP {status})." in outcome.seen
    assert is_kind(outcome.seen), outcome.seen
    assert (outcome.facts["code"], outcome.facts["status"], outcome.facts["request_id"]) == (code, status, "7")


@pytest.mark.parametrize("error", WITHOUT_CODE, ids=str)
def test_an_error_without_a_code_is_said_in_a_sentence_too(error: WanError) -> None:
    outcome = failure(error, "sync")

    assert outcome.verdict is Verdict.FAILED
    assert is_kind(outcome.seen), outcome.seen
