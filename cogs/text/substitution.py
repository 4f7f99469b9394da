"""Read ``s/old/new/``, which edits a part of a prompt in reply to its result."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Each alternative begins with a different character, so matching takes linear time.
_PART = r"((?:\\.|[^/\\])*)"
_PATCH = re.compile(rf"[sS]/{_PART}/{_PART}/?", re.DOTALL)
_ESCAPED = re.compile(r"\\([/\\])")


@dataclass(frozen=True)
class Substitution:
    """Replaces the first *old* with *new*. Both are plain text, never patterns."""

    old: str
    new: str

    def applied(self, prompt: str) -> str | None:
        """Return *prompt* with the change, or None if *old* is not in it.

        Upper and lower case match each other: phones capitalize the first letter.
        """
        if not self.old:
            return None
        at = prompt.find(self.old)
        if at < 0:
            at = _small(prompt).find(_small(self.old))
        return None if at < 0 else prompt[:at] + self.new + prompt[at + len(self.old) :]


def _small(text: str) -> str:
    """Return *text* in lower case with the same length. Letters whose lower case has two characters stay."""
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def substitution_of(text: str) -> Substitution | None:
    r"""Return the substitution that *text* describes, or None. ``\/`` is a slash, and ``\\`` is a backslash."""
    match = _PATCH.fullmatch(text.strip())
    return None if match is None else Substitution(*(_ESCAPED.sub(r"\1", part) for part in match.groups()))
