"""Faults: named misbehaviors that a test arms and that one place in the sandbox takes.

The module that can misbehave declares its fault at import. An unknown name therefore fails by name, and
``GET /faults`` lists exactly the faults that work.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Argument = str | int | float | bool
Check = Callable[[Mapping[str, Argument]], None]
MAX_TIMES = 1_000_000  # occasions of one armed fault, and the greatest one_in
MAX_SEED = 2**31 - 1
MAX_NUMBER = 1e9


class UnknownFault(ValueError):
    """No module declares a fault with this name, or with these arguments."""


@dataclass(frozen=True)
class Fault:
    """One declared fault. *arguments* maps each argument to its default.

    *check* raises ValueError for values that the fault cannot use.
    """

    name: str
    sentence: str
    arguments: Mapping[str, Argument]
    check: Check | None = None


DECLARED: dict[str, Fault] = {}


def declare(name: str, sentence: str, check: Check | None = None, /, **arguments: Argument) -> str:
    """Declare a fault at import and return its name."""
    DECLARED[name] = Fault(name, sentence, arguments, check)
    return name


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r}")


@dataclass(frozen=True)
class Draw:
    """Which occasions misbehave: about one in *one_in*. The same *seed* draws the same pattern again."""

    one_in: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for numbers out of range."""
        _check_range("one_in", self.one_in, 1, MAX_TIMES)
        _check_range("seed", self.seed, 0, MAX_SEED)


ALWAYS = Draw()
_ENTRY: ContextVar[dict[str, object] | None] = ContextVar("entry", default=None)


@contextmanager
def noted_in(entry: dict[str, object]) -> Iterator[None]:
    """Write the name of a fault that is taken in the block into *entry*, as ``fault``. The last one stays."""
    token = _ENTRY.set(entry)
    try:
        yield
    finally:
        _ENTRY.reset(token)


@dataclass
class _Armed:
    """An armed fault. *times*: occasions that are left; *taken*: how many of them misbehaved."""

    id: int
    fault: Fault
    times: int
    draw: Draw
    arguments: dict[str, Argument]
    taken: int = 0
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.draw.seed)

    def fits(self, name: str, endpoint: str, of: Mapping[str, Argument]) -> bool:
        is_meant = str(self.arguments.get("match", "")) in endpoint and of.items() <= self.arguments.items()
        return self.fault.name == name and is_meant

    def take(self) -> bool:
        """Use up one occasion, and return whether it misbehaves."""
        self.times -= 1
        is_taken = self.dice.randrange(self.draw.one_in) == 0
        self.taken += is_taken
        return is_taken

    def as_json(self) -> dict[str, object]:
        about = {"id": self.id, "name": self.fault.name, "times": self.times, "arguments": self.arguments}
        return {**about, "one_in": self.draw.one_in, "seed": self.draw.seed, "taken": self.taken}


class Faults:
    """The faults that are armed now. The one that was armed first is taken first."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._last_id = 0

    def arm(self, name: str, /, times: int = 1, draw: Draw = ALWAYS, **arguments: Argument) -> int:
        """Arm a fault for the next *times* occasions, of which *draw* decides those that misbehave, and return its id.

        UnknownFault for a name or an argument that is not declared; ValueError for a value that the fault cannot use.
        """
        fault = DECLARED.get(name)
        if fault is None:
            raise UnknownFault(f"there is no fault {name!r}; known are {', '.join(sorted(DECLARED))}")
        if unknown := set(arguments) - set(fault.arguments):
            raise UnknownFault(f"{name} takes {sorted(fault.arguments)}, not {sorted(unknown)}")
        _check_range("times", times, 1, MAX_TIMES)
        complete = {**fault.arguments, **arguments}
        for argument, value in complete.items():
            _check_argument(argument, value, fault.arguments[argument])
        if fault.check is not None:
            fault.check(complete)
        self._last_id += 1
        self._armed.append(_Armed(self._last_id, fault, times, draw, complete))
        return self._last_id

    def take(self, name: str, endpoint: str = "", **of: Argument) -> Mapping[str, Argument] | None:
        """Use up one occasion of the fault and return its arguments; None if it is not armed, or not drawn.

        A fault with the argument *match* is taken only if *endpoint* contains that text, and one whose arguments are
        named in *of* only if it was armed with these values.
        """
        armed = next((found for found in self._armed if found.fits(name, endpoint, of)), None)
        if armed is None:
            return None
        is_taken = armed.take()
        if armed.times <= 0:
            self._armed.remove(armed)
        if is_taken and (entry := _ENTRY.get()) is not None:
            entry["fault"] = name
        return armed.arguments if is_taken else None

    def disarm(self, fault_id: int | None = None) -> None:
        """Disarm the fault with this id, or every fault. ValueError if no armed fault has the id."""
        if fault_id is None:
            return self._armed.clear()
        left = [armed for armed in self._armed if armed.id != fault_id]
        if len(left) == len(self._armed):
            raise ValueError(f"no armed fault has the id {fault_id}")
        self._armed = left
        return None

    def untaken(self) -> list[str]:
        """Return the names of armed faults that never happened: a test that armed them has shown nothing."""
        return [armed.fault.name for armed in self._armed if not armed.taken]

    def armed(self) -> list[dict[str, object]]:
        """Return the armed faults as JSON, with the occasions that are left and how many misbehaved so far."""
        return [armed.as_json() for armed in self._armed]


def _check_argument(name: str, value: Argument, default: Argument) -> None:
    """Refuse a value of another type than the default's, and a status that HTTP does not have."""
    is_truth = isinstance(default, bool)
    kinds = bool if is_truth else (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, kinds) or isinstance(value, bool) is not is_truth:
        raise ValueError(f"{name} must be like {default!r}, not {value!r}")
    if name == "status" and value != default and not 200 <= float(value) <= 599:
        raise ValueError(f"status must be from 200 to 599, not {value}")
    if not isinstance(value, str) and not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"{name} must be from 0 to {MAX_NUMBER:.0e}, not {value}")
