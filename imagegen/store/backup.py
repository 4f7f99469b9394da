"""Write a backup of a database, of either kind, while the bot runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.store import backup_file, copying, revision
from imagegen.store.backup_file import Contents
from imagegen.store.engine import open_to_read, sqlite_path
from imagegen.store.files import beside, put_in_place
from imagegen.store.last_ids import last_ids
from imagegen.store.sqlite import files_of


@dataclass(frozen=True)
class Backup:
    """A backup that was written and read again, without the tables *left_out* of another program."""

    contents: Contents
    file_bytes: int
    left_out: list[str]


def write_backup(url: str, path: Path, *, replace: bool, now: datetime) -> Backup:
    """Write one snapshot of the database at *url* to *path*, and read it again. Memory does not grow with the database.

    *path* is the whole backup or what it was before, also after a kill. *replace*: *path* may be an earlier backup.
    StoreUnavailable if the database cannot be read, or the file cannot be written.
    """
    _check_free(path, url, replace)
    try:
        with beside(path) as unfinished:
            left_out = _fill(unfinished, url, now)
            contents = backup_file.verify(unfinished)
            _check_free(path, url, replace)
            put_in_place(unfinished, path)
        return Backup(contents, path.stat().st_size, left_out)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error


def _check_free(path: Path, url: str, replace: bool) -> None:
    database = sqlite_path(url)
    if database is not None and path.absolute() in [file.absolute() for file in files_of(database)]:
        raise StoreUnusable(f"{path} is the database itself; give the backup another name")
    if not path.exists():
        return
    if not replace:
        raise StoreUnusable(f"{path} exists already; choose another name, or add --force to replace that backup")
    with backup_file.opened(path):  # nothing else is ever replaced
        pass


def _fill(path: Path, url: str, now: datetime) -> list[str]:
    """Write everything. Return the names of the tables that are not of Wanvas."""
    with open_to_read(url, lasting=True) as source, backup_file.connected(path, write=True) as target:
        if (found := revision.look(source)) is None:
            raise StoreUnusable("it holds nothing yet")
        tables = copying.tables_in(source, found.revision)
        backup_file.make_tables(target, tables)
        ids = last_ids(source)
        tallies = {table.name: copying.copy(source, target, table) for table in tables}
        backup_file.write_contents(target, Contents(now, found.revision, found.older, ids, tallies))
        target.commit()
        return copying.strange_names(source, found.revision)
