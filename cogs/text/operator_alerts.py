"""What the operator is told that only the operator can mend: what Wan refuses, by which code, and what to do.

In a direct message, in /operator status, and by `bot.py check`.
"""

from __future__ import annotations

from cogs.text.i18n import ENGLISH, Translator
from imagegen.errors import Reason
from imagegen.reports import Alert, SendingPause

EVERY = "*"  # as rows say it
ACCOUNT = "Sending to Wan is paused: {why}. {told} {advice} {tried}"
MODEL = "{model} is paused: {why}. {told} {advice} Other models go on. {tried}"
ONE = "A request to {model} failed: {why}. {told} {advice}"
MORE_THAN_ASKED = (
    "{model} made or billed more images than were asked for. Members get what they asked for. The budget counts all "
    "that is billed and can pass its limit by the images beyond. Compare your bill, or take the model out of MODELS."
)
TRIED = (
    "One request is tried every ten minutes, and at each start of the bot. `bot.py check` names all that is refused."
)
TOLD = "Wan says: {code} (HTTP {status})."
TOLD_STATUS = "The answer was HTTP {status}, without a code of Wan's."
WHY = {
    Reason.KEY_REFUSED: "the key is refused",
    Reason.ACCOUNT_OVERDUE: "the account has no balance",
    Reason.TURNED_AWAY: "a gateway in front of Wan turns this machine away",
    Reason.MODEL_REFUSED: "Wan refuses this model to your account",
    Reason.CALL_REFUSED: "Wan refuses this call style ({call}) for this model",
    Reason.WAN_REJECTED: "Wan rejected the request",
    Reason.WAN_SETUP: "the address, the model or the call style do not belong together",
    Reason.WAN_UNREADABLE: "the answer is not one of Wan's",
}
# By how the code begins; else by the reason.
BY_CODE = (
    ("allocationquota.freetieronly", "The model's free quota is used up: switch off “free tier only” for it in Model "
     "Studio, so that it is billed."),
    ("accessdenied.unpurchased", "Activate Model Studio for this account, in the region of "
     "DASHSCOPE_HTTP_BASE_URL."),
    ("workspace", "Check WAN_WORKSPACE, and that the key belongs to that workspace."),
)  # fmt: skip
ADVICE = {
    Reason.KEY_REFUSED: "Check DASHSCOPE_API_KEY, and that it belongs to the region of DASHSCOPE_HTTP_BASE_URL.",
    Reason.ACCOUNT_OVERDUE: "Add funds to the account, or pay what is overdue.",
    Reason.TURNED_AWAY: "Wait, or ask Alibaba Cloud's support why this address is limited.",
    Reason.MODEL_REFUSED: "Give the key's workspace access to the model, or take it out of MODELS.",
    Reason.CALL_REFUSED: "Requests are sent by the other call style where the model has one, unless WAN_CALL forces "
    "one.",
    Reason.WAN_REJECTED: "If this goes on, compare the request id in the log with Model Studio's.",
    Reason.WAN_SETUP: "Check DASHSCOPE_HTTP_BASE_URL, WAN_REGION and MODELS, and run `bot.py check`.",
    Reason.WAN_UNREADABLE: "Check DASHSCOPE_HTTP_BASE_URL, and any proxy on the way.",
}
UNKNOWN = "sending is paused"
FOUND = "Sending to Wan is paused since {since}: {why}. {told} {advice}"
FOUND_OF_MODEL = "{model} is paused since {since}: {why}. {told} {advice}"
TOLD_CODE, TOLD_NO_CODE = "Wan says: {code}.", "The answer had no code of Wan's."


def alarm(told: Alert, translate: Translator = ENGLISH) -> str:
    """What is the matter, what it stops, and what to do."""
    reason = _known(told.reason)
    if reason is Reason.MORE_THAN_ASKED:
        return translate(MORE_THAN_ASKED, model=told.model)
    frame = ONE if not told.pauses else ACCOUNT if told.model == EVERY else MODEL
    facts: dict[str, str | int] = {
        "model": told.model,
        "why": why(reason, told.call, translate),
        "told": translate(TOLD if told.code else TOLD_STATUS, code=told.code, status=told.status),
        "advice": advice(reason, told.code, translate),
        "tried": translate(TRIED),
    }
    return translate(frame, facts)


def why(reason: Reason | None, call: str, translate: Translator = ENGLISH) -> str:
    return translate(UNKNOWN if reason is None else WHY.get(reason, UNKNOWN), call=call)


def advice(reason: Reason | None, code: str, translate: Translator = ENGLISH) -> str:
    plain = code.lower()
    by_code = next((text for start, text in BY_CODE if plain.startswith(start)), None)
    return translate(by_code or (ADVICE.get(reason, TRIED) if reason is not None else TRIED))


def paused(pause: SendingPause, translate: Translator = ENGLISH) -> str:
    """One pause in the operator's status."""
    text = why(_known(pause.reason), pause.call, translate)
    return translate(
        "{what}: {why} ({code}), since <t:{since}:R>",
        what=translate("everything") if pause.model == EVERY else pause.model, why=text, code=pause.code or "–",
        since=round(pause.since.timestamp()),
    )  # fmt: skip


def found(pause: SendingPause, translate: Translator = ENGLISH) -> str:
    """One pause as `bot.py check` names it, in an operator's terminal."""
    reason = _known(pause.reason)
    facts: dict[str, str | int] = {
        "model": pause.model,
        "since": f"{pause.since:%Y-%m-%d %H:%M} UTC",
        "why": why(reason, pause.call, translate),
        "told": translate(TOLD_CODE if pause.code else TOLD_NO_CODE, code=pause.code),
        "advice": advice(reason, pause.code, translate),
    }
    return translate(FOUND if pause.model == EVERY else FOUND_OF_MODEL, facts)


def _known(reason: str) -> Reason | None:
    return Reason(reason) if reason in Reason._value2member_map_ else None
