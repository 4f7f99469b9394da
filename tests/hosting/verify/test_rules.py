"""What Discord keeps of the commands is compared field by field, and each refusal has a meaning."""

from __future__ import annotations

from typing import Any

import pytest

from cogs.messaging.outcomes import RefusalAction
from hosting.verify.rules import THEN
from hosting.verify.rules.commands import differences

IMAGINE: dict[str, Any] = {
    "type": 1, "name": "imagine", "contexts": [0, 1, 2], "integration_types": [0, 1],
    "default_member_permissions": None, "options": [{"name": "prompt", "type": 3, "required": True}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ([IMAGINE | {"contexts": [2, 1, 0], "id": "1"}], []),
        ([IMAGINE | {"contexts": None}], ["imagine: contexts differ"]),
        ([IMAGINE | {"integration_types": [0]}], ["imagine: integration_types differ"]),
        ([IMAGINE | {"default_member_permissions": "32"}], ["imagine: default_member_permissions differ"]),
        ([IMAGINE | {"options": []}], ["imagine: options differ"]),
        ([IMAGINE | {"type": 3}], ["imagine is missing", "imagine was not sent"]),
        ([], ["imagine is missing"]),
    ],
)
def test_each_difference_between_sent_and_kept_commands_is_named(kept: list[dict[str, Any]], found: list[str]) -> None:
    assert differences([IMAGINE], kept) == found


def test_a_permission_is_the_same_as_a_number_and_as_a_text() -> None:
    assert (
        differences([IMAGINE | {"default_member_permissions": 32}], [IMAGINE | {"default_member_permissions": "32"}])
        == []
    )


def test_each_refusal_has_a_meaning() -> None:
    assert THEN.keys() == set(RefusalAction)
