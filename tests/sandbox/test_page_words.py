"""The page's own words are complete in Chinese, and no module sets markup or inline code."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "sandbox" / "page"
SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"|data-say(?:-\w+)?="([^"]*)"')
ENTRY = re.compile(r'^ {2}"((?:[^"\\]|\\.)*)": ', re.MULTILINE)
REFUSED = re.compile(r'^ {2}"([^"]+)": (?:\(\) =>|[A-Z])', re.MULTILINE)
FORBIDDEN = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ' style="', ' onclick="')


def sources() -> dict[str, str]:
    return {
        str(file.relative_to(PAGE)): file.read_text(encoding="utf-8")
        for file in PAGE.rglob("*")
        if file.suffix in (".js", ".html") and file.name != "zh-CN.js"
    }


def test_every_word_of_the_page_is_in_chinese_and_no_other() -> None:
    said = {found[1] or found[2] for text in sources().values() for found in SAID.finditer(text)}

    entries = ENTRY.findall((PAGE / "words" / "zh-CN.js").read_text(encoding="utf-8"))

    assert sorted(entries) == sorted(said)


def test_no_module_sets_markup_or_inline_code() -> None:
    found = [(name, word) for name, text in sources().items() for word in FORBIDDEN if word in text]

    assert found == []


def test_every_refusal_that_the_page_translates_is_one_of_the_sandbox() -> None:
    parts = REFUSED.findall((PAGE / "words" / "refusals.js").read_text(encoding="utf-8"))
    sandbox = [file.read_text(encoding="utf-8") for file in PAGE.parent.rglob("*.py")]

    unknown = [part for part in parts if not any(part in text for text in sandbox)]

    assert parts
    assert unknown == []
