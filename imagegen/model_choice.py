"""Choose the model of a request: the named one, the default, or another that takes the request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from imagegen.errors import Reason, Refused
from imagegen.model import ImageRequest
from imagegen.policy import parts
from imagegen.policy.validation import validate_request
from imagegen.reports import RequestLimits
from imagegen.wan.catalogue import MODELS, request_limits, weight
from imagegen.wan.lineup import ModelLineup
from imagegen.wan.record import Model, Use, use_of


@dataclass(frozen=True)
class Fitted:
    """A request that was validated for a model, in the use that it has of the model."""

    model: Model
    use: Use
    image_request: ImageRequest


@dataclass(frozen=True)
class ModelChoice:
    """The offered models, what one image of each uses of a quota if the operator says so, and what Wan refuses now.

    *refused* has the reason for each model and use that Wan refuses to the account.
    """

    lineup: ModelLineup
    weights: Mapping[str, int]
    refused: Mapping[tuple[str, Use], str] = field(default_factory=dict)

    def fitted(self, wanted: ImageRequest, images: int) -> Fitted:
        """Return the model for *wanted* with *images* input images. Raise Refused if that model does not take it.

        If nobody named a model and the default does not take the request, or Wan refuses the default now, choose the
        offered model that takes it and is nearest in weight, unless an image of that model weighs more than expected.
        If there is such a model, the fact *other* names it. A request with boxes takes the nearest model that takes
        boxes; without such a model, the default reads them as words.
        """
        use = use_of(wanted, images)
        try:
            model = self.model_for(use, wanted.model, boxes=bool(wanted.boxes))
            return self._fitted(model, use, wanted, images)
        except Refused as error:
            if error.reason is Reason.MODEL_NOT_OFFERED:
                raise Refused(error.reason, **error.facts, offered=self._offered(use)) from None
            other = self._other(wanted, images, use)
            if other is None:
                raise
            if wanted.model is None and (wanted.names_feature or self._is_as_light(other.model, use, wanted)):
                return other
            raise Refused(error.reason, **error.facts, other=other.model.name) from None

    def _offered(self, use: Use) -> str:
        """Return the intents of the models for *use*, in the form of the fact *offered*."""
        return ",".join(dict.fromkeys(model.intent for model in self.lineup.models if use in model.modes))

    def _is_as_light(self, model: Model, use: Use, wanted: ImageRequest) -> bool:
        """Return whether an image of *model* weighs no more than one of the default for *wanted*."""
        return self._weight(model) <= self._weight(self.model_for(use, None, boxes=bool(wanted.boxes)))

    def _other(self, wanted: ImageRequest, images: int, use: Use) -> Fitted | None:
        able = [model for model in self.lineup.models if use in model.modes]
        for model in self._nearest(able, use, wanted.model):
            with suppress(Refused):
                return self._fitted(model, use, wanted, images)
        return None

    def _nearest(self, models: Iterable[Model], use: Use, named: str | None = None) -> list[Model]:
        """Return *models*, the nearest in weight to *named* or else to the default first, and heavier ones last."""
        usual = MODELS.get(named or "") or self.lineup.defaults.get(use, self.lineup.models[0])
        most = self._weight(usual)

        def distance(model: Model) -> tuple[bool, int]:
            return self._weight(model) > most, abs(self._weight(model) - most)

        return sorted(models, key=distance)

    def model_for(self, use: Use, named: str | None, *, boxes: bool) -> Model:
        """Return the model for *use*: *named*, or the default, which differs for a request with *boxes*.

        Raise Refused, with the reason, if no model fits.
        """
        boxed = [model for model in self.lineup.models if boxes and use in model.modes and model.modes[use].boxes]
        if named is None and boxed:
            return self._nearest(boxed, use)[0]
        return self.lineup.model_for(use, named)

    @staticmethod
    def limits(model: Model, use: Use, *, boxes: bool) -> RequestLimits:
        """Return what a request to *model* may hold. Words for *boxes* take room from the prompt."""
        limits = request_limits(model, use)
        if not boxes or limits.boxes:
            return limits
        return replace(limits, prompt_chars=limits.prompt_chars - parts.MAX_WORDS_CHARS)

    def _fitted(self, model: Model, use: Use, wanted: ImageRequest, images: int) -> Fitted:
        if why := self.refused.get((model.name, use)):
            raise Refused(Reason.MODEL_PAUSED, model=model.name, why=why)
        limits = self.limits(model, use, boxes=bool(wanted.boxes))
        return Fitted(model, use, validate_request(wanted, images, limits))

    def _weight(self, model: Model) -> int:
        return weight(model, self.weights)
