"""What is verified of Wan: an item for each rule that the bot relies on, in the order in which they run.

The first items call Wan. The others judge what came back, and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from hosting.verify import wan_links, wan_requests, wan_results
from hosting.verify.items import Check, Item, Outcome
from hosting.verify.wan_calls import Waits, WanCalls
from hosting.verify.wan_results import Files
from imagegen.imaging.images import Decoder
from imagegen.service import utc_now
from imagegen.settings import Settings
from imagegen.wan.client import WanClient

KEY = Item("wan.key", "Wan accepts the key")
LINKS = Item("wan.links", "Links have a known scheme and host")
LIFETIME = Item("wan.link_lifetime", "Links are valid for a day")
DOWNLOAD = Item("wan.download", "Results can be downloaded and decoded")
SIZE = Item("wan.size", "Results have the requested size")
BILL = Item("wan.bill", "Wan bills the images that came")
TIMES = Item("wan.times", "Answers come well in time")


def items(settings: Settings) -> list[Item]:
    """Return the items of Wan. Those that this set-up cannot have cost nothing and are skipped."""
    trials = (wan_requests.refusable(settings), *wan_requests.billed(settings))
    return [KEY, *(each.item for each in trials), LINKS, LIFETIME, DOWNLOAD, SIZE, BILL, TIMES]


def checks(
    settings: Settings,
    client: WanClient,
    decoder: Decoder,
    *,
    waits: Waits | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> list[Check]:
    """Return the checks of the same items. Run them in this order: the last ones judge what the first ones brought."""
    calls = WanCalls(settings, client, decoder, waits or Waits(), clock)
    answers, files = calls.answers, Files(calls)
    refusable = wan_requests.refusable(settings)
    base_url = settings.dashscope_http_base_url
    return [
        Check(KEY, calls.check_key),
        Check(refusable.item, partial(calls.refuse, refusable)),
        *(Check(trial.item, partial(calls.generate, trial)) for trial in wan_requests.billed(settings)),
        _judging(LINKS, lambda: wan_links.scheme_and_host(answers, client, base_url)),
        _judging(LIFETIME, lambda: wan_links.lifetime(answers)),
        Check(DOWNLOAD, files.download),
        _judging(SIZE, lambda: wan_results.sizes(files.files)),
        _judging(BILL, lambda: wan_results.bill(answers)),
        _judging(TIMES, lambda: wan_results.times(answers)),
    ]


def _judging(item: Item, judge: Callable[[], Outcome]) -> Check:
    """Return a check that judges what earlier items brought."""

    async def verify() -> Outcome:
        return judge()

    return Check(item, verify)
