"""Faults: named misbehaviors that a test arms and that one place in the sandbox takes.

The module that can misbehave declares its fault at import. An unknown name therefore fails by name, and
``GET /faults`` lists exactly the faults that work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Argument = str | int | float | bool
Check = Callable[[Mapping[str, Argument]], None]


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


@dataclass
class _Armed:
    fault: Fault
    times: int
    arguments: dict[str, Argument]
    was_taken: bool = False


class Faults:
    """The faults that are armed now. The one that was armed first is taken first."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, name: str, times: int = 1, **arguments: Argument) -> None:
        """Arm a fault for the next *times* occasions.

        UnknownFault for a name or an argument that is not declared; ValueError for a value that the fault cannot use.
        """
        fault = DECLARED.get(name)
        if fault is None:
            raise UnknownFault(f"there is no fault {name!r}; known are {', '.join(sorted(DECLARED))}")
        if unknown := set(arguments) - set(fault.arguments):
            raise UnknownFault(f"{name} takes {sorted(fault.arguments)}, not {sorted(unknown)}")
        complete = {**fault.arguments, **arguments}
        if fault.check is not None:
            fault.check(complete)
        self._armed.append(_Armed(fault, times, complete))

    def take(self, name: str, endpoint: str = "", **of: Argument) -> Mapping[str, Argument] | None:
        """Use the fault up once and return its arguments; None if it is not armed.

        A fault with the argument *match* is taken only if *endpoint* contains that text, and one whose arguments are
        named in *of* only if it was armed with these values.
        """
        for armed in self._armed:
            is_meant = str(armed.arguments.get("match", "")) in endpoint and of.items() <= armed.arguments.items()
            if armed.fault.name == name and is_meant:
                armed.times, armed.was_taken = armed.times - 1, True
                if armed.times <= 0:
                    self._armed.remove(armed)
                return armed.arguments
        return None

    def disarm(self) -> None:
        """Disarm every fault."""
        self._armed.clear()

    def untaken(self) -> list[str]:
        """Return the names of armed faults that never happened: a test that armed them has shown nothing."""
        return [armed.fault.name for armed in self._armed if not armed.was_taken]

    def armed(self) -> list[dict[str, object]]:
        """Return the armed faults as JSON, with the number of times that each is still due."""
        return [{"name": a.fault.name, "times": a.times, "arguments": a.arguments} for a in self._armed]
