"""The list of the models that a key may use is read whole, or not at all; and of the limits the lowest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from imagegen.errors import Reason, WanError
from tests.imagegen.wan.endpoint import Answer, Endpoint, giving

MODELS = [f"model-{number}" for number in range(250)]
DENIED = "model-7"


def listing(models: list[str], page: int = 200, **changes: Any) -> Answer:
    """Answer pages of at most *page* rows, in the form of the document."""

    async def answer(request: web.Request) -> web.StreamResponse:
        number, size = int(request.query["page_no"]), min(page, int(request.query["page_size"]))
        shown = models[(number - 1) * size : number * size]
        rows = [{"model": name, "permissions": {"inference": name != DENIED, "deploy": True}} for name in shown]
        output = {"total": len(models), "page_no": number, "page_size": size, "permissions": rows, **changes}
        return web.json_response({"code": None, "message": "", "success": True, "request_id": "r", "output": output})

    return answer


@pytest.mark.parametrize(("page", "pages"), [(200, 2), (50, 5)])
async def test_every_page_is_read_even_if_pages_are_shorter_than_requested(
    endpoint: Endpoint, page: int, pages: int
) -> None:
    endpoint.answer = listing(MODELS, page)

    permitted = await endpoint.client.permitted_models()

    assert permitted == {*MODELS} - {DENIED}
    assert len(endpoint.seen) == pages
    request, _ = endpoint.seen[0]
    assert (request.method, request.path) == ("GET", "/api/v1/models/permissions")
    assert request.query["authorization_scope"] == "AUTHORIZED"


NOT_A_LIST = [
    listing(MODELS[:3], total=4),  # one row is missing
    listing(MODELS[:3], total="3"),
    listing(MODELS[:1], total=True),
    listing(MODELS[:3], permissions={}),
    giving(b'{"output": {"models": []}}'),
    giving(b"<html>not found</html>", 404),
    giving(json.dumps({"code": "NotFound", "message": "", "request_id": "r"}).encode(), 404),
]


@pytest.mark.parametrize("answer", NOT_A_LIST)
async def test_an_answer_that_is_no_whole_list_denies_no_model(endpoint: Endpoint, answer: Answer) -> None:
    endpoint.answer = answer

    with pytest.raises(WanError) as error:
        await endpoint.client.permitted_models()

    assert error.value.reason in (Reason.WAN_UNREADABLE, Reason.WAN_REJECTED)


async def test_a_list_without_an_end_is_given_up(endpoint: Endpoint) -> None:
    endpoint.answer = listing([f"model-{number}" for number in range(99)], 1)

    with pytest.raises(WanError):
        await endpoint.client.permitted_models()

    assert len(endpoint.seen) == 25


def limit(requests: object, period: object) -> dict[str, object]:
    return {"request_limit": requests, "request_limit_period": period}


@pytest.mark.parametrize(
    ("quotas", "per_s"),
    [
        ([{"model": "a", "model_limit": limit(2, 60), "workspace_limit": None}], 2 / 60),
        ([{"model": "a", "model_limit": limit(5, 1), "workspace_limit": limit(1, 1)}], 1),
        ([{"model": "a", "model_limit": limit(5, 1)}, {"model": "a", "model_limit": limit(3, 1)}], 3),
        ([{"model": "ab", "model_limit": limit(2, 60)}], None),
        ([{"model": "a", "model_limit": limit(None, 60)}, {"model": "a", "model_limit": limit(2, 0)}, "a", None], None),
        ([{"model": "a", "model_limit": limit(10**400, 1), "workspace_limit": limit(True, True)}], None),
        ("none", None),
    ],
)
async def test_the_lowest_limit_of_a_model_is_read(endpoint: Endpoint, quotas: Any, per_s: float | None) -> None:
    endpoint.answer = giving(json.dumps({"code": None, "output": {"total": 1, "quotas": quotas}}).encode())

    assert await endpoint.client.rate_limit("a") == per_s
    ((request, _),) = endpoint.seen
    assert (request.path, request.query["model"]) == ("/api/v1/quotas", "a")
