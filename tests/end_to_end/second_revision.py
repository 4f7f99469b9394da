"""Start bot.py as sandbox.launch does, with a store that has a second revision of the schema."""

import tempfile
from pathlib import Path

import pytest

from sandbox import launch
from tests.imagegen.store.revisions import with_a_second_revision

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        with_a_second_revision(pytest.MonkeyPatch(), Path(folder))
        launch.main()
