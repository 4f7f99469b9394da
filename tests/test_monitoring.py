"""What monitoring/ has for Prometheus and Grafana fits the bot, and each alert fires when it should.

``promtool`` of the Debian package ``prometheus`` tries the alerts. With CI=true its absence fails the tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from imagegen.settings import Settings
from tests.alert_series import CASES, Series
from tests.imagegen.test_metrics import every_metric

ROOT = Path(__file__).parent.parent
MONITORING = ROOT / "monitoring"
ALERTS = MONITORING / "alerts.yml"
DASHBOARD = MONITORING / "grafana" / "dashboards" / "wanvas.json"
ROWS = ["People", "Queue", "Wan", "Discord", "Money", "Process"]
METRIC = re.compile(r"\b(?:wanvas|process)_[a-z_]+\b")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "info": ("_info",), "gauge": ("",)}


@cache
def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@cache
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def dashboard_expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def series_names() -> set[str]:
    """Return the name of every series that a bot publishes."""
    return {metric.name + suffix for metric in every_metric() for suffix in SUFFIXES[metric.type]}


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("promtool is missing: apt-get install --no-install-recommends prometheus")
    return found or pytest.skip("promtool is not installed: apt-get install --no-install-recommends prometheus")


def run(promtool: str, *arguments: str | Path) -> str:
    """Return what promtool says; fail with its words if it finds something wrong."""
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  # Prometheus's own check
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_accepts_the_configuration_and_the_rules(promtool: str) -> None:
    assert "SUCCESS" in run(promtool, "check", "config", MONITORING / "prometheus.yml")


def test_each_alert_fires_when_it_should_and_is_silent_just_before(promtool: str, tmp_path: Path) -> None:
    assert [rule["alert"] for rule in rules()] == list(CASES)

    run(promtool, "test", "rules", *[_tries(rule, tmp_path) for rule in rules()])


def _tries(rule: dict[str, Any], folder: Path) -> Path:
    """Write promtool's tests of an alert, beside a file with its rule alone: promtool evaluates each rule of a file."""
    case, alone, tests = CASES[rule["alert"]], folder / f"{rule['alert']}.yml", folder / f"{rule['alert']}_tests.yml"
    alone.write_text(yaml.safe_dump({"groups": [{"name": "alone", "rules": [rule]}]}))
    tries = [
        _try(rule["alert"], case.fires, case.minutes, [{"labels": "{}", "value": case.firing}]),
        _try(rule["alert"], case.silent, case.minutes, []),
    ]
    tests.write_text(yaml.safe_dump({"rule_files": [str(alone)], "evaluation_interval": "1m", "tests": tries}))
    return tests


def _try(alert: str, series: Series, minutes: int, samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one of promtool's tests: how many alerts of this name fire after *minutes*."""
    return {
        "name": f"{alert} {'fires' if samples else 'is silent'}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": f"{minutes}m",
                "exp_samples": samples,
            }
        ],
    }


def test_a_bot_that_is_gone_is_noticed_though_nothing_is_scraped_any_more(promtool: str, tmp_path: Path) -> None:
    tests = tmp_path / "tests.yml"
    gone = _try("WanvasDown", {"another": "1x30"}, 20, [{"labels": "{}", "value": 1}])
    tests.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": [gone]}))

    run(promtool, "test", "rules", tests)


def test_prometheus_can_read_each_expression_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    records = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(dashboard_expressions())
    ]
    recorded = tmp_path / "rules.yml"
    recorded.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))

    assert f"{len(records)} rules found" in run(promtool, "check", "rules", recorded)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}
    assert all(text.rstrip().endswith(".") for text in rule["annotations"].values())


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_what_an_alert_names_exists(rule: dict[str, Any]) -> None:
    said = " ".join(rule["annotations"].values())

    assert set(METRIC.findall(rule["expr"])) <= series_names()
    assert {name.removesuffix("_bucket") for name in METRIC.findall(said)} <= {metric.name for metric in every_metric()}
    assert {
        name for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", said) if name.lower() not in Settings.model_fields
    } == set()


def test_each_metric_of_the_dashboard_exists() -> None:
    shown = {name for expression in dashboard_expressions() for name in METRIC.findall(expression)}

    assert shown <= series_names()


def test_the_dashboard_shows_every_metric_of_the_bot() -> None:
    shown = {name for expression in dashboard_expressions() for name in METRIC.findall(expression)}

    assert {
        metric.name
        for metric in every_metric()
        if metric.name.startswith("wanvas_") and not {metric.name + suffix for suffix in SUFFIXES[metric.type]} & shown
    } == set()


def test_the_dashboard_has_a_row_for_each_question_and_no_panel_overlaps() -> None:
    cells = [
        (x, y)
        for panel in dashboard()["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    names = [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"]

    assert names == ROWS
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


def test_each_panel_asks_the_provisioned_source_and_says_what_it_shows() -> None:
    source = yaml.safe_load((MONITORING / "grafana/provisioning/datasources/wanvas.yml").read_text())["datasources"][0]

    assert {panel["datasource"]["uid"] for panel in panels()} == {source["uid"]}
    assert all(panel["description"].endswith(".") for panel in panels())
