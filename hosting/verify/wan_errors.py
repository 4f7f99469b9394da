"""What an error of Wan's means for a verification: the outcome of its item, and which items are not tried after it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cogs.text import operator_alerts
from hosting.verify.items import Outcome, Verdict
from imagegen.errors import Reason, WanError, WanNotSent, WanUnanswered
from imagegen.model import Call
from imagegen.policy import retry

# What has no alert, because it ends one job and not the sending: the cause, and what the operator can do.
CAUSES = {
    Reason.BUSY: ("Wan is too busy for this account now", "Run this item again in a minute."),
    Reason.WAN_DOWN: ("Wan is down or cannot be reached", "Check the network, or run this item again later."),
    Reason.MODERATION: ("Moderation rejected a harmless prompt", "Run this item again."),
    Reason.COPYRIGHT: ("The copyright filter rejected a harmless prompt", "Run this item again."),
    Reason.UNANSWERED: ("Wan did not answer in full", "An image may have been billed: compare your bill."),
    Reason.RESULT_LOST: ("Wan generated an image that cannot be had", "It is billed: compare your bill."),
    Reason.NO_IMAGE: ("Wan answered without an image", "Nothing is billed."),
    Reason.WAN_REJECTED_IMAGE: ("Wan rejected the input image", "Attach this report to an issue."),
}
NO_CONNECTION = "No connection to Wan ({cause}). Check DASHSCOPE_HTTP_BASE_URL and the network. Nothing was sent."


def failed(error: WanError, call: Call | None = None) -> Outcome:
    """Return the outcome of an item that *error* ended: the cause, Wan's code, and what to do."""
    if isinstance(error, WanNotSent):
        return Outcome(Verdict.FAILED, NO_CONNECTION.format(cause=error.facts.get("cause", "?")))
    cause, advice = CAUSES.get(error.reason) or (
        operator_alerts.why(error.reason, call or ""), operator_alerts.advice(error.reason, error.code)
    )  # fmt: skip
    return Outcome(
        Verdict.FAILED, " ".join(filter(None, (_sentence(cause), _answer(error), advice))), error_facts(error)
    )


def _sentence(cause: str) -> str:
    return f"{cause[0].upper()}{cause[1:]}."


def _answer(error: WanError) -> str:
    """Return what Wan answered; "" if nothing came back."""
    if error.code:
        return operator_alerts.ANSWER.format(code=error.code, status=error.status)
    return operator_alerts.ANSWER_STATUS.format(status=error.status) if error.status else ""


def error_facts(error: WanError) -> dict[str, str | int | float]:
    """Return what a report says of an error."""
    kind = "unanswered" if isinstance(error, WanUnanswered) else "refused"
    named: dict[str, str | int] = {
        "code": error.code, "status": error.status, "request_id": error.request_id,
        "cause": error.facts.get("cause", ""),
    }  # fmt: skip
    return {"error": kind, "reason": error.reason.value, **{name: value for name, value in named.items() if value}}


@dataclass
class Refusals:
    """What Wan refuses to this account. Nothing of that is sent again: it would be refused again."""

    _pauses: list[tuple[retry.PauseSending, str, Call | None]] = field(default_factory=list)

    def note(self, error: WanError, model: str = "", call: Call | None = None) -> None:
        """Remember what *error* means for later items."""
        if (pause := retry.shared_pause(error)) is not None:
            self._pauses.append((pause, model, call))

    def outcome(self, model: str = "", call: Call | None = None) -> Outcome | None:
        """Return why an item is not tried; None if nothing is against it."""
        for pause, of_model, of_call in self._pauses:
            what = {retry.Reach.MODEL: (model,), retry.Reach.CALL: (model, call)}.get(pause.reach, ())
            if what == (of_model, of_call)[: len(what)]:
                why = operator_alerts.why(pause.reason, call or "")
                return Outcome(Verdict.SKIPPED, f"Not sent, because an earlier item failed: {why}.")
        return None
