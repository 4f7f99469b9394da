from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imagegen.store.books import Books, open_books


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    found = open_books(tmp_path)
    yield found
    found.engine.dispose()
