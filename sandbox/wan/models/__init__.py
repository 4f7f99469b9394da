"""The models of the local Wan, one record each. Those of uncertain.py are not activated at first."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.wan.errors import Refusal, documented, invalid
from sandbox.wan.models import qwen, uncertain, wan, z_image
from sandbox.wan.models.records import Mode, Model, Use

MODELS: Mapping[str, Model] = {row.name: row for row in (*wan.ROWS, *qwen.ROWS, *z_image.ROWS, *uncertain.ROWS)}
UNCERTAIN = tuple(row.name for row in MODELS.values() if row.uncertain)
# Models with other addresses and an ``input.prompt``: known, and refused by the address.
OLDER = ("wan2.5-", "wan2.2-", "wan2.1-", "wanx")


def known_model(name: object, path: str) -> Model:
    """Return the model. Refusal for an unknown model, and for a model whose address is not *path*."""
    if not name:
        raise documented("BadRequest.EmptyModel")
    if isinstance(name, str) and (name.startswith(OLDER) or (name in MODELS and not path)):
        raise invalid("url error, please check url！")
    if not isinstance(name, str) or name not in MODELS:
        raise Refusal(404, "ModelNotFound", f"Model not exist. ({name}; the sandbox has {', '.join(MODELS)})")
    return MODELS[name]


def use_of(model: Model, parameters: Mapping[str, object], images: int) -> Use:
    """Return the use that a request with so many input *images* makes of *model*."""
    if Use.STORY in model.modes and parameters.get("enable_interleave") is True:
        return Use.STORY
    if Use.SET in model.modes and parameters.get("enable_sequential") is True:
        return Use.SET
    wanted, other = (Use.EDIT, Use.TEXT) if images else (Use.TEXT, Use.EDIT)
    return wanted if wanted in model.modes else other


__all__ = ["MODELS", "UNCERTAIN", "Mode", "Model", "Use", "known_model", "use_of"]
