"""What a key may use, free of charge: the models, the account's grants, the rate limits.

https://www.alibabacloud.com/help/en/model-studio/list-models, …/list-model-permissions, …/list-quotas (2026-09-28).
The Chinese edition and the vendor's command line name another path for the limits: /models/limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from sandbox.wan import validation
from sandbox.wan.errors import documented
from sandbox.wan.models import MODELS, Model
from sandbox.wan.models.records import Use
from sandbox.wan.state import WAN, LocalWan, with_request_id
from sandbox.wan.task_list import positive

MAX_PAGE_SIZE = 200  # documented for permissions; no other maximum is
SUCCESS = {"code": None, "message": None, "success": True}


async def list_models(request: web.Request) -> web.StreamResponse:
    """Answer the region's models, whether or not the account may use them."""
    validation.check_key(request)
    return _page(request, "models", MODELS.values(), _catalog_row)


async def list_permissions(request: web.Request) -> web.StreamResponse:
    """Answer the models that the account may use, or by default those that it may be granted."""
    validation.check_key(request)
    wan = request.app[WAN]
    if not wan.settings.lists_permissions:
        raise documented("NotFound")
    denied = wan.not_activated()
    wants_all = request.query.get("authorization_scope", "AUTHORIZABLE") != "AUTHORIZED"
    rows = [model for model in MODELS.values() if wants_all or model.name not in denied]
    return _page(request, "permissions", rows, lambda model: _permission_row(model, model.name not in denied))


async def list_limits(request: web.Request) -> web.StreamResponse:
    """Answer the rate limits of each model."""
    validation.check_key(request)
    wan = request.app[WAN]
    return _page(request, "quotas", MODELS.values(), lambda model: _limit_row(model, wan))


def _page(
    request: web.Request, name: str, models: Iterable[Model], row: Callable[[Model], dict[str, Any]]
) -> web.StreamResponse:
    """Answer one page of the models that the query matches, by an exact ``model`` or a part of the ``name``."""
    query: Mapping[str, str] = request.query
    page_no, page_size = positive(query, "page_no", 1), min(MAX_PAGE_SIZE, positive(query, "page_size", 20))
    part, exact = query.get("name", ""), query.get("model", "")
    found = [model for model in models if part in model.name and exact in ("", model.name)]
    shown = [row(model) for model in found[(page_no - 1) * page_size : page_no * page_size]]
    output = {"total": len(found), "page_no": page_no, "page_size": page_size, name: shown}
    return with_request_id(request, {**SUCCESS, "output": output})


def _catalog_row(model: Model) -> dict[str, Any]:
    takes_images = Use.EDIT in model.modes
    return {
        "model": model.name,
        "name": model.name,
        "provider": "wan" if model.name.startswith("wan") else "qwen",
        "capabilities": ["IG"],
        "inference_metadata": {
            "request_modality": ["Text", "Image"] if takes_images else ["Text"],
            "response_modality": ["Image"],
        },
    }


def _permission_row(model: Model, may_use: bool) -> dict[str, Any]:
    permissions = {"inference": may_use, "fine_tune": False, "deploy": False}
    return {"model": model.name, "name": model.name, "permissions": permissions}


def _limit_row(model: Model, wan: LocalWan) -> dict[str, Any]:
    return {
        "model": model.name,
        "workspace_id": "sandbox",
        "model_limit": {
            "request_limit": model.limit.requests,
            "request_limit_period": model.limit.period_s,
            "usage_limit": None,
            "usage_limit_field": None,
            "usage_limit_period": None,
            "async_user_queue_limit": None,
            "async_user_concurrency_limit": wan.settings.in_flight if model.tasks else None,
        },
        "workspace_limit": None,
    }
