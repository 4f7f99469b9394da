"""docs/metrics.md agrees with the bot's metrics and with the alert rules. ``make docs`` writes its tables again."""

from __future__ import annotations

import re
from typing import Any

from prometheus_client.metrics_core import Metric

from tests.imagegen.test_metrics import every_metric, labels_of
from tests.test_monitoring import ROOT, rules

DOC = ROOT / "docs" / "metrics.md"
TABLE = re.compile(r"(<!-- (metrics|alerts): [^\n]* -->\n).*?(<!-- /\2 -->)", re.DOTALL)
SUFFIX = {"counter": "_total", "info": "_info"}


def table(kind: str) -> str:
    """Return the Markdown table of the metrics or of the alerts."""
    if kind == "metrics":
        rows = ["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
        rows += [_metric(metric) for metric in every_metric() if metric.name.startswith("wanvas_")]
    else:
        rows = ["| alert | severity | what happened | for | what to do |", "| --- | --- | --- | --- | --- |"]
        rows += [_alert(rule) for rule in rules()]
    return "\n".join(rows) + "\n"


def _metric(metric: Metric) -> str:
    labels = [f"`{label}`" for label in sorted(labels_of(metric))]
    name = metric.name + SUFFIX.get(metric.type, "")
    return f"| `{name}` | {metric.type} | {', '.join(labels)} | {metric.documentation} |"


def _alert(rule: dict[str, Any]) -> str:
    summary, what_to_do = (rule["annotations"][part].strip() for part in ("summary", "description"))
    summary = re.sub(r"{{ \$labels\.(\w+) }}", r"*\1*", summary)
    severity, lasts = rule["labels"]["severity"], rule.get("for", "")
    return f"| `{rule['alert']}` | {severity} | {summary} | {lasts} | {what_to_do} |"


def written(text: str) -> str:
    """Return *text* with each table replaced by the one that the code gives."""
    return TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)


def test_the_tables_are_what_the_code_has() -> None:
    text = DOC.read_text(encoding="utf-8")

    assert [found[1] for found in TABLE.findall(text)] == ["metrics", "alerts"]
    assert text == written(text), "`make docs` writes them again"


def main() -> None:
    """Write the tables of docs/metrics.md again."""
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
