"""What is verified of Wan: an item for each rule that the bot relies on, in the order in which they run.

The first items call Wan; the others judge what came back, and cost nothing. A call that an earlier refusal makes
hopeless is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from hosting.verify import wan_links, wan_results
from hosting.verify.items import Check, Item, Outcome, Verdict
from hosting.verify.wan_calls import Asked, Waits, WanCalls
from hosting.verify.wan_results import Files
from imagegen.imaging.images import Decoder
from imagegen.model import AspectRatio, Call, ImageRequest
from imagegen.settings import Settings
from imagegen.wan.calls import call_for
from imagegen.wan.catalogue import TASK_ONLY_REGIONS, Model, Use
from imagegen.wan.client import WanClient

PROMPTS = {
    Use.TEXT_TO_IMAGE: "A lighthouse at dusk, oil on canvas",
    Use.IMAGE_EDITING: "Turn each bar of this chart into a lighthouse at dusk",
    Use.STORY: "How a lighthouse is built, in two steps with an image each",
}
NOT_OFFERED = {
    Use.TEXT_TO_IMAGE: "No model in MODELS generates an image from a prompt alone.",
    Use.IMAGE_EDITING: "No model in MODELS takes input images.",
    Use.STORY: "No model in MODELS writes stories.",
}
SEED = 20261129  # sent, so that a second run can be compared with the first
STORY_IMAGES = 2


@dataclass(frozen=True)
class Plan:
    """An item that calls Wan: the use and the number of images; a count of 0 is a request that Wan must refuse.

    *call* None: as the bot would call it. *model* None: the operator's default. *why_not* says why it is not possible.
    """

    key: str
    title: str
    use: Use
    call: Call | None = None
    count: int = 1
    model: Model | None = None
    why_not: str = ""


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def checks(
    settings: Settings,
    client: WanClient,
    decoder: Decoder,
    *,
    waits: Waits | None = None,
    clock: Callable[[], datetime] = now,
) -> Sequence[Check]:
    """Return the checks of Wan, to run in this order. An item that this set-up cannot have is skipped by its check."""
    calls = WanCalls(settings, client, decoder, waits or Waits(), clock)
    files = Files(calls)
    base_url = settings.dashscope_http_base_url
    return [
        Check(Item("wan.key", "Wan accepts the key"), calls.check_key),
        *_calls(calls),
        _judge(Item("wan.links", "Links have a known scheme and host"),
               lambda: wan_links.scheme_and_host(calls.answers, client, base_url)),
        _judge(Item("wan.link_lifetime", "Links are valid for a day"), lambda: wan_links.lifetime(calls.answers)),
        Check(Item("wan.download", "Results can be downloaded and decoded"), files.download),
        _judge(Item("wan.size", "Results have the requested size"), files.sizes),
        _judge(Item("wan.bill", "Wan bills the images that came"), lambda: wan_results.bill(calls.answers)),
        _judge(Item("wan.times", "Answers come well in time"), lambda: wan_results.times(calls.answers)),
    ]  # fmt: skip


def _judge(item: Item, judge: Callable[[], Outcome]) -> Check:
    """Return a check that judges what earlier items brought."""

    async def verify() -> Outcome:
        return judge()

    return Check(item, verify)


def _calls(calls: WanCalls) -> Sequence[Check]:
    """Return the checks that call Wan: the call that it must refuse, then those that generate images."""
    lineup, region = calls.settings.lineup, calls.settings.region
    basic = Use.TEXT_TO_IMAGE if Use.TEXT_TO_IMAGE in lineup.defaults else Use.IMAGE_EDITING
    tasks_only = f"{region} has tasks only." if region in TASK_ONLY_REGIONS else ""
    plans = [
        Plan("wan.refusal", "Wan refuses an unreadable image, at no cost", Use.IMAGE_EDITING, count=0),
        Plan("wan.sync", "A synchronous call brings an image", basic, Call.SYNC, why_not=tasks_only),
        Plan("wan.task", "A task brings an image", basic, Call.TASK),
        Plan("wan.two", "One request brings two images", basic, count=2),
        Plan("wan.story", "A story is streamed", Use.STORY, Call.STREAM, count=STORY_IMAGES, why_not=tasks_only),
        Plan("wan.edit", "An image sent as a data URI is edited", Use.IMAGE_EDITING),
    ]
    covered = {lineup.defaults[plan.use].name for plan in plans if plan.use in lineup.defaults}
    others = [model for model in lineup.models if model.name not in covered]
    plans += [
        Plan(f"wan.{model.name}", f"{model.name} answers", next(iter(model.modes)), model=model) for model in others
    ]
    return [_check(calls, plan) for plan in plans]


def _check(calls: WanCalls, plan: Plan) -> Check:
    """Return the check of *plan*; one that skips the item if this set-up cannot have it."""
    settings = calls.settings
    model = plan.model or settings.lineup.defaults.get(plan.use)
    item = Item(plan.key, plan.title)
    if model is None or plan.why_not:
        return _judge(item, partial(Outcome, Verdict.SKIPPED, plan.why_not or NOT_OFFERED[plan.use]))
    request, mode, style = _request(plan), model.modes[plan.use], settings.wan_call
    usual = call_for(mode, settings.region, request.count, request.quality, style, enhance=request.enhance)
    item = replace(item, images=plan.count, model=model.name if plan.count else "")
    asked = Asked(item, request, plan.use, model.name, plan.call or usual)
    return Check(item, partial(calls.verify if plan.count else calls.verify_refusal, asked))


def _request(plan: Plan) -> ImageRequest:
    """Return what a member would have requested."""
    is_story, is_edit = plan.use is Use.STORY, plan.use is Use.IMAGE_EDITING
    ratio = AspectRatio.SAME if is_edit else AspectRatio.SQUARE
    return ImageRequest(PROMPTS[plan.use], aspect_ratio=ratio, count=max(1, plan.count), seed=SEED, story=is_story)
