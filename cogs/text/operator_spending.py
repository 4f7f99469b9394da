"""What the operator reads about money: what servers spent, their shares, and bills. Amounts are in US dollars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import discord
from babel.dates import format_skeleton

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import plain_within
from cogs.text.money import dollars
from cogs.text.server_settings import image_count
from imagegen.model import INSTALL, Scope
from imagegen.reports import (
    Bill,
    Billed,
    BudgetAlert,
    QuotaStatus,
    ServerDetail,
    ServerSpending,
    Spending,
    SpendingPage,
)

Names = Mapping[Scope, str]  # of the servers that this process knows
NAME_CHARS = 40  # of a server's name: ten servers fit into a card

HEAD = "Spending in {month}"
NONE_YET = "No server has spent anything this month."
SERVER, SERVER_BY_ID = "{name} `{number}`", "server `{number}`"
DIRECT_MESSAGES, INSTALLS = "Direct messages", "Personal installs"
SPENT_OF, SPENT = "US${spent} of US${limit} ({percent}%)", "US${spent}, no share"
STOPPED = "US${spent}, stopped by a share of 0"
RESERVED = "US${reserved} of it reserved"
FORECAST, TOO_EARLY = "on course for US${forecast} by {day}", "too early for a forecast"
USED_UP = "used up around {day}"
PAGE_OF = "Page {page} of {pages}"
BY_MODEL, BY_DAY = "By model", "By day"
BILLED = "{what}: {images} billed, {delivered} delivered, US${spent}"
DELETED = "deleted requests"

SHARE_SET = "{server} can spend US${limit} of the budget each month. This month it has spent US${spent}."
SHARE_STOPPED = "{server} is stopped: its share of the budget is US$0."
SHARE_REMOVED = "{server} has no share any more: only the budgets limit it."
SHARE_DEFAULT = "{server} has the default share again: US${limit} each month. This month it has spent US${spent}."
SHARE_USED = (
    "{percent}% of the share of {server} is used: US${spent} of US${limit} this month. At 100%, the bot accepts no "
    "more requests there."
)
SHARE_LOG = "This server has used {percent}% of its share of the bot's budget this month. It resets on {day}."
SHARE_LOG_ALL = (
    "This server has used its share of the bot's budget this month, so I can't accept new requests here. It resets on "
    "{day}."
)

BILL = "Bill for {month}: US${spent} for {images}."
BILL_RESERVED = "US${reserved} more is reserved for requests that aren't finished."
BILL_UNASSIGNED = "US${spent} of it was spent by requests that were deleted before the bot kept bills by server."
NO_BILL = "Nothing was billed in {month}. Bills go back three years."


def names_of(client: discord.Client, scopes: Iterable[Scope]) -> Names:
    """Return the names of the servers among *scopes* that this process knows."""
    guilds = ((scope, client.get_guild(scope.server_id)) for scope in scopes if scope.server_id is not None)
    return {scope: guild.name for scope, guild in guilds if guild is not None}


def who(scope: Scope, names: Names, translate: Translator = ENGLISH) -> str:
    """Return a server's name and id, or only its id if this process does not know the server."""
    if scope.server_id is None:
        return translate(INSTALLS if scope == INSTALL else DIRECT_MESSAGES)
    name = plain_within(names.get(scope, ""), NAME_CHARS)
    return translate(SERVER if name else SERVER_BY_ID, name=name, number=scope.server_id)


def month_name(day: date, translate: Translator = ENGLISH) -> str:
    """Return the month of *day* with its year, in words."""
    return format_skeleton("yMMMM", day, locale=translate.locale)


def _day(day: date, translate: Translator) -> str:
    return format_skeleton("MMMd", day, locale=translate.locale)


def page(found: SpendingPage, names: Names, translate: Translator = ENGLISH) -> str:
    """Return the card of /operator servers: the whole bot, then a paragraph for each server."""
    head = translate(HEAD, month=month_name(found.last_day, translate))
    servers = [_server(server, names, found.last_day, translate) for server in found.servers]
    foot = [f"-# {translate(PAGE_OF, page=found.page + 1, pages=found.pages)}"] if found.pages > 1 else []
    whole = spending(found.budget, found.last_day, translate)
    return "\n\n".join([f"**{head}**\n{whole}", *(servers or [translate(NONE_YET)]), *foot])


