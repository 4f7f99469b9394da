"""What the README says is so. ``python -m tests.test_readme`` writes the settings' table anew."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from imagegen import VERSION
from imagegen.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- settings: [^\n]* -->\n).*?(<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    """One row a setting: name, default, sentence."""
    rows = ["| setting | default | |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        default = ", ".join(default) if isinstance(default, tuple) else default
        shown = "" if default in (None, {}, "") or isinstance(default, SecretStr) else f"`{default}`"
        rows.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_the_settings_table_is_what_the_code_has() -> None:
    found = TABLE.search(README.read_text(encoding="utf-8"))

    assert found is not None
    assert found[0] == f"{found[1]}{settings_table()}{found[2]}"


def test_the_code_and_its_package_are_one_version() -> None:
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_each_file_and_link_that_the_readme_names_exists() -> None:
    text = README.read_text(encoding="utf-8")

    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = re.findall(r"^\| `([\w./]+)` \|", text.split("## Where things live")[1], re.MULTILINE)

    assert links
    assert named
    assert [name for name in (*links, *named) if not (ROOT / name).exists()] == []


def test_each_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"(?:`|    )make (\w+)", README.read_text(encoding="utf-8")))
    assert named
    for target in named:
        assert f"\n{target}:" in makefile, target


def main() -> None:
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda found: f"{found[1]}{settings_table()}{found[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
