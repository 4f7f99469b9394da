"""docs/settings.md and .env.example agree with imagegen/settings.py. ``make docs`` writes the tables again."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from dotenv import dotenv_values

from hosting.wrong_settings import default_text
from imagegen.settings import Settings

ROOT = Path(__file__).parent.parent
DOC = ROOT / "docs" / "settings.md"
EXAMPLE = ROOT / ".env.example"
TABLE = re.compile(r"(<!-- (\w+): [^\n]* -->\n).*?(<!-- /\2 -->)", re.DOTALL)

# The heading of docs/settings.md under which a setting stands. Each setting matches exactly one pattern.
GROUPS = {
    "Discord": ("discord_token", "message_content", "allowed_servers", "operator_ids", "shard_*"),
    "Wan": ("dashscope_*", "wan_*", "models", "model_for_*", "watermark"),
    "Quotas": ("member_*", "person_*", "server_*", "attempts_per_day", "model_weights", "quota_timezone"),
    "Budget": ("budget_*", "price_usd"),
    "Queue": ("waiting_*", "queued_*"),
    "Storage": ("database_url", "input_*", "history_days"),
    "Operation": ("shutdown_grace_s", "health_*", "log_format", "sandbox_cdn_url"),
}


def members(group: str) -> list[str]:
    """Return the names of a group's settings, in the order of the code."""
    return [name for name in Settings.model_fields if any(fnmatch(name, pattern) for pattern in GROUPS[group])]


def table(group: str) -> str:
    """Return the Markdown table of a group: a row for each setting with its default and its description."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name in members(group):
        default = f"`{default_text(name)}`" if default_text(name) else ""
        rows.append(f"| `{name.upper()}` | {default} | {Settings.model_fields[name].description} |")
    return "\n".join(rows) + "\n"


def written(text: str) -> str:
    """Return *text* with each table replaced by the one that the code gives."""
    return TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)


def test_the_tables_are_what_the_code_has() -> None:
    text = DOC.read_text(encoding="utf-8")

    assert [found[1] for found in TABLE.findall(text)] == [*GROUPS]
    assert text == written(text), "`make docs` writes them again"


def test_each_setting_stands_in_exactly_one_group() -> None:
    listed = [name for group in GROUPS for name in members(group)]

    assert sorted(listed) == sorted(Settings.model_fields)


def test_the_example_names_settings_that_exist_with_their_defaults() -> None:
    example = dotenv_values(EXAMPLE)

    assert {"DISCORD_TOKEN", "DASHSCOPE_API_KEY", "ALLOWED_SERVERS"} <= set(example)
    for name, value in example.items():
        assert name.lower() in Settings.model_fields
        assert value == default_text(name.lower()).removesuffix(".0"), name


def test_the_example_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    settings = Settings(_env_file=EXAMPLE)

    assert settings.missing == ["DISCORD_TOKEN", "DASHSCOPE_API_KEY"]


def main() -> None:
    """Write the tables of docs/settings.md again."""
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
