"""What the operator reads about the whole bot: its status, its budget, and who is blocked."""

from __future__ import annotations

from cogs.text import operator_alerts
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.money import dollars
from imagegen.reports import BlockKind, BotStatus, BudgetAlert, QuotaStatus

BUDGET_USED = "{percent}% of the budget is used: {money}. At 100%, the bot sends no more requests."
MONEY = "US${gone} of US${limit} {when}"
WHEN = {"budget_day": "today", "budget_month": "this month"}
ALREADY_BLOCKED, BLOCKED = "No change: {whom} was already blocked.", "Blocked everywhere: {whom}."
NOT_BLOCKED, UNBLOCKED = "No change: {whom} wasn't blocked.", "Unblocked: {whom}."
BLOCKS, ONE_BLOCK = "Blocked: {number}, newest first: {newest}", "{whom} since <t:{at}:d>"
JOBS = "{waiting} in queue, {in_flight} generating, {to_show} to deliver"
FAILED = "Failed in the last 24 hours: {failed}"
PAUSED = "Paused by the operator"


def budget_alert(alert: BudgetAlert, translate: Translator = ENGLISH) -> str:
    """Return how much of the budget is used."""
    return translate(BUDGET_USED, percent=alert.percent, money=_money(alert.budget, translate))


def _money(ceiling: QuotaStatus, translate: Translator) -> str:
    gone, limit = dollars(ceiling.used + ceiling.reserved), dollars(ceiling.limit)
    return translate(MONEY, gone=gone, limit=limit, when=translate(WHEN[ceiling.name]))


def _whom(kind: BlockKind, its_id: int, translate: Translator) -> str:
    return f"<@{its_id}>" if kind is BlockKind.PERSON else translate("server {number}", number=f"`{its_id}`")


def blocked(kind: BlockKind, its_id: int, canceled: int | None, translate: Translator = ENGLISH) -> str:
    """Return what /operator block did. *canceled* counts the requests that it canceled; None means no change."""
    whom = _whom(kind, its_id, translate)
    if canceled is None:
        return translate(ALREADY_BLOCKED, whom=whom)
    done = translate(BLOCKED, whom=whom)
    if not canceled:
        return done
    one, many = "{number} request in the queue was canceled.", "{number} requests in the queue were canceled."
    return f"{done} {translate.plural(one, many, canceled)}"


def unblocked(kind: BlockKind, its_id: int, was: bool, translate: Translator = ENGLISH) -> str:
    """Return what /operator unblock did. *was* is whether there was a block."""
    return translate(UNBLOCKED if was else NOT_BLOCKED, whom=_whom(kind, its_id, translate))


def _blocks(found: BotStatus, translate: Translator) -> str:
    """Return how many are blocked, and the newest of them."""
    newest = [
        translate(ONE_BLOCK, whom=_whom(one.kind, one.target_id, translate), at=round(one.at.timestamp()))
        for one in found.blocks
    ]
    return translate(BLOCKS, number=found.blocked, newest=translate.nouns(newest))


def bot_status(found: BotStatus, translate: Translator = ENGLISH) -> list[str]:
    """Return the status of the bot, a line for each fact."""
    lines = [
        translate(JOBS, waiting=found.queued, in_flight=found.in_flight, to_show=found.to_deliver),
        *(_money(ceiling, translate) for ceiling in found.spending),
        translate.plural("{number} process running", "{number} processes running", found.processes),
    ]
    if found.notice.paused:
        lines.insert(0, f"**{translate(PAUSED)}**")
    lines += [f"**{operator_alerts.paused(pause, translate)}**" for pause in found.paused]
    if found.failures:
        failed = translate.listed([f"{reason} × {number}" for reason, number in found.failures.items()])
        lines.append(translate(FAILED, failed=failed))
    if found.blocked:
        lines.append(_blocks(found, translate))
    return lines
