"""Choose the model of a request: the named one, the default, or another that takes the request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageRequest
from imagegen.policy import parts, refusals
from imagegen.policy.validation import CheckedRequest, checked, within_limits
from imagegen.reports import RequestLimits
from imagegen.wan.catalogue import MODELS, request_limits, request_weight
from imagegen.wan.lineup import ModelLineup
from imagegen.wan.record import Model, Use, use_of


@dataclass(frozen=True)
class Fitted:
    """A request that was validated for a model, in the use that it has of the model."""

    model: Model
    use: Use
    image_request: ImageRequest

    @property
    def takes_boxes(self) -> bool:
        """Return whether the model gets the boxes of the request as such, instead of words."""
        return self.model.modes[self.use].boxes > 0


@dataclass(frozen=True)
class ModelChoice:
    """The offered models, what one image of each uses of a quota if the operator says so, and what Wan refuses now.

    *refused* has the reason for each model and use that Wan refuses to the account. The weight of a request depends on
    the prices of *region*.
    """

    lineup: ModelLineup
    weights: Mapping[str, int]
    refused: Mapping[tuple[str, Use], str] = field(default_factory=dict)
    region: str = ""

    def fitted(self, wanted: ImageRequest, images: int) -> Fitted:
        """Return the model for *wanted* with *images* input images. Raise Refused if that model does not take it.

        If nobody named a model and the default does not take the request, or Wan refuses the default now, choose the
        offered model that takes it and is nearest in weight, unless it weighs more than expected. If there is such a
        model, the fact *other* names it. A request with boxes takes the nearest model that takes boxes; without such a
        model, the default reads them as words.
        """
        use = use_of(wanted, images)
        try:
            return self._fitted(self._first(use, wanted), wanted, images)
        except Refused as error:
            if error.reason is Reason.MODEL_NOT_OFFERED:
                raise Refused(error.reason, **error.facts, offered=self._offered(use)) from None
            return self._instead(use, wanted, images, error)

    def preferred(self, model: str, wanted: ImageRequest, images: int) -> str | None:
        """Return the model that *wanted* names if its member prefers *model*: that one, or another that weighs no more.

        None if *model* does not have the use of *wanted*, and no model that has it weighs as little.
        """
        if model not in MODELS:
            return None
        use, named = use_of(wanted, images), replace(wanted, model=model)
        most = self._weight(MODELS[model], wanted, use)
        able = self._open(_able(self._order(use, named), replace(wanted, model=None), images))
        light = [found.model.name for found in able if self._weight(found.model, wanted, use) <= most]
        if model in light or not light:
            return model if any(one.name == model and use in one.modes for one in self.lineup.models) else None
        return light[0]

    def for_parts(self) -> Model:
        """Return the model that edits a part of one image now. Raise Refused if there is none."""
        return self.fitted(parts.ANY_PART, 1).model

    def part_model(self, kept: str | None) -> str | None:
        """Return the model that an edit of a part names: *kept*, if it takes boxes now; None is ``for_parts``.

        While Wan refuses the usual model, that is the next one that takes the edit, whatever it weighs: a member sees
        the price before the edit. Raise Refused if there is none.
        """
        with suppress(Refused):
            model = self.lineup.model_for(Use.IMAGE_EDITING, kept)
            if kept is not None and self._fitted(model, parts.ANY_PART, 1).takes_boxes:
                return kept
        try:
            self.for_parts()
        except Refused as error:
            if "other" not in error.facts:
                raise
            return str(error.facts["other"])
        return None

    def with_lighter(self, refused: Refused, wanted: ImageRequest, images: int) -> Refused:
        """Return *refused* for a quota with the fact *other*, if less than the refused model's weight is left.

        That is the heaviest model that takes *wanted* within what is left.
        """
        left = refused.facts.get("remaining_units")
        if left is None:
            return refused
        use, wanted = use_of(wanted, images), replace(wanted, model=None)
        open_models = [found.model for found in self._open(_able(self._order(use, wanted), wanted, images))]
        weights = {model.name: self._weight(model, wanted, use) for model in open_models}
        fitting = [name for name, weight in weights.items() if weight * wanted.count <= int(left)]
        other = max(fitting, key=lambda name: weights[name], default=None)
        return refused if other is None else Refused(refused.reason, **refused.facts, other=other)

    @staticmethod
    def limits(model: Model, use: Use, *, boxes: bool) -> RequestLimits:
        """Return what a request to *model* may hold. Words for *boxes* take room from the prompt."""
        limits = request_limits(model, use)
        if not boxes or limits.boxes:
            return limits
        return replace(limits, prompt_chars=limits.prompt_chars - parts.MAX_WORDS_CHARS)

    def _first(self, use: Use, wanted: ImageRequest) -> Model:
        """Return the model that is tried first: the named one, for boxes one that takes them, or the default."""
        order = self._order(use, wanted) if wanted.boxes and wanted.model is None else ()
        return order[0] if order else self.lineup.model_for(use, wanted.model)

    def _order(self, use: Use, wanted: ImageRequest) -> Sequence[Model]:
        """Return the models for *use* in the order in which they are tried, if *wanted* names none.

        Models with boxes come first if *wanted* has some. Then those that weigh no more than the named one or else the
        default, the default first, then the nearest.
        """
        default = self.lineup.defaults.get(use, self.lineup.models[0])
        most = self._weight(MODELS.get(wanted.model or "", default), wanted, use)

        def distance(model: Model) -> tuple[bool, bool, bool, int]:
            weight = self._weight(model, wanted, use)
            lacks_boxes = bool(wanted.boxes) and not model.modes[use].boxes
            return lacks_boxes, weight > most, model != default, abs(weight - most)

        return sorted((model for model in self.lineup.models if use in model.modes), key=distance)

    def _instead(self, use: Use, wanted: ImageRequest, images: int, error: Refused) -> Fitted:
        """Return *wanted* for another model that may be chosen unasked. Raise Refused if there is none."""
        order = self._order(use, wanted)
        able = _able(order, wanted, images)
        taking = self._open(able)
        light = self._light(order, wanted, use, able)
        if wanted.boxes and error.reason is not Reason.MODEL_PAUSED:  # not fewer than asked for: no words for boxes
            light = [model for model in light if model.modes[use].boxes == order[0].modes[use].boxes]
        if wanted.model is None and (chosen := next((found for found in taking if found.model in light), None)):
            return chosen
        if wanted.model is None and refusals.is_about_a_number(error):
            light = [model for model in light if (model.name, use) not in self.refused]
            error = _widest(light, wanted, images, error)
        if taking:
            raise Refused(error.reason, **error.facts, other=taking[0].model.name) from None
        raise self._explained(wanted, images, able, error) from None

    def _light(self, order: Sequence[Model], wanted: ImageRequest, use: Use, able: Sequence[Fitted]) -> Sequence[Model]:
        """Return the models of *order* that weigh no more than a member who names none expects.

        That is what the first one weighs, or the first one that is *able* if *wanted* names a feature.
        """
        expected = [*order[:1], *(found.model for found in able[:1] if wanted.names_feature)]
        most = max((self._weight(model, wanted, use) for model in expected), default=0)
        return [model for model in order if self._weight(model, wanted, use) <= most]

    def _explained(self, wanted: ImageRequest, images: int, able: Sequence[Fitted], error: Refused) -> Refused:
        """Return the refusal of a request that no model takes now: two parts that clash, a paused model, or *error*."""
        if not able and (pair := refusals.clash(wanted, images, self._is_taken)) is not None:
            return Refused(Reason.PARTS_CLASH, part=pair[0], beside=pair[1], quality=wanted.quality)
        if not able or wanted.model is not None or refusals.is_about_a_number(error):
            return error
        paused = able[0].model.name
        return Refused(Reason.MODEL_PAUSED, model=paused, why=self.refused[paused, able[0].use])

    def _is_taken(self, wanted: ImageRequest, images: int) -> bool:
        """Return whether an offered model takes *wanted*, if Wan refuses none."""
        use = use_of(wanted, images)
        return bool(_able([model for model in self.lineup.models if use in model.modes], wanted, images))

    def _open(self, able: Iterable[Fitted]) -> list[Fitted]:
        """Return those of *able* whose model Wan does not refuse."""
        return [found for found in able if (found.model.name, found.use) not in self.refused]

    def _fitted(self, model: Model, wanted: ImageRequest, images: int) -> Fitted:
        if why := self.refused.get((model.name, use_of(wanted, images))):
            raise Refused(Reason.MODEL_PAUSED, model=model.name, why=why)
        return _validated(model, checked(wanted, images), images)

    def _offered(self, use: Use) -> str:
        """Return the intents of the models for *use*, in the form of the fact *offered*."""
        return ",".join(dict.fromkeys(model.intent for model in self.lineup.models if use in model.modes))

    def _weight(self, model: Model, wanted: ImageRequest, use: Use) -> int:
        return request_weight(model, use, wanted, self.region, self.weights)


def _validated(model: Model, found: CheckedRequest, images: int) -> Fitted:
    use = use_of(found.request, images)
    limits = ModelChoice.limits(model, use, boxes=bool(found.request.boxes))
    return Fitted(model, use, within_limits(found, images, limits))


def _tried(models: Iterable[Model], wanted: ImageRequest, images: int) -> Iterator[Fitted | Refused]:
    """Yield what each of *models* says of *wanted*, if Wan refuses none; nothing if no model at all takes its texts."""
    try:
        found = checked(wanted, images)
    except Refused:
        return
    for model in models:
        try:
            yield _validated(model, found, images)
        except Refused as error:
            yield error


def _able(models: Iterable[Model], wanted: ImageRequest, images: int) -> list[Fitted]:
    """Return *wanted* for each of *models* that takes it, if Wan refuses none."""
    return [found for found in _tried(models, wanted, images) if isinstance(found, Fitted)]


def _widest(models: Sequence[Model], wanted: ImageRequest, images: int, error: Refused) -> Refused:
    """Return *error* with the widest limit within which one of *models* takes the request."""
    refused = [each for each in _tried(models, wanted, images) if isinstance(each, Refused)]
    same = [each for each in refused if each.reason is error.reason]
    for each in sorted(same, key=lambda found: -int(found.facts["limit"])):
        smaller, fewer = refusals.within_limit(each, wanted, images)
        if _able(models, smaller, fewer):
            return each
    return error
