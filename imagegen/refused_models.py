"""The models that Wan refuses to the account now, as this process last read it: menus ask no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from imagegen.reports import SendingPause
from imagegen.store import pauses
from imagegen.store.engine import Store
from imagegen.wan.record import Model, Use

log = structlog.get_logger(__name__)


def refused_uses(models: Iterable[Model], paused: Sequence[SendingPause]) -> dict[tuple[str, Use], str]:
    """Return the reason for each model and use that is *paused* in every call style that it has.

    A pause of every model says nothing about one of them.
    """
    found: dict[tuple[str, Use], str] = {}
    for model in models:
        own = [pause for pause in paused if pause.model == model.name]
        closed = pauses.closed_calls(own, model.name)
        found |= {(model.name, use): own[0].reason for use, mode in model.modes.items() if {*mode.calls} <= {*closed}}
    return found


class RefusedModels:
    """What Wan refuses of the offered *models*. Each process reads it again every few seconds (worker/loop.py).

    *uses* stays the same object, and has the reason for each model and use that is refused.
    """

    def __init__(self, store: Store, models: Sequence[Model], clock: Callable[[], datetime]) -> None:
        self._store, self._models, self._clock = store, models, clock
        self.uses: dict[tuple[str, Use], str] = {}

    async def refresh(self) -> None:
        """Read the pauses. Raises StoreUnavailable."""
        found = await self._store.read(pauses.found)
        refused = refused_uses(self._models, pauses.in_force(found, self._clock()))
        if refused.keys() != self.uses.keys():
            log.warning("refused_models_changed", refused=sorted({name for name, _ in refused}))
        self.uses.clear()
        self.uses.update(refused)
