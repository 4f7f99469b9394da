"""Check the offered models: which of them the key may use, what is unconfirmed about them, and how they are called.

Nothing here sends a request for an image, not even one that Wan should refuse: see docs/decisions/0045.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from hosting.problems import Exit, Finding
from imagegen.errors import WanError
from imagegen.model import Call
from imagegen.settings import Settings
from imagegen.wan.calls import CallStyle
from imagegen.wan.catalogue import MODELS, requests_per_second
from imagegen.wan.client import WanClient
from imagegen.wan.record import Model, Use

LIST_S = 6.0  # no document promises the list everywhere, so the check of the key does not wait for it
NO_LIST = (
    "Wan does not say here which models the key may use. You get an alert if a member meets one that Wan refuses; "
    "`python bot.py verify` tries each for the price of an image."
)


async def found(settings: Settings) -> Sequence[Finding]:
    """Return what the settings alone say about the offered models."""
    return [*unconfirmed(settings), *call_styles(settings), *unmarked(settings), *impatient(settings)]


async def permitted(client: WanClient, settings: Settings, *, limit_s: float = LIST_S) -> Sequence[Finding]:
    """Return what Wan says about the models that the key may use; a note if Wan does not say it in time."""
    try:
        async with asyncio.timeout(limit_s):
            names = await client.permitted_models()
    except (WanError, TimeoutError):
        names = frozenset()
    return list(judged(names, settings)) if names else [Finding(NO_LIST, Exit.GOOD)]


async def throttled(client: WanClient, settings: Settings, *, limit_s: float = LIST_S) -> Sequence[Finding]:
    """Return a note for each offered model of which Wan allows the key fewer requests than the bot sends."""
    found = []
    with suppress(WanError, TimeoutError):  # a list of what could be better is not worth an error
        async with asyncio.timeout(limit_s):
            for model in settings.lineup.models:
                sent, allowed = requests_per_second(model, settings.region), await client.rate_limit(model.name)
                if allowed is not None and allowed < sent:
                    found.append(_slower(model.name, allowed, sent))
    return found


def _slower(model: str, allowed_per_s: float, sent_per_s: float) -> Finding:
    return Finding(
        f"Wan allows the key {allowed_per_s * 60:g} requests a minute to {model}, and the bot sends up to "
        f"{sent_per_s * 60:g}, so some are throttled and wait. Ask for a higher limit in Model Studio.",
        Exit.GOOD,
    )


def unconfirmed(settings: Settings) -> Iterator[Finding]:
    """Yield a note for each offered model of which no document of the vendor says enough."""
    for model in settings.lineup.models:
        if model.doubts:
            yield Finding(
                f"{model.name} is offered, but {model.doubts}. Compare your first bill, and set PRICE_USD.", Exit.GOOD
            )


def call_styles(settings: Settings) -> Iterator[Finding]:
    """Yield a note if WAN_CALL asks for tasks, and offered models have none."""
    without = [model.name for model in settings.lineup.models if not model.has_tasks]
    if settings.wan_call is CallStyle.TASKS and without:
        yield Finding(
            f"WAN_CALL=tasks has no effect on {', '.join(without)}: Wan has no tasks there, so the bot calls "
            "synchronously.",
            Exit.GOOD,
        )


def unmarked(settings: Settings) -> Iterator[Finding]:
    """Yield a note if WATERMARK asks for what offered models do not do."""
    parameters = {model.name: [mode.parameters for mode in model.modes.values()] for model in settings.lineup.models}
    without = [name for name, each in parameters.items() if any("watermark" not in names for names in each)]
    if settings.watermark and without:
        yield Finding(
            f"WATERMARK has no effect on {', '.join(without)}, which writes none. If you must label images, take that "
            "from MODELS.",
            Exit.GOOD,
        )


def impatient(settings: Settings) -> Iterator[Finding]:
    """Yield a note if an answer may come after the bot gave up: its images are paid and lost."""
    limit_s, models = settings.wan_answer_s, settings.lineup.models
    slow = [model.name for model in models if any(limit_s and limit_s < each for each in _slowest_s(model))]
    if slow:
        yield Finding(
            f"WAN_ANSWER_S={limit_s} is less than {', '.join(slow)} may need (docs/models.md). Images that come later "
            "are paid and lost. Raise it, or leave it empty.",
            Exit.GOOD,
        )
    sets = [model.name for model in models if Use.IMAGE_SET in model.modes]
    if settings.wan_call is CallStyle.SYNC and sets:
        yield Finding(
            f"WAN_CALL=sync also calls {', '.join(sets)} for image sets, and Wan ends such a call after 300 s. "
            "WAN_CALL=auto sends sets as tasks.",
            Exit.GOOD,
        )


def _slowest_s(model: Model) -> Iterator[float]:
    """Yield the time limits of the uses that have synchronous calls."""
    return (mode.answer_timeout_s for mode in model.modes.values() if Call.SYNC in mode.calls)


def judged(names: Collection[str], settings: Settings) -> Iterator[Finding]:
    """Yield what the key may use, the models *names*, and which offered models it may not."""
    offered = [model.name for model in settings.lineup.models]
    if refused := [name for name in offered if name not in names]:
        yield Finding(
            f"MODELS offers {', '.join(refused)}, but Wan's list of what the key may use lacks that. Give the key's "
            "workspace access in Model Studio, or change MODELS.",
            Exit.RUN,
        )
    if usable := [name for name in offered if name in names]:
        yield Finding(f"Wan lets the key use {', '.join(usable)}, which MODELS offers.", Exit.GOOD)
    if more := [name for name in MODELS if name in names and name not in offered]:
        yield Finding(
            f"Wan lets the key also use {', '.join(more)}. Add to MODELS what members should have.", Exit.GOOD
        )
