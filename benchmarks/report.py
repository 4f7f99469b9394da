"""Print what was measured: as a Markdown table, as JSON, and into docs/benchmarks.md."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Row

HEAD = "| figure | floor | ours | ratio | bar | met |\n| --- | ---: | ---: | ---: | --- | --- |"
HEAD_COMPARED = "| figure | {before} | now | ratio |\n| --- | ---: | ---: | ---: |"


def table(rows: Sequence[Row]) -> str:
    """Return the table of ours against the floor and the bars."""
    lines = []
    for row in rows:
        before, ours = map(row.figure.show, row.medians)
        met = "yes" if row.met else "**no**"
        lines.append(f"| {row.figure.title} | {before} | {ours} | {_ratio(row)} | {row.figure.bar.text} | {met} |")
    return "\n".join([HEAD, *lines])


def compared(rows: Sequence[Row], before: str) -> str:
    """Return the table of the commit *before* and of this one."""
    lines = [
        f"| {row.figure.title} | {' | '.join(map(row.figure.show, row.medians))} | {_ratio(row)} |" for row in rows
    ]
    return "\n".join([HEAD_COMPARED.format(before=before), *lines])


def _ratio(row: Row) -> str:
    before, ours = row.medians
    return f"{ours / before:.2f}" if before > 0 else "–"


def as_json(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return every value of every round."""
    found = {
        row.name: {
            "title": row.figure.title, "unit": row.figure.unit, "floor": row.before, "ours": row.ours,
            "bar": row.figure.bar.text, "met": row.met,
        }
        for row in rows
    }  # fmt: skip
    return json.dumps({"figures": found, "notes": list(notes)}, indent=1)


def write_between(page: Path, name: str, text: str) -> None:
    """Replace what stands between the two markers *name* of a page."""
    marked = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    before = page.read_text(encoding="utf-8")
    after, count = marked.subn(lambda found: f"{found[1]}{text}\n{found[2]}", before)
    if count != 1:
        raise ValueError(f"{page} has no markers {name}")
    page.write_text(after, encoding="utf-8")
