"""What members can choose from: the offered models, with their intents, weights and widest limits. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from imagegen.errors import Refused
from imagegen.image_request import AspectRatio, ImageRequest, Intent, Quality
from imagegen.model import Job
from imagegen.model_choice import ModelChoice
from imagegen.policy.validation import can_enhance
from imagegen.reports import ModelOption, RequestLimits
from imagegen.wan.catalogue import MODELS, request_limits, request_weight
from imagegen.wan.lineup import ModelLineup
from imagegen.wan.record import Model, Use, use_for, use_of

USUAL = ImageRequest("")


def intent_of(model: str) -> Intent | None:
    """Return what a model is good for; None for a model that this version does not know."""
    return MODELS[model].intent if model in MODELS else None


def reads_boxes_as_words(model: str) -> bool:
    """Return whether *model* edits images and takes no boxes; False for a model that this version does not know."""
    mode = MODELS[model].modes.get(Use.IMAGE_EDITING) if model in MODELS else None
    return mode is not None and not mode.boxes


@dataclass(frozen=True)
class ModelOptions:
    """The offered models, what one image of each uses of a quota if the operator says so, and what Wan refuses now.

    *refused* has each model and use that Wan refuses to the account: members cannot choose it. The weight of a request
    depends on the prices of *region*.
    """

    lineup: ModelLineup
    weights: Mapping[str, int]
    refused: Mapping[tuple[str, Use], str] = field(default_factory=dict)
    region: str = ""

    def options(self, images: int, wanted: ImageRequest = USUAL) -> tuple[ModelOption, ...]:
        """Return what members can choose for *wanted* with *images* input images, the default first.

        Each option has the weight of *wanted* as far as it is known. The default is left out while Wan refuses it, if
        there is another. With boxes, it is the model for parts. For a feature that only some models have, it is the one
        that is chosen if nobody names one, but no default if it uses more than a member who sees no price expects.
        Without input images, models that need some come last: a member may attach them after the choice.
        """
        use = use_of(wanted, images)
        usual = {**self.lineup.defaults, **self._chosen(use, images, wanted)}
        default = usual.get(use)
        uses = (use, Use.IMAGE_EDITING) if use is Use.TEXT_TO_IMAGE else (use,)
        able = [
            (each, model) for each in uses for model in self._able(each, images) if self._fits(model, wanted, images)
        ]
        others = {model.name: model for each, model in able if model not in (default, usual.get(each))}
        is_shown = default is not None and not (others and (default.name, use) in self.refused)
        first = (self._first(default, use, wanted),) if default is not None and is_shown else ()
        found = (*first, *(self._option(model, use, wanted) for model in others.values()))
        sharing = Counter(option.intent for option in found)
        return tuple(replace(option, shares_intent=sharing[option.intent] > 1) for option in found)

    def limits(self, images: int, *, story: bool = False, image_set: bool = False) -> RequestLimits:
        """Return the widest limits of the models that members can choose from. Raise Refused if no model has the use.

        A form offers these, because its member chooses the model in it, too.
        """
        use = use_for(images, story=story, image_set=image_set)
        able = [model for model in self.lineup.models if use in model.modes] or [self.lineup.model_for(use, None)]
        return _widest([request_limits(model, use) for model in able])

    @property
    def known(self) -> tuple[str, ...]:
        """Return the names of all models that this version knows, the offered ones first: results may be of any."""
        return tuple(dict.fromkeys((*(model.name for model in self.lineup.models), *MODELS)))

    @property
    def has_choice(self) -> bool:
        """Return whether members can choose a model, with input images or without, if Wan refuses none."""
        every = replace(self, refused={})
        return max(len(every.options(0)), len(every.options(1))) > 1

    @property
    def offered(self) -> RequestLimits:
        """Return the widest limits of all models and uses that have the same command. A set has a count of its own."""
        uses = (Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING)
        models = self.lineup.models
        return _widest([request_limits(model, use) for model in models for use in uses if use in model.modes])

    @property
    def has_stories(self) -> bool:
        """Return whether an offered model generates stories."""
        return any(Use.STORY in model.modes for model in self.lineup.models)

    @property
    def max_images(self) -> int:
        """Return the most input images that a model takes; 0 if none takes any."""
        able = [model.modes[Use.IMAGE_EDITING] for model in self.lineup.models if Use.IMAGE_EDITING in model.modes]
        return max((mode.images[1] for mode in able), default=0)

    def takeable(self, wanted: ImageRequest, images: int) -> tuple[ImageRequest, tuple[str, ...]]:
        """Return *wanted* without the features that no offered model takes for it, and the names of those.

        The names are as in the facts of PARTS_CLASH. A set becomes as many single images.
        """
        has_sets = any(Use.IMAGE_SET in model.modes for model in self.lineup.models)
        plain = wanted if has_sets or not wanted.image_set else replace(wanted, image_set=False)
        limits = self.limits(images, story=plain.story, image_set=plain.image_set)
        plain = replace(
            plain,
            count=min(plain.count, limits.max_count),
            quality=plain.quality if plain.quality in limits.qualities else Quality.NORMAL,
            palette=plain.palette if "color_palette" in limits.options else (),
            thinking=plain.thinking if "thinking_mode" in limits.options else None,
        )
        names = ("image_set", "quality", "palette", "thinking")
        return plain, tuple(name for name in names if getattr(plain, name) != getattr(wanted, name))

    def without_untaken(self, wanted: ImageRequest, images: int) -> ImageRequest:
        """Return *wanted* without a palette, thinking and rewriting that its model, or the default, does not have."""
        use = use_of(wanted, images)
        model = MODELS.get(wanted.model or "", self.lineup.defaults.get(use))
        if model is None or use not in model.modes:
            return wanted
        options = request_limits(model, use).options
        return replace(
            wanted,
            palette=wanted.palette if "color_palette" in options else (),
            thinking=wanted.thinking if "thinking_mode" in options else None,
            enhance=wanted.enhance if can_enhance(wanted, options) else None,
        )

    def larger(self, source: Job) -> tuple[Quality, ...]:
        """Return the larger qualities in which the model of *source* takes the same request now, smallest first.

        A story has none, and neither has a request without its seed.
        """
        order, wanted = tuple(Quality), source.request
        if wanted.story or wanted.seed is None:
            return ()
        return tuple(
            quality
            for quality in order[order.index(wanted.quality) + 1 :]
            if self._fits_exactly(replace(wanted, quality=quality, model=source.model), source)
        )

    def _fits_exactly(self, wanted: ImageRequest, source: Job) -> bool:
        with suppress(Refused):
            return self._choice.fitted(wanted, source.input_count).model.name == source.model
        return False

    def can_enhance(self, source: Job) -> bool:
        """Return whether the model of *source* rewrites the prompt if asked to."""
        model, use = MODELS.get(source.model), use_of(source.request, source.input_count)
        return model is not None and use in model.modes and "prompt_extend" in model.modes[use].parameters

    def units(self, wanted: ImageRequest, source: Job) -> int:
        """Return what *wanted*, a variation of *source*, uses of a quota."""
        model, use = MODELS.get(wanted.model or source.model), use_of(wanted, len(wanted.images) or source.input_count)
        if model is None:
            return source.weight * wanted.count
        return request_weight(model, use, wanted, self.region, self.weights) * wanted.count

    def for_one_edit(self, named: str | None) -> RequestLimits:
        """Return the limits of *named*, or of the usual model for edits. Raise Refused if no model is offered."""
        return request_limits(self.lineup.model_for(Use.IMAGE_EDITING, named), Use.IMAGE_EDITING)

    def most_images(self, named: str | None) -> int:
        """Return the most input images of an edit by *named*, or by the models that are chosen if nobody names one."""
        for images in range(self.max_images, 0, -1):
            with suppress(Refused):
                self._choice.fitted(ImageRequest("x", model=named), images)
                return images
        return 0

    def kept(self, named: str | None, images: int) -> str | None:
        """Return *named* if it can be chosen for a request with *images* input images, else None."""
        use = use_for(images, story=False)
        return named if any(model.name == named for model in self._able(use, images)) else None

    def _chosen(self, use: Use, images: int, wanted: ImageRequest) -> Mapping[Use, Model]:
        """Return the model that is chosen for *wanted* if nobody names one, by its use; nothing for a usual request."""
        with suppress(Refused):
            if wanted.boxes:
                return {Use.IMAGE_EDITING: self._choice.for_parts()}
            if wanted.names_feature:
                return {use: self._choice.fitted(replace(wanted, prompt="x"), images).model}
        return {}

    def _fits(self, model: Model, wanted: ImageRequest, images: int) -> bool:
        """Return whether *model* takes the feature that *wanted* names, if it names one."""
        if not wanted.names_feature:
            return True
        with suppress(Refused):
            return bool(self._choice.fitted(replace(wanted, prompt="x", model=model.name), images))
        return False

    @property
    def _choice(self) -> ModelChoice:
        return ModelChoice(self.lineup, self.weights, self.refused, self.region)

    def _able(self, use: Use, images: int) -> Iterable[Model]:
        """Yield the models that take *images* input images in *use*, and that Wan does not refuse."""
        for model in self.lineup.models:
            is_open = use in model.modes and (model.name, use) not in self.refused
            if is_open and model.modes[use].images[1] >= images:
                yield model

    def _first(self, model: Model, use: Use, wanted: ImageRequest) -> ModelOption:
        """Return the first option: the default, unless it weighs more than the default of a usual request."""
        option, usual = self._option(model, use, wanted, is_default=True), self.lineup.defaults.get(use, model)
        is_expected = not wanted.names_feature or option.weight <= self._option(usual, use, USUAL).weight
        return replace(option, is_default=is_expected or usual == model)

    def default(self, images: int, wanted: ImageRequest) -> str | None:
        """Return the name of the default for a request that names no feature, with *images* input images."""
        model = self.lineup.defaults.get(use_of(wanted, images))
        return None if model is None else model.name

    def _option(self, model: Model, use: Use, wanted: ImageRequest, *, is_default: bool = False) -> ModelOption:
        images = max(mode.images[1] for mode in model.modes.values())
        count = max(mode.max_count for mode in model.modes.values())
        use = use if use in model.modes else Use.IMAGE_EDITING
        sized = (replace(wanted, quality=quality) for quality in model.modes[use].target_px)
        weight, *others = (request_weight(model, use, each, self.region, self.weights) for each in (wanted, *sized))
        may_weigh_more = any(other > weight for other in others)
        return ModelOption(model.name, model.intent, weight, images, count, is_default, may_weigh_more=may_weigh_more)


def _widest(limits: list[RequestLimits]) -> RequestLimits:
    """Return limits within which each request that one of *limits* allows is."""
    return RequestLimits(
        prompt_chars=max(each.prompt_chars for each in limits),
        negative_chars=max(each.negative_chars for each in limits),
        max_images=max(each.max_images for each in limits),
        max_count=max(each.max_count for each in limits),
        max_seed=max(each.max_seed for each in limits),
        aspect_ratios=tuple(one for one in AspectRatio if any(one in each.aspect_ratios for each in limits)),
        qualities=tuple(one for one in Quality if any(one in each.qualities for each in limits)),
        options=frozenset().union(*(each.options for each in limits)),
        boxes=max(each.boxes for each in limits),
    )
