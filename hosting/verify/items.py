"""What is verified live: an item for each rule of Discord or Wan, and what was seen of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """How an item ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # it costs money and --free was given, a person skipped it, or an item that it needs failed


# No emoji: a machine without a font for them shows boxes, in the terminal and in the sandbox's page.
MARKS: Mapping[Verdict, str] = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.SKIPPED: "–"}


@dataclass(frozen=True)
class Item:
    """One rule that is verified."""

    key: str  # its stable name in reports: wan.sync, discord.edit_after_defer
    title: str  # what a person reads on the checklist
    images: int = 0  # the most images that Wan bills for the item
    model: str = ""  # the model that generates them
    image_microusd: int = 0  # what Wan bills for each of them, in micro-dollars
    limit_s: float = 600.0  # then it failed, or was skipped if a person did not do what was asked for


def chosen(items: Sequence[Item], only: Sequence[str]) -> tuple[Item, ...]:
    """Return the items whose keys are one of *only*, or begin so if no item has that key; all if *only* is empty.

    Names of models begin with names of others: the key of one must not pay for the others.
    """
    keys = {item.key for item in items}
    return tuple(
        item
        for item in items
        if not only or any(item.key == each or (each not in keys and item.key.startswith(each)) for each in only)
    )


@dataclass(frozen=True)
class Outcome:
    """What was seen of an item. Holds no secret: it is published in a report."""

    verdict: Verdict
    seen: str  # one sentence: what Discord or Wan answered
    facts: Mapping[str, str | int | float] = field(default_factory=dict)  # numbers and names, with their units
    not_done: bool = False  # skipped without a reason in the setup: the operator stopped, skipped, or did nothing


def passed(seen: str, **facts: str | int | float) -> Outcome:
    """Return that the rule holds."""
    return Outcome(Verdict.PASSED, seen, facts)


def failed(seen: str, **facts: str | int | float) -> Outcome:
    """Return that the rule does not hold."""
    return Outcome(Verdict.FAILED, seen, facts)


def skipped(why: str) -> Outcome:
    """Return that nothing was seen, and why."""
    return Outcome(Verdict.SKIPPED, why)


def not_done(why: str) -> Outcome:
    """Return that nothing was seen because the operator did not do the item, and in which way."""
    return Outcome(Verdict.SKIPPED, why, not_done=True)


@dataclass(frozen=True)
class Check:
    """An item with what verifies it. *verify* raises no error for a rule that does not hold: it returns FAILED."""

    item: Item
    verify: Callable[[], Awaitable[Outcome]]
