"""A sentence about an error: what happened, its effect on the quota, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cogs.text.i18n import Facts, Translator

NOT_USED = "It didn't use your quota."
USED = "It used {counted} of your quota."
USED_WEIGHED = "It used {quota_used}."  # of images that use more or less than one image of the quota each
USED_AT_MOST_ONCE = "If it did, it uses your quota once; if it didn't, it uses nothing."
ONLY_REQUESTED = "Only the images you requested use your quota."
NOT_AFFECTED = "Your quota isn't affected."
NOTHING_CHANGED = "Nothing changed."
USED_UP = ""  # what happened is that the quota is used up: a second sentence would repeat the first
QUOTA_CLAUSES = (
    NOT_USED,
    USED,
    USED_WEIGHED,
    USED_AT_MOST_ONCE,
    ONLY_REQUESTED,
    NOT_AFFECTED,
    NOTHING_CHANGED,
    USED_UP,
)


@dataclass(frozen=True)
class Sentence:
    """What a person reads when something went wrong. *quota* is one of QUOTA_CLAUSES."""

    happened: str
    quota: str
    next: str

    def text(self, translate: Translator, facts: Facts) -> str:
        """Return the three parts in one line, translated, with *facts* filled in."""
        parts = {"happened": translate(self.happened, facts), "next": translate(self.next, facts)}
        if self.quota == USED_UP:
            return translate("{happened} {next}", parts)
        return translate("{happened} {quota} {next}", {**parts, "quota": translate(self.quota, facts)})


def not_used(happened: str, then: str) -> Sentence:
    """Return the sentence of a request that used no quota."""
    return Sentence(happened, NOT_USED, then)
