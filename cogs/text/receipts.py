"""One request of the ledger, as its member reads it."""

from __future__ import annotations

from cogs.text import phrases
from cogs.text.formatters import sentence
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.image_amounts import images_text
from imagegen.reports import Receipt


def receipt(found: Receipt, prompt: str, translate: Translator = ENGLISH) -> str:
    """Return one request of the ledger: when, what was reserved, what was used and why. *prompt* is safe to show."""
    job, asked_at = found.job, round(found.job.requested_at.timestamp())
    head = translate(phrases.RECEIPT, number=job.id, asked_at=asked_at, prompt=prompt)
    return f"{head}\n-# {_settled(found, translate)}"


def _settled(found: Receipt, translate: Translator) -> str:
    failure = found.job.failure
    facts: dict[str, str | int] = {"reserved": images_text(found.reserved, translate)}
    if found.used is None:
        return translate(phrases.RECEIPT_OPEN, facts)
    facts["used"] = images_text(found.used, translate)
    if failure is not None:
        facts["why"] = sentence(failure, translate)
        return translate(phrases.RECEIPT_FAILED if found.used else phrases.RECEIPT_RELEASED, facts)
    return translate(phrases.RECEIPT_USED if found.used == found.reserved else phrases.RECEIPT_SOME_USED, facts)
