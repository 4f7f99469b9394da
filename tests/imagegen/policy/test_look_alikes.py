"""The table of look-alike letters is what confusable-homoglyphs lists. Run this module to write it again."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from confusable_homoglyphs.confusables import confusables_data

from imagegen.policy import look_alikes
from imagegen.policy.blocklist import IDEOGRAPH, bare

FILE = Path(look_alikes.__file__)
TABLE = re.compile(r'(?<=^_TABLE = """\n).*?(?=^""")', re.MULTILINE | re.DOTALL)


def listed() -> dict[str, str]:
    """Return the Latin letter that each sign looks like; only of signs that are left after NFKC and case folding."""
    found = {}
    for sign, likes in confusables_data.items():
        if len(sign) > 1 or sign.isascii() or IDEOGRAPH.match(sign):
            continue
        letters = [like for entry in likes if re.fullmatch("[a-z]", like := bare(entry["c"]).casefold())]
        if letters and sign in unicodedata.normalize("NFKC", sign).casefold():
            found[sign] = letters[0]
    return found


def written(signs: dict[str, str]) -> str:
    """Return the lines of the table."""
    lines: defaultdict[str, str] = defaultdict(str)
    for sign in sorted(signs):
        lines[signs[sign]] += sign
    return "".join(f"{letter}{lines[letter]}\n" for letter in sorted(lines))


def test_every_letter_that_unicode_lists_as_a_look_alike_is_in_the_table() -> None:
    assert listed() == look_alikes.LATIN


if __name__ == "__main__":
    text = FILE.read_text(encoding="utf-8")
    FILE.write_text(TABLE.sub(lambda _: written(listed()), text), encoding="utf-8")
