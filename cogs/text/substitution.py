"""``s/old/new/``: a change of a few words of a prompt, typed in reply to its result."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Each alternative begins with another character: nothing that is typed makes it slow.
_PART = r"((?:\\.|[^/\\])*)"
_PATCH = re.compile(rf"[sS]/{_PART}/{_PART}/?", re.DOTALL)
_ESCAPED = re.compile(r"\\([/\\])")


@dataclass(frozen=True)
class Substitution:
    """The first *old* becomes *new*. Both are plain text, whatever they look like."""

    old: str
    new: str

    def applied(self, prompt: str) -> str | None:
        """Return *prompt* with the change; None where *old* is not in it.

        A telephone's capital letter is no hindrance.
        """
        if not self.old:
            return None
        at = prompt.find(self.old)
        if at < 0:
            at = _small(prompt).find(_small(self.old))
        return None if at < 0 else prompt[:at] + self.new + prompt[at + len(self.old) :]


def _small(text: str) -> str:
    """Return *text* in small letters, each where it was: of a few, the small one is two."""
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def substitution_of(text: str) -> Substitution | None:
    r"""The patch that *text* is; None where it is none. A slash in it is written ``\/``, a backslash ``\\``."""
    match = _PATCH.fullmatch(text.strip())
    return None if match is None else Substitution(*(_ESCAPED.sub(r"\1", part) for part in match.groups()))
