"""The folder of ``play --keep``: world.json, and a file for each posted file. Only its owner can read it."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from sandbox.calls import first_error
from sandbox.json_input import storable
from sandbox.saved_world import Damaged, SavedFile, SavedWorld, check, check_views, restore, saved
from sandbox.stage import set_stage
from sandbox.world import World

LOCK, WORLD, FILES = "sandbox.lock", "world.json", "files"
MAX_WORLD_BYTES = 256 * 1024 * 1024
SAVE_EVERY_S = 1.0
MAX_REASON_CHARS = 200
ADAPTER = TypeAdapter(SavedWorld)


class UnusableFolder(RuntimeError):
    """The folder cannot keep a world. The message is a sentence for the person who named the folder."""


@contextmanager
def open_folder(path: Path) -> Iterator[WorldFolder]:
    """Make the folder if needed, and keep other sandboxes out of it. UnusableFolder says what is in the way."""
    try:
        _prepare(path)
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnusableFolder(f"{path} cannot be used: {error.strerror}. Name another folder.") from error
    try:
        _take(lock, path)
        yield WorldFolder(path)
    finally:
        os.close(lock)


def _prepare(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (found := {*os.listdir(path)}) and not found & {LOCK, WORLD}:
        raise UnusableFolder(f"{path} holds other files. Name a new folder for the world.")
    path.chmod(0o700)
    (path / FILES).mkdir(mode=0o700, exist_ok=True)


def _take(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
    except BlockingIOError as error:
        raise UnusableFolder(f"{path} is open in another sandbox. Stop that one, or name another folder.") from error


class WorldFolder:
    """A folder that keeps one world."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark: tuple[object, ...] = ()  # of what was saved last
        self.failed = False  # the latest try to save

    def set_stage(self, world: World) -> None:
        """Fill the world as it was saved, or for the first time. UnusableFolder if what was saved cannot be read."""
        path = self.path / WORLD
        if not path.exists():
            set_stage(world)
            return
        try:
            restore(world, *self._read(path))
            check_views(world)
        except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
            raise UnusableFolder(
                f"{path} cannot be read ({_reason(error)}): it is damaged, or of another version or program. "
                "Move it away to begin with a new world, or name another folder."
            ) from error

    def _read(self, path: Path) -> tuple[SavedWorld, dict[str, bytes]]:
        if path.stat().st_size > MAX_WORLD_BYTES:
            raise Damaged(f"it is larger than {MAX_WORLD_BYTES} bytes")
        found = ADAPTER.validate_json(path.read_bytes(), strict=True)
        check(found)
        return found, {file.id: self._read_file(file) for file in found.files}

    def _read_file(self, about: SavedFile) -> bytes:
        path = self.path / FILES / about.id
        if path.stat().st_size != about.size:
            raise Damaged(f"the size of {path.name} is wrong")
        return path.read_bytes()

    @asynccontextmanager
    async def saving(self, world: World) -> AsyncIterator[None]:
        """Save the world at once, each second in which it changed, and at the end of the block."""
        ended = asyncio.Event()
        await self._save(world)
        saving = asyncio.create_task(self._keep_saving(world, ended))
        try:
            yield
        finally:
            ended.set()
            await saving

    async def _keep_saving(self, world: World, until: asyncio.Event) -> None:
        while not until.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), SAVE_EVERY_S)
            await self._save(world)
        await self._save(world)  # what changed during the last save

    async def _save(self, world: World) -> None:
        """Save the world if it changed since the last time. Say it once if that fails, and try again the next time."""
        mark = (world.revision, world.sequence, world.clock.ahead_s)
        if mark == self._mark:
            return
        found = saved(world)
        data = {file.id: world.files[file.id].data for file in found.files}
        try:
            await asyncio.to_thread(self._write, found, data)
        except (OSError, ValueError) as error:  # ValueError: something that JSON cannot hold
            if not self.failed:
                click.echo(f"The world cannot be saved in {self.path}: {_reason(error)}.", err=True)
            self.failed = True
        else:
            self._mark, self.failed = mark, False

    def _write(self, found: SavedWorld, data: Mapping[str, bytes]) -> None:
        """Write new files first and world.json after them, so that world.json never names a file that is not there."""
        there = {*os.listdir(self.path / FILES)}
        for file_id in data.keys() - there:
            _write_whole(self.path / FILES / file_id, data[file_id])
        _write_whole(self.path / WORLD, storable(ADAPTER.dump_python(found, mode="json")))
        for name in there - data.keys():
            (self.path / FILES / name).unlink()


def _write_whole(path: Path, data: bytes) -> None:
    """Replace a file in one step: a reader finds the old bytes or the new ones."""
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return first_error(error)
    return str(error.strerror if isinstance(error, OSError) else error)[:MAX_REASON_CHARS]
