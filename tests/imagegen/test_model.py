"""The records that are kept as text are read back as what they were."""

from __future__ import annotations

import pytest

from imagegen.model import DIRECT, INSTALL, Scope


@pytest.mark.parametrize(("scope", "text"), [(Scope(7), "g:7"), (DIRECT, "dm"), (INSTALL, "install")])
def test_a_scope_is_read_back_from_its_text(scope: Scope, text: str) -> None:
    assert str(scope) == text
    assert Scope.parse(text) == scope


@pytest.mark.parametrize("text", ["", "g:", "g:seven", "7", "guild:7", "DM"])
def test_a_text_that_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"scope|invalid literal"):
        Scope.parse(text)
