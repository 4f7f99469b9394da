"""The mark of a move: a small file beside an SQLite database whose rows are, or are coming, in PostgreSQL.

The database itself is left as it is. While the mark is there, no bot starts on it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL

from imagegen.errors import StoreUnusable
from imagegen.store.files import beside, put_in_place

FINISHED = "it was moved to {to} ({at:%Y-%m-%d %H:%M} UTC): set DATABASE_URL to that database"
UNFINISHED = "its move to {to} is not finished: run `python bot.py move` again"
ANYWAY = "{said}. To use {path} anyway, delete {mark}"


@dataclass(frozen=True)
class MoveMark:
    """Where the rows go, without a password, and since when. *token* names the move, in the target too."""

    token: str
    to: str
    at: datetime
    is_finished: bool = False


def shown(url: URL) -> str:
    """Return a database's address as a person may see it: without user, password and parameters."""
    return f"{url.get_backend_name()}://{url.host or 'localhost'}/{url.database}"


def mark_of(path: Path) -> Path:
    """Return the file of the mark of the database *path*."""
    return path.with_name(path.name + ".moved")


def read(path: Path) -> MoveMark | None:
    """Return the mark of the database *path*; None if it was not moved. StoreUnavailable if the mark is unreadable."""
    try:
        facts = json.loads(mark_of(path).read_text(encoding="utf-8"))
        return MoveMark(**{**facts, "at": datetime.fromisoformat(facts["at"])})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreUnusable(f"{mark_of(path)} cannot be read; it says whether {path} was moved") from None


def write(path: Path, mark: MoveMark) -> None:
    """Write the mark of the database *path*, whole or not at all."""
    with beside(mark_of(path)) as new:
        new.write_text(json.dumps({**asdict(mark), "at": mark.at.isoformat()}), encoding="utf-8")
        put_in_place(new, mark_of(path))


def refuse_moved(path: Path) -> None:
    """Raise StoreUnusable if the database *path* was moved, or is being moved."""
    if mark := read(path):
        said = (FINISHED if mark.is_finished else UNFINISHED).format(to=mark.to, at=mark.at)
        raise StoreUnusable(ANYWAY.format(said=said, path=path, mark=mark_of(path).name))


def put_aside(path: Path, name: str) -> None:
    """Give the mark to the database that was put aside under *name*."""
    if mark_of(path).exists():
        mark_of(path).rename(mark_of(path.with_name(f"{path.name}.{name}")))
