"""Write a file so that its name stands for the whole file or for what it was before, also after a kill."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield an empty file in the folder of *path* that only this user can read; remove it if it is still there.

    Remove such files for *path* that a killed process left, first.
    """
    folder, prefix = path.absolute().parent, f".{path.name}."
    for left in folder.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(UNFINISHED):
            _remove_abandoned(left)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=UNFINISHED, dir=folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # ends with the process, also in a kill
        yield Path(name)
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            os.unlink(name)


def _remove_abandoned(left: Path) -> None:
    with suppress(OSError), left.open("rb") as file:  # BlockingIOError: another process is writing the file
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(new: Path, path: Path) -> None:
    """Give the name *path* to the complete file *new* of the same folder, and wait until both are on the disk."""
    sync(new)
    new.replace(path)
    sync(path.absolute().parent)
