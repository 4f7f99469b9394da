"""Change a setting of the local Discord or the local Wan. A person or a test may send anything. No I/O."""

from __future__ import annotations

from typing import Any, get_type_hints


def change(settings: Any, name: str, value: object, *, of: str) -> None:
    """Set a field of *settings*, which are those *of* a sandbox's part.

    Raise ValueError for an unknown name, or a value of another type than the field's.
    """
    kind = get_type_hints(type(settings)).get(name)
    if kind is None:
        raise ValueError(f"{of} has no setting {name}")
    is_truth = isinstance(value, bool)
    taken = float(value) if isinstance(value, int) and not is_truth and not isinstance(value, kind) else value
    if not isinstance(taken, kind) or (is_truth and kind is not bool):
        raise ValueError(f"{name} must be {getattr(kind, '__name__', kind)}, not {value!r}")
    setattr(settings, name, taken)
