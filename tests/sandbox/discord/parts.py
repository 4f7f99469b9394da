"""Parts of messages and modals, as a bot sends them."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import WireBot

V2, EPHEMERAL = 1 << 15, 1 << 6
OPTIONS = [{"label": name, "value": name} for name in ("red", "green", "blue")]


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def button(custom_id: str = "b", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **more}


def select(kind: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "custom_id": "s", **more}


def text(content: str = "text") -> dict[str, Any]:
    return {"type": 10, "content": content}


def label(field: dict[str, Any], title: str = "Field") -> dict[str, Any]:
    return {"type": 18, "label": title, "component": {"custom_id": "f", **field}}


async def posted(wire: WireBot, *parts: dict[str, Any], files: dict[str, bytes] | None = None, **more: Any) -> Any:
    status, message = await wire.post({"flags": V2, "components": list(parts), **more}, files)
    assert status == 200, message
    return message
