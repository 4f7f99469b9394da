"""Start the bot with short retention times. At SIGUSR1, count each container of each object in its process.

What is kept for a time is kept for a moment here, so that a test of seconds sees what a bot of months would.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

from cogs import help as help_cog
from cogs import mentions, my_data
from cogs.delivery import edit_budget, status_cards
from cogs.interactions import context, open_forms
from cogs.messaging import lookups
from cogs.messaging.notices import Notices
from imagegen.wan import catalogue
from sandbox import launch

MOMENT_S = 0.5
PER_S = 1000.0  # requests to Wan: at the documented rates, this would take minutes
OURS = ("cogs", "imagegen", "hosting", "__main__")
THEIRS = ("ViewStore", "HTTPClient", "AutoShardedConnectionState", "CommandTree")  # of discord.py, by class
CONTAINERS = (dict, list, set, deque)


def main() -> None:
    context.READ_EVERY_S = MOMENT_S / context.READS
    context.PRESS_EVERY_S = lookups.KEEP_S = edit_budget.WINDOW_S = MOMENT_S
    open_forms.OPEN_S = 1
    status_cards.CARD_AFTER_S = MOMENT_S
    my_data.EVERY_S = help_cog.EVERY_S = MOMENT_S
    mentions.EDITED_WITHIN = timedelta(seconds=MOMENT_S)
    Notices.__init__.__defaults__ = (MOMENT_S,)
    signal.signal(signal.SIGUSR1, lambda *_: write(Path(os.environ["COUNTS"])))
    for name, model in list(catalogue.MODELS.items()):
        catalogue.MODELS[name] = replace(model, per_s=dict.fromkeys(model.per_s, PER_S))
    launch.main()


def write(path: Path) -> None:
    gc.unfreeze()  # hosting/running.py froze the objects of the start
    gc.collect()
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(counted()), encoding="utf-8")
    draft.rename(path)


def counted() -> dict[str, int]:
    """Return how much the fullest container of each name holds, and how many objects of each class live."""
    found = Counter[str]()
    for thing in gc.get_objects():
        kind = type(thing)
        if str(kind.__module__).partition(".")[0] in OURS or kind.__name__ in THEIRS:
            found[f"objects of {kind.__name__}"] += 1
            for name, value in _attributes(thing):
                if isinstance(value, CONTAINERS):
                    found[f"{kind.__name__}.{name}"] = max(found[f"{kind.__name__}.{name}"], len(value))
    return {**found, **_of_modules()}


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(thing, "__dict__", {}).items()
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            with suppress(Exception):  # not set, or half made
                yield name, getattr(thing, name)


def _of_modules() -> dict[str, int]:
    """Return the sizes of our modules' containers and of every cache without a limit."""
    found = dict[str, int]()
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] in OURS:
            for name, value in list(vars(module).items()):
                if isinstance(value, CONTAINERS) and not name.startswith("__"):
                    found[f"{module_name}.{name}"] = len(value)
                elif isinstance(value, _lru_cache_wrapper) and value.cache_info().maxsize is None:
                    found[f"{module_name}.{name}"] = value.cache_info().currsize
    return found


if __name__ == "__main__":
    main()
