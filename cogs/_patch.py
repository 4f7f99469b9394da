"""``s/old/new/``: a change of a few words of a prompt, typed in reply to its result."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Each alternative begins with another character: nothing that is typed makes it slow.
_PART = r"((?:\\.|[^/\\])*)"
_PATCH = re.compile(rf"[sS]/{_PART}/{_PART}/?", re.DOTALL)
_ESCAPED = re.compile(r"\\([/\\])")


@dataclass(frozen=True)
class Patch:
    """The first *old* becomes *new*. Both are plain text, whatever they look like."""

    old: str
    new: str

    def applied(self, prompt: str) -> str | None:
        """*prompt* with the change; None where *old* is not in it. A telephone's capital letter is no hindrance."""
        if not self.old:
            return None
        found = re.search(re.escape(self.old), prompt) or re.search(re.escape(self.old), prompt, re.IGNORECASE)
        return None if found is None else prompt[: found.start()] + self.new + prompt[found.end() :]


def patch_of(text: str) -> Patch | None:
    r"""The patch that *text* is; None where it is none. A slash in it is written ``\/``, a backslash ``\\``."""
    match = _PATCH.fullmatch(text.strip())
    return None if match is None else Patch(*(_ESCAPED.sub(r"\1", part) for part in match.groups()))
