"""Read the end of a program's log, which the program writes at the same time, and pick the lines of one job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

READ_BYTES = 256 * 1024  # of one read
SEARCH_BYTES = 4 * 1024 * 1024  # for the lines of one job
LINE_CHARS = 4000

_BEGIN = re.compile(r"\[?\d{4}-\d\d-\d\d[ T]|\{")  # of an entry: a time, or JSON
_TRACEBACK = "Traceback "
_COLORS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_JOB = re.compile(r"""\bjob(?:=|["']:\s*)(\d+)""")


@dataclass(frozen=True)
class Tail:
    """Whole lines, and the byte offset *after* which the next read goes on. *restarted*: the log began again."""

    lines: list[str]
    after: int
    restarted: bool = False


def read(path: Path, *, after: int | None, job: int | None, last: int) -> Tail:
    """Return at most *last* lines from the byte offset *after*, or from the end; with *job*, only lines about it.

    A log that is missing is empty. A log shorter than *after* was rotated: it is read again from its start.
    """
    try:
        size = path.stat().st_size
        restarted = after is not None and after > size
        wanted = 0 if after is None or restarted else after
        begin = max(wanted, size - (READ_BYTES if job is None else SEARCH_BYTES))
        data = _bytes(path, begin, size - begin)
    except OSError:
        return Tail([], 0, restarted=bool(after))
    end = data.rfind(b"\n") + 1  # the program may be within a line, even within a character
    first = data.find(b"\n") + 1 if begin > wanted else 0
    lines = [_line(raw) for raw in data[first:end].split(b"\n")[:-1]]
    return Tail(list(_about(lines, job))[-last:], begin + end, restarted)


def _bytes(path: Path, begin: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(count)


def _line(raw: bytes) -> str:
    """Return a line as text, without colors. Bytes that are not UTF-8 become U+FFFD."""
    return _COLORS.sub("", raw[: 4 * LINE_CHARS].decode("utf-8", "replace"))[:LINE_CHARS].rstrip("\r")


def _about(lines: list[str], job: int | None) -> Iterator[str]:
    """Yield the lines of entries about *job*; all lines for None. Indented lines and a traceback belong to an entry."""
    is_about = in_traceback = False
    for line in lines:
        in_traceback = not _BEGIN.match(line) and (in_traceback or line.startswith(_TRACEBACK))
        if not in_traceback and not line.startswith((" ", "\t")):
            found = _JOB.search(line)
            is_about = found is not None and int(found[1]) == job
        if is_about or job is None:
            yield line
