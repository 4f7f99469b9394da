"""Alerts about what only the operator can fix: what Wan refuses, with which code, and what to do.

The operator reads them in a direct message, in /operator status, and from `bot.py check`.
"""

from __future__ import annotations

from cogs.text.i18n import ENGLISH, Translator
from imagegen.errors import Reason
from imagegen.reports import Alert, SendingPause

EVERY = "*"  # the model of a pause that stops all models
ACCOUNT = "Sending to Wan is paused: {why}. {answer} {advice} {retries}"
MODEL = "{model} is paused: {why}. {answer} {advice} Other models keep working. {retries}"
ONE = "A request to {model} failed: {why}. {answer} {advice}"
MORE_THAN_ASKED = (
    "{model} generated or billed more images than requested. Members get what they requested. The budget includes "
    "every billed image, so it can go over its limit. Compare your bill, or remove the model from MODELS."
)
RETRIES = "The bot tries one request every 10 minutes and at each start. `bot.py check` lists everything Wan refuses."
ANSWER = "Wan's answer: {code} (HTTP {status})."
ANSWER_STATUS = "Wan's answer: HTTP {status}, without a code."
WHY = {
    Reason.KEY_REFUSED: "the key is refused",
    Reason.ACCOUNT_OVERDUE: "the account has no balance",
    Reason.GATEWAY_REFUSED: "a gateway in front of Wan rejects this machine",
    Reason.MODEL_REFUSED: "Wan refuses this model to your account",
    Reason.CALL_REFUSED: "Wan refuses this call style ({call}) for this model",
    Reason.WAN_REJECTED: "Wan rejected the request",
    Reason.WAN_SETUP: "the address, the model and the call style don't match",
    Reason.WAN_UNREADABLE: "the answer isn't one of Wan's",
}
# By the beginning of the code. Other codes get the advice of their reason.
BY_CODE = (
    (
        "allocationquota.freetieronly",
        "The model's free quota is used up. Turn off “free tier only” for it in Model Studio to have it billed.",
    ),
    ("accessdenied.unpurchased", "Activate Model Studio for this account, in the region of DASHSCOPE_HTTP_BASE_URL."),
    ("workspace", "Check WAN_WORKSPACE, and that the key belongs to that workspace."),
)
ADVICE = {
    Reason.KEY_REFUSED: "Check DASHSCOPE_API_KEY, and that it belongs to the region of DASHSCOPE_HTTP_BASE_URL.",
    Reason.ACCOUNT_OVERDUE: "Add funds to the account, or pay what is overdue.",
    Reason.GATEWAY_REFUSED: "Wait, or contact Alibaba Cloud support about the limit on this address.",
    Reason.MODEL_REFUSED: "Give the key's workspace access to the model, or remove the model from MODELS.",
    Reason.CALL_REFUSED: "The bot uses the model's other call style if it has one, unless WAN_CALL forces a style.",
    Reason.WAN_REJECTED: "If this continues, compare the request ID in the log with Model Studio's.",
    Reason.WAN_SETUP: "Check DASHSCOPE_HTTP_BASE_URL, WAN_REGION and MODELS, and run `bot.py check`.",
    Reason.WAN_UNREADABLE: "Check DASHSCOPE_HTTP_BASE_URL and your proxy, if you use one.",
}
UNKNOWN = "sending is paused"
SINCE = "{what}: {why} ({code}), since <t:{since}:R>"
FOUND = "Sending to Wan has been paused since {since}: {why}. {answer} {advice}"
FOUND_OF_MODEL = "{model} has been paused since {since}: {why}. {answer} {advice}"
ANSWER_CODE, ANSWER_NO_CODE = "Wan's answer: {code}.", "Wan's answer had no code."


def alarm(alert: Alert, translate: Translator = ENGLISH) -> str:
    """Return what is wrong, what it stops, and what to do."""
    reason = Reason.of(alert.reason)
    if reason is Reason.MORE_THAN_REQUESTED:
        return translate(MORE_THAN_ASKED, model=alert.model)
    frame = ONE if not alert.pauses else ACCOUNT if alert.model == EVERY else MODEL
    facts: dict[str, str | int] = {
        "model": alert.model,
        "why": why(reason, alert.call, translate),
        "answer": answer(alert.code, alert.status, translate),
        "advice": advice(reason, alert.code, translate),
        "retries": translate(RETRIES),
    }
    return translate(frame, facts)


def why(reason: Reason | None, call: str, translate: Translator = ENGLISH) -> str:
    """Return the cause in a few words, without a full stop. *call* is the call style."""
    return translate(UNKNOWN if reason is None else WHY.get(reason, UNKNOWN), call=call)


def answer(code: str, status: int, translate: Translator = ENGLISH) -> str:
    """Return what Wan answered: its error code, if it named one, and the HTTP status."""
    return translate(ANSWER if code else ANSWER_STATUS, code=code, status=status)


def advice(reason: Reason | None, code: str, translate: Translator = ENGLISH) -> str:
    """Return what the operator can do, by Wan's *code* or else by *reason*."""
    plain = code.lower()
    by_code = next((text for start, text in BY_CODE if plain.startswith(start)), None)
    return translate(by_code or (ADVICE.get(reason, RETRIES) if reason is not None else RETRIES))


def paused(pause: SendingPause, translate: Translator = ENGLISH) -> str:
    """Return one pause for /operator status."""
    facts: dict[str, str | int] = {
        "what": translate("everything") if pause.model == EVERY else pause.model,
        "why": why(Reason.of(pause.reason), pause.call, translate),
        "code": pause.code or "–",
        "since": round(pause.since.timestamp()),
    }
    return translate(SINCE, facts)


def found(pause: SendingPause, translate: Translator = ENGLISH) -> str:
    """Return one pause for `bot.py check`, which prints it in a terminal."""
    reason = Reason.of(pause.reason)
    facts: dict[str, str | int] = {
        "model": pause.model,
        "since": f"{pause.since:%Y-%m-%d %H:%M} UTC",
        "why": why(reason, pause.call, translate),
        "answer": translate(ANSWER_CODE if pause.code else ANSWER_NO_CODE, code=pause.code),
        "advice": advice(reason, pause.code, translate),
    }
    return translate(FOUND if pause.model == EVERY else FOUND_OF_MODEL, facts)
