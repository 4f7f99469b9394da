"""Each mutant is one change of one decision, and the same source gives the same mutants."""

from __future__ import annotations

import pytest

from tests.mutants.mutations import mutants, mutated


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("return a < b", "return a <= b"),
        ("return a and b", "return a or b"),
        ("return not a", "return a"),
        ("return a + b", "return a - b"),
        ("return a // 2", "return a * 2"),
        ("return True", "return False"),
        ("return f(3)", "return f(4)"),
        ("return max(a, b)", "return min(a, b)"),
        ("return a", "return None"),
        ("raise Refused(a)", "pass"),
        ("a.close()", "pass"),
        ("return a if b else c", "return c"),
    ],
)
def test_a_decision_becomes_another(statement: str, changed: str) -> None:
    source = f"def one(a, b, c):\n    {statement}"

    found = [mutated(source, mutant) for mutant in mutants(source)]

    assert f"def one(a, b, c):\n    {changed}" in found


def test_a_condition_is_once_always_and_once_never_so() -> None:
    source = "def one(a):\n    if a:\n        return 1\n    return 2"

    found = [mutated(source, mutant) for mutant in mutants(source)]

    assert "def one(a):\n    if True:\n        return 1\n    return 2" in found
    assert "def one(a):\n    if False:\n        return 1\n    return 2" in found


def test_logs_docstrings_and_tables_are_no_decisions() -> None:
    source = 'LIMIT = 3\ndef one(a: int = 4) -> None:\n    """Say 5."""\n    log.info("made", count=6)'

    assert mutants(source) == []


def test_every_mutant_differs_from_the_module_and_from_the_others() -> None:
    source = "def one(a, b):\n    if a > 1 and not b:\n        return a - 1\n    return min(a, b)"

    found = [mutated(source, mutant) for mutant in mutants(source)]

    assert source not in found
    assert len(set(found)) == len(found) > 8
