"""The named misbehaviours. A fault is armed by name and taken by the endpoint that misbehaves.

The endpoint that knows how to misbehave declares its fault at import, so that an unknown name fails by name and the
list that people read is the list that works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Argument = str | int | float | bool
Check = Callable[[Mapping[str, Argument]], None]


class UnknownFault(ValueError):
    """No endpoint in the sandbox declares a fault of this name, or not with these arguments."""


@dataclass(frozen=True)
class Fault:
    """*arguments* are the names that may be given, each with its default. *check* raises ValueError for values that
    the endpoint could not act on.
    """

    name: str
    sentence: str
    arguments: Mapping[str, Argument]
    check: Check | None = None


DECLARED: dict[str, Fault] = {}


def declare(name: str, sentence: str, check: Check | None = None, /, **arguments: Argument) -> str:
    """Declare a fault at import; returns its name."""
    DECLARED[name] = Fault(name, sentence, arguments, check)
    return name


@dataclass
class _Armed:
    fault: Fault
    times: int
    arguments: dict[str, Argument]


class Faults:
    """What is armed now. First armed, first taken."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, name: str, times: int = 1, **arguments: Argument) -> None:
        """UnknownFault for a name or an argument that nothing declares; ValueError for a value that cannot be."""
        fault = DECLARED.get(name)
        if fault is None:
            raise UnknownFault(f"no fault is called {name!r}; there are {', '.join(sorted(DECLARED))}")
        if unknown := set(arguments) - set(fault.arguments):
            raise UnknownFault(f"{name} takes {sorted(fault.arguments)}, not {sorted(unknown)}")
        whole = {**fault.arguments, **arguments}
        if fault.check is not None:
            fault.check(whole)
        self._armed.append(_Armed(fault, times, whole))

    def take(self, name: str, endpoint: str = "") -> Mapping[str, Argument] | None:
        """Its arguments, once for each time it was armed; None when it is not armed.

        A fault with a *match* is taken only where that is part of *endpoint*.
        """
        for armed in self._armed:
            if armed.fault.name == name and str(armed.arguments.get("match", "")) in endpoint:
                armed.times -= 1
                if armed.times <= 0:
                    self._armed.remove(armed)
                return armed.arguments
        return None

    def disarm(self) -> None:
        self._armed.clear()

    def armed(self) -> list[dict[str, object]]:
        return [{"name": a.fault.name, "times": a.times, "arguments": a.arguments} for a in self._armed]
