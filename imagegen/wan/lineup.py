"""The models that members can use here, and the model of each request. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imagegen.errors import Reason, Refused
from imagegen.reports import WrongSetting
from imagegen.wan.catalogue import MODELS
from imagegen.wan.record import Model, Use

_REFUSALS = {
    Use.TEXT_TO_IMAGE: Reason.MODEL_NEEDS_IMAGE,
    Use.IMAGE_EDITING: Reason.MODEL_TAKES_NO_IMAGES,
    Use.STORY: Reason.MODEL_MAKES_NO_STORY,
    Use.IMAGE_SET: Reason.MODEL_MAKES_NO_IMAGE_SET,
}
_MISSING_USES = {
    Use.TEXT_TO_IMAGE: "cannot generate an image from a prompt alone",
    Use.IMAGE_EDITING: "takes no input images",
}
_SETTINGS = {Use.TEXT_TO_IMAGE: "MODEL_FOR_PROMPTS", Use.IMAGE_EDITING: "MODEL_FOR_IMAGES"}


@dataclass(frozen=True)
class ModelLineup:
    """The offered models, in the operator's order, and the default model of each use."""

    models: tuple[Model, ...]
    defaults: Mapping[Use, Model]

    def model_for(self, use: Use, named: str | None) -> Model:
        """Return the model for *use*: *named*, or the default. Raise Refused, with the reason, if no model fits."""
        offered = {model.name: model for model in self.models}
        if named is not None and named not in offered:
            raise Refused(Reason.MODEL_NOT_OFFERED, model=named if named in MODELS else "")  # not what was typed
        model = self.defaults.get(use, self.models[0]) if named is None else offered[named]
        if use not in model.modes:
            raise Refused(_REFUSALS[use], model=model.name)
        return model


def build_lineup(names: Sequence[str], for_words: str = "", for_images: str = "") -> ModelLineup:
    """Return the lineup that the settings describe. ``wrong_models`` has found nothing wrong with them."""
    models = tuple(MODELS[name] for name in dict.fromkeys(names))
    defaults = {use: model for use in Use for model in reversed(models) if use in model.modes}
    defaults |= {use: MODELS[name] for use, name in _wanted(for_words, for_images).items()}
    return ModelLineup(models, defaults)


def wrong_models(names: Sequence[str], region: str, for_words: str, for_images: str) -> tuple[WrongSetting, ...]:
    """Return what is wrong with the settings of the lineup.

    Accept every region that no document names: the service itself refuses what the region does not have.
    """
    known = {known_region for model in MODELS.values() for known_region in model.regions}
    here = [name for name, model in MODELS.items() if region in model.regions or region not in known]
    if not names or not set(names) <= MODELS.keys():
        return (WrongSetting("MODELS", f"must name one or more of {', '.join(MODELS)}", ", ".join(here)),)
    if absent := next((name for name in names if name not in here), None):
        why = f"must leave out {absent}, which is not in {region}; it is in {', '.join(MODELS[absent].regions)}"
        return (WrongSetting("MODELS", why, ", ".join(here), ("DASHSCOPE_HTTP_BASE_URL", "WAN_REGION")),)
    found = []
    for use, name in _wanted(for_words, for_images).items():
        able = [offered for offered in names if use in MODELS[offered].modes]
        if name not in able:
            lacks = _MISSING_USES[use] if name in names else "is not in MODELS"
            shown = name if name in MODELS else "the model"
            found.append(WrongSetting(_SETTINGS[use], f"cannot be used: {shown} {lacks}", (*able, "")[0], ("MODELS",)))
    return tuple(found)


def _wanted(for_words: str, for_images: str) -> Mapping[Use, str]:
    return {use: name for use, name in zip(_SETTINGS, (for_words, for_images), strict=True) if name}
