"""Read an answer that must be an error of Wan's."""

import pytest

from imagegen.errors import WanRefused
from imagegen.wan import answers


def refusal(raw: bytes, status: int = 200, **headers: str) -> WanRefused:
    """Return the error that *raw* is read as."""
    with pytest.raises(WanRefused) as refused:
        answers.read_made(status, headers, raw)
    return refused.value
