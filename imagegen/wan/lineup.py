"""The models that members can use here, and the model of each request. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imagegen.errors import Reason, Refused
from imagegen.wan.catalogue import MODELS, Model, Use

_REFUSALS = {
    Use.TEXT_TO_IMAGE: Reason.MODEL_NEEDS_IMAGE,
    Use.IMAGE_EDITING: Reason.MODEL_TAKES_NO_IMAGES,
    Use.STORY: Reason.MODEL_MAKES_NO_STORY,
}
_MISSING_USES = {
    Use.TEXT_TO_IMAGE: "cannot generate an image from a prompt alone",
    Use.IMAGE_EDITING: "takes no input images",
    Use.STORY: "writes no stories",
}


@dataclass(frozen=True)
class ModelLineup:
    """The offered models, in the operator's order, and the default model of each use."""

    models: tuple[Model, ...]
    defaults: Mapping[Use, Model]

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the models that a member can choose from; empty if no two models have the same use."""
        able = [
            [model for model in self.models if use in model.modes] for use in (Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING)
        ]
        return tuple(model.name for model in self.models) if max(map(len, able)) > 1 else ()

    def model_for(self, use: Use, named: str | None) -> Model:
        """Return the model for *use*: *named*, or the default. Raise Refused, with the reason, if no model fits."""
        offered = {model.name: model for model in self.models}
        if named is not None and named not in offered:
            raise Refused(Reason.MODEL_NOT_OFFERED, model=named[:40])
        model = self.defaults.get(use, self.models[0]) if named is None else offered[named]
        if use not in model.modes:
            raise Refused(_REFUSALS[use], model=model.name)
        return model


def build_lineup(names: Sequence[str], region: str, *, for_words: str = "", for_images: str = "") -> ModelLineup:
    """Return the lineup that the settings describe. ValueError names the setting to correct.

    Accept every region that no document names: the service itself refuses what the region does not have.
    """
    models = tuple(_named("MODELS", name, MODELS) for name in dict.fromkeys(names))
    if not models:
        raise ValueError(f"MODELS names no model; write one or more of {', '.join(MODELS)}")
    known = {known_region for model in MODELS.values() for known_region in model.regions}
    for model in models:
        if region in known and region not in model.regions:
            raise ValueError(f"MODELS: {model.name} is not in {region}; it is in {', '.join(model.regions)}")
    defaults = {use: model for use in Use for model in reversed(models) if use in model.modes}
    offered = {model.name: model for model in models}
    for setting, use, name in (
        ("MODEL_FOR_PROMPTS", Use.TEXT_TO_IMAGE, for_words),
        ("MODEL_FOR_IMAGES", Use.IMAGE_EDITING, for_images),
    ):
        if name:
            defaults[use] = _able(setting, use, _named(setting, name, offered))
    return ModelLineup(models, defaults)


def _named(setting: str, name: str, among: Mapping[str, Model]) -> Model:
    """Return the model *name*. ValueError, with *setting*, if it is not one of *among*."""
    if name not in among:
        raise ValueError(f"{setting}: {name} is not one of {', '.join(among)}")
    return among[name]


def _able(setting: str, use: Use, model: Model) -> Model:
    """Return *model*. ValueError, with *setting*, if it does not have *use*."""
    if use not in model.modes:
        raise ValueError(f"{setting}: {model.name} {_MISSING_USES[use]}")
    return model
