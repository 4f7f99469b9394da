"""What an error of Wan's means for a verification: the outcome of its item, and which items are not tried after it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cogs.text import operator_alerts
from hosting.verify.items import Outcome, failed, skipped
from hosting.verify.wan_requests import Trial
from imagegen.errors import Reason, WanError, WanNotSent
from imagegen.policy import retry

AGAIN = "Verify this item again later, with --only."
TO_AN_ISSUE = "Attach this report to an issue."
# What ends one job and pauses nothing needs other words here than in an alert: the cause, and what the operator can do.
CAUSES = {
    Reason.BUSY: ("Wan is too busy for this account now", f"{AGAIN} If this stays, the model's quota is used up."),
    Reason.WAN_DOWN: ("Wan is down", AGAIN),
    Reason.MODERATION: ("Moderation rejected a harmless prompt", AGAIN),
    Reason.COPYRIGHT: ("The copyright filter rejected a harmless prompt", AGAIN),
    Reason.UNANSWERED: ("Wan did not answer in full", "An image may have been billed: compare your bill."),
    Reason.RESULT_LOST: ("A result cannot be downloaded", "It is billed."),
    Reason.NO_IMAGE: ("Wan answered without an image", "Nothing is billed."),
    Reason.WAN_REJECTED: ("Wan rejected the request", TO_AN_ISSUE),
    Reason.WAN_REJECTED_IMAGE: ("Wan rejected the input image", TO_AN_ISSUE),
}
NO_CONNECTION = "No connection to Wan ({cause}). Check DASHSCOPE_HTTP_BASE_URL and the network. Nothing was sent."


def failure(error: WanError, call: str = "") -> Outcome:
    """Return the outcome of an item that *error* ended: the cause, Wan's code, and what to do."""
    if isinstance(error, WanNotSent):
        return failed(NO_CONNECTION.format(cause=error.facts.get("cause", "?")), **error_facts(error))
    cause, advice = CAUSES.get(error.reason) or (
        operator_alerts.why(error.reason, call), operator_alerts.advice(error.reason, error.code)
    )  # fmt: skip
    sentences = (f"{cause[0].upper()}{cause[1:]}.", _answer(error), advice)
    return failed(" ".join(sentence for sentence in sentences if sentence), **error_facts(error))


def _answer(error: WanError) -> str:
    """Return what Wan answered; "" if no answer came."""
    if error.code:
        return operator_alerts.ANSWER.format(code=error.code, status=error.status)
    return operator_alerts.ANSWER_STATUS.format(status=error.status) if error.status else ""


def error_facts(error: WanError) -> dict[str, str | int | float]:
    """Return what a report says of an error."""
    facts = {"reason": error.reason.value, "code": error.code, "status": error.status, "request_id": error.request_id}
    return {name: value for name, value in {**facts, "cause": error.facts.get("cause", "")}.items() if value}


@dataclass
class Refusals:
    """What Wan refuses to this account. Nothing of that kind is sent again: it would be refused again."""

    _noted: list[tuple[retry.PauseSending, Trial | None]] = field(default_factory=list)

    def note(self, error: WanError, trial: Trial | None = None) -> None:
        """Remember what *error* means for later items. *trial* None: the check of the key."""
        if (pause := retry.shared_pause(error)) is not None:
            self._noted.append((pause, trial))

    def outcome(self, trial: Trial) -> Outcome | None:
        """Return why *trial* is not sent; None if no refusal concerns it."""
        for pause, refused in self._noted:
            if _concerns(pause.reach, refused, trial):
                return skipped(
                    f"Not sent, because of an earlier item: {operator_alerts.why(pause.reason, trial.call)}."
                )
        return None


def _concerns(reach: retry.Reach, refused: Trial | None, trial: Trial) -> bool:
    """Return whether the refusal of one request means the refusal of another."""
    if refused is None or reach is retry.Reach.ACCOUNT:
        return True
    is_same_call = reach is retry.Reach.MODEL or refused.call is trial.call
    return refused.model == trial.model and is_same_call
