"""The models that Wan refuses to the account now, as this process last read it: menus ask no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from datetime import datetime

import structlog

from imagegen.model import Call
from imagegen.reports import SendingPause
from imagegen.store import pauses
from imagegen.store.engine import Store
from imagegen.wan.record import Mode, Model, Use

log = structlog.get_logger(__name__)


def refused_uses(
    models: Iterable[Model], paused: Sequence[SendingPause], calls: Callable[[Mode], Set[Call]]
) -> dict[tuple[str, Use], str]:
    """Return the reason for each model and use that is *paused* in every call style of *calls*.

    A pause of every model says nothing about one of them.
    """
    found: dict[tuple[str, Use], str] = {}
    for model in models:
        own = [pause for pause in paused if pause.model == model.name]
        closed = pauses.closed_calls(own, model.name)
        found |= {(model.name, use): own[0].reason for use, mode in model.modes.items() if calls(mode) <= {*closed}}
    return found


class RefusedModels:
    """What Wan refuses of the offered *models*. Each process reads it again every few seconds (worker/loop.py).

    *calls* are the call styles by which this set-up can send a request, for each mode.
    *uses* stays the same object, and has the reason for each model and use that is refused.
    """

    def __init__(
        self,
        store: Store,
        models: Sequence[Model],
        clock: Callable[[], datetime],
        calls: Callable[[Mode], Set[Call]],
    ) -> None:
        self._store, self._models, self._clock, self._calls = store, models, clock, calls
        self.uses: dict[tuple[str, Use], str] = {}

    async def refresh(self) -> None:
        """Read the pauses. Raises StoreUnavailable."""
        found = await self._store.read(pauses.found)
        refused = refused_uses(self._models, pauses.in_force(found, self._clock()), self._calls)
        if refused.keys() != self.uses.keys():
            log.warning("refused_models_changed", refused=sorted({name for name, _ in refused}))
        self.uses.clear()
        self.uses.update(refused)
