"""Which models a key may use, and how often: lists that generate nothing. Pure.

Documents: [permissions] https://www.alibabacloud.com/help/en/model-studio/list-model-permissions (2026-09-28), for
Beijing only; nothing says whether other regions have the list. [quotas]
https://www.alibabacloud.com/help/en/model-studio/list-quotas (2026-09-28), for Beijing, Singapore, Virginia, Frankfurt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from imagegen.errors import Reason, WanUnanswered
from imagegen.wan.answers import as_list, as_object, read_answer, request_id_of, text_field
from imagegen.wan.requests import WireRequest

PAGE_ROWS = 200  # the most in one answer [permissions]
MAX_NUMBER = 10**9  # far above each total, rate and period; a longer number fits into no float
MAX_PAGES = 25  # of a list that is not endless: the whole platform has some 450 models


@dataclass(frozen=True)
class PermissionPage:
    """One page of the list: the models that it names, those of them that may be called, and how many the list has."""

    named: frozenset[str]
    permitted: frozenset[str]
    total: int


def page_request(number: int) -> WireRequest:
    """Return the request for page *number*, from 1. Without the scope, it would list what could be granted."""
    query = f"authorization_scope=AUTHORIZED&action=INFERENCE&page_no={number}&page_size={PAGE_ROWS}"
    return WireRequest("GET", f"/models/permissions?{query}", {})


def read_page(status: int, headers: Mapping[str, str], raw: bytes) -> PermissionPage:
    """Return a page. Raise WanRefused, or WanUnanswered for an answer of another form."""
    answer = read_answer(status, headers, raw)
    output = as_object(answer.get("output"))
    total = _number(output.get("total"))
    if not isinstance(output.get("permissions"), list) or total is None:
        raise WanUnanswered(Reason.WAN_UNREADABLE, status=status, request_id=request_id_of(answer))
    rows = [as_object(row) for row in as_list(output.get("permissions"))]
    permitted = [row for row in rows if as_object(row.get("permissions")).get("inference") is True]
    return PermissionPage(_names(rows), _names(permitted), total)


def _names(rows: list[dict[str, object]]) -> frozenset[str]:
    return frozenset(name for row in rows if (name := text_field(row, "model")))


def limits_request(model: str) -> WireRequest:
    """Return the request for the rate limits of *model*, a name of the catalogue."""
    return WireRequest("GET", f"/quotas?model={model}&page_no=1&page_size=20", {})


def read_limit(model: str, status: int, headers: Mapping[str, str], raw: bytes) -> float | None:
    """Return how many requests a second the account or the workspace may send to *model*; None if no row says it."""
    output = as_object(read_answer(status, headers, raw).get("output"))
    rows = [row for row in map(as_object, as_list(output.get("quotas"))) if row.get("model") == model]
    limits = [as_object(row.get(name)) for row in rows for name in ("model_limit", "workspace_limit")]
    return min((per_s for limit in limits if (per_s := _per_s(limit)) is not None), default=None)


def _per_s(limit: Mapping[str, object]) -> float | None:
    requests, period_s = _number(limit.get("request_limit")), _number(limit.get("request_limit_period"))
    return None if requests is None or not period_s else requests / period_s


def _number(value: object) -> int | None:
    """Return a number of an answer; None if it is none, or none that such an answer may hold."""
    return value if type(value) is int and 0 <= value <= MAX_NUMBER else None