def _server(found: ServerSpending, names: Names, last_day: date, translate: Translator) -> str:
    money = spending(found.spending, last_day, translate)
    return f"**{who(found.scope, names, translate)}**\n{money}\n-# {_use(found, translate)}"


def _use(found: ServerSpending, translate: Translator) -> str:
    members = translate.plural("{number} member", "{number} members", found.members)
    return translate.listed([image_count(found.images, translate), members])


def spending(found: Spending, last_day: date, translate: Translator = ENGLISH) -> str:
    """Return what is spent, of how much, and the forecast."""
    spent = found.used + found.reserved
    facts: dict[str, str | int] = {
        "spent": dollars(spent),
        "limit": dollars(found.limit or 0),
        "percent": _percent(spent, found.limit),
    }
    frame = SPENT if found.limit is None else SPENT_OF if found.limit else STOPPED
    parts = [translate(frame, facts)]
    parts += [translate(RESERVED, reserved=dollars(found.reserved))] if found.reserved else []
    if found.forecast is None:
        parts.append(translate(TOO_EARLY))
    else:
        parts.append(translate(FORECAST, forecast=dollars(found.forecast), day=_day(last_day, translate)))
    if found.used_up_on is not None:
        parts.append(translate(USED_UP, day=_day(found.used_up_on, translate)))
    return " · ".join(parts)


def _percent(spent: int, limit: int | None) -> int:
    return spent * 100 // limit if limit else 100


def detail(found: ServerDetail, names: Names, translate: Translator = ENGLISH) -> str:
    """Return the card of one server: by model, and by day."""
    head = translate(HEAD, month=month_name(found.last_day, translate))
    models = [_billed(model or translate(DELETED), amount, translate) for model, amount in found.models.items()]
    days = [_billed(_day(day, translate), amount, translate) for day, amount in found.days.items()]
    parts = [f"**{head}**", _server(found.server, names, found.last_day, translate)]
    for title, lines in ((BY_MODEL, models), (BY_DAY, days)):
        parts += ["\n".join([f"**{translate(title)}**", *lines])] if lines else []
    return "\n\n".join(parts)


def _billed(what: str, amount: Billed, translate: Translator) -> str:
    return translate(
        BILLED, what=what, images=image_count(amount.billed, translate), delivered=amount.delivered,
        spent=dollars(amount.microusd),
    )  # fmt: skip


def share(server: str, own: float | None, now: QuotaStatus | None, translate: Translator = ENGLISH) -> str:
    """Return what /operator share did. *own* is the share that the operator wrote, *now* what applies now."""
    if now is None:
        return translate(SHARE_REMOVED, server=server)
    if not now.limit:
        return translate(SHARE_STOPPED, server=server)
    frame = SHARE_DEFAULT if own is None else SHARE_SET
    return translate(frame, server=server, limit=dollars(now.limit), spent=dollars(now.used + now.reserved))


def share_alert(alert: BudgetAlert, server: str, translate: Translator = ENGLISH) -> str:
    """Return how much of a server's share is used, for the operator."""
    spent, limit = dollars(alert.budget.used + alert.budget.reserved), dollars(alert.budget.limit)
    return translate(SHARE_USED, percent=alert.percent, server=server, spent=spent, limit=limit)


def share_in_words(used: QuotaStatus, percent: int, translate: Translator = ENGLISH) -> str:
    """Return how much of a server's share is used, for its managers: no amounts."""
    day = f"<t:{round(used.resets_at.timestamp())}:D>"
    return translate(SHARE_LOG if percent < 100 else SHARE_LOG_ALL, percent=percent, day=day)


def bill(found: Bill, translate: Translator = ENGLISH) -> str:
    """Return what a bill adds up to, and what is not in it."""
    month = month_name(date.fromisoformat(f"{found.month}-01"), translate)
    if not found.lines and not found.reserved:
        return translate(NO_BILL, month=month)
    images = image_count(sum(line.amount.billed for line in found.lines), translate)
    lines = [translate(BILL, month=month, spent=dollars(found.microusd), images=images)]
    if found.reserved:
        lines.append(translate(BILL_RESERVED, reserved=dollars(found.reserved)))
    if unassigned := sum(line.amount.microusd for line in found.lines if line.scope is None):
        lines.append(translate(BILL_UNASSIGNED, spent=dollars(unassigned)))
    return "\n".join(lines)
