"""Write the report of a verification, made to be attached to an issue: Markdown for people, JSON for programs.

The JSON is one object. A later version may add names, and changes *format* if a name changes its meaning:

    format      1
    made_at     UTC, ISO 8601
    versions    wanvas, discord.py, python, os
    wan         host (without a workspace), region, models (those offered)
    summary     passed, failed, skipped: numbers of items
    items       in the order of the run: key, title, verdict (passed, failed or skipped), seen (a sentence),
                facts (name to text or number; the name has the unit)
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import discord

from hosting.verify.items import MARKS, Item, Outcome, Verdict
from hosting.verify.redaction import Redaction
from imagegen import VERSION
from imagegen.settings import Settings
from imagegen.store.files import beside, put_in_place
from imagegen.wan.hosts import public_host

FORMAT = 1
MAX_FACTS = 30  # of one item


@dataclass(frozen=True)
class Report:
    """What a verification has shown. *made_at* is in UTC."""

    made_at: datetime
    settings: Settings
    entries: Sequence[tuple[Item, Outcome]]

    @property
    def summary(self) -> dict[str, int]:
        """The number of items for each verdict."""
        return {verdict.value: sum(of.verdict is verdict for _, of in self.entries) for verdict in Verdict}


def write(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write the report into *folder* as Markdown and JSON, each whole or not at all, and return both paths."""
    name = f"wanvas-verify-{report.made_at:%Y%m%d-%H%M%S}"
    found = as_json(report)
    page, data = folder / f"{name}.md", folder / f"{name}.json"
    for path, text in ((page, as_markdown(found)), (data, json.dumps(found, ensure_ascii=False, indent=2) + "\n")):
        with beside(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
            put_in_place(unfinished, path)
    return page, data


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as the JSON that this module documents."""
    settings, redaction = report.settings, Redaction.of(report.settings)
    return {
        "format": FORMAT,
        "made_at": report.made_at.isoformat(timespec="seconds"),
        "versions": _versions(),
        "wan": {
            "host": public_host(settings.dashscope_http_base_url),
            "region": settings.region,
            "models": [model.name for model in settings.lineup.models],
        },
        "summary": report.summary,
        "items": [_entry(item, outcome, redaction) for item, outcome in report.entries],
    }


def _versions() -> dict[str, str]:
    return {
        "wanvas": VERSION,
        "discord.py": discord.__version__,
        "python": platform.python_version(),
        "os": platform.platform(),
    }


def _entry(item: Item, outcome: Outcome, redaction: Redaction) -> dict[str, Any]:
    facts = list(outcome.facts.items())[:MAX_FACTS]
    return {
        "key": item.key,
        "title": redaction.clean(item.title),
        "verdict": outcome.verdict.value,
        "seen": redaction.clean(outcome.seen),
        "facts": {redaction.clean(name): _fact(value, redaction) for name, value in facts},
    }


def _fact(value: str | int | float, redaction: Redaction) -> str | int | float:
    """Return a fact as it may be published. An id of Discord's is no number that a report needs."""
    if isinstance(value, float):
        return round(value, 3)
    plain = redaction.clean(str(value))
    return value if plain == str(value) else plain


def as_markdown(found: dict[str, Any]) -> str:
    """Return a report's JSON as a page: what ran where, a line for each item, and the facts."""
    versions = " · ".join(f"{name} {version}" for name, version in found["versions"].items())
    wan, summary = found["wan"], ", ".join(f"{count} {verdict}" for verdict, count in found["summary"].items())
    facts = [(item["key"], name, value) for item in found["items"] for name, value in item["facts"].items()]
    lines = [
        "# Wanvas: live verification", "",
        f"{found['made_at']} · {versions}", "",
        f"Wan: {wan['host']} ({wan['region']}), {', '.join(wan['models'])}", "",
        f"**{summary}.**", "",
        "| | item | what was seen |", "| --- | --- | --- |",
        *(_row(MARKS[Verdict(item["verdict"])], f"{item['title']} (`{item['key']}`)", item["seen"])
          for item in found["items"]), "",
        "| item | fact | value |", "| --- | --- | --- |",
        *(_row(f"`{key}`", name, str(value)) for key, name, value in facts),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    """Return a row of a table. An answer from outside cannot end a cell, become HTML or mention a person at GitHub."""
    escaped = (cell.replace("|", "\\|").replace("<", "&lt;").replace("@", "@\u200b") for cell in cells)
    return f"| {' | '.join(escaped)} |"
