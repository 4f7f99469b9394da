"""Servers' rules, members' blocks and grants, people's consent. Each function is one transaction, or part of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from imagegen.errors import Reason, Refused
from imagegen.model import Owners, Request, Requester
from imagegen.policy import quota, server_settings
from imagegen.policy.blocklist import parse_word_list
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import DEFAULT_SETTINGS, Consent, Member, ServerSettings, SettingsChange, Tier
from imagegen.prompt_check import Verdict, WordsChanged, verdict_on
from imagegen.store import blocks
from imagegen.store.columns import inserted, upsert
from imagegen.store.tables import grants, members, people, saved_settings, settings_changes

log = structlog.get_logger(__name__)

UNREADABLE = ServerSettings(paused=True, spoiler=True)


@dataclass(frozen=True)
class Rules:
    """What holds for one requester where they ask: the rules of the place, its decisions about them, and the limits."""

    place: ServerSettings
    member: Member
    limits: Limits


def rules_for(tx: Connection, requester: Requester, limits: Limits, *, now: datetime) -> Rules:
    """The rules for *requester* now. Outside a server there are the operator's limits only."""
    server_id = requester.scope.server_id
    if server_id is None:
        return Rules(DEFAULT_SETTINGS, Member(requester.user_id), limits)
    here = settings_of(tx, server_id)
    member = member_of(tx, server_id, requester.user_id, month=quota.month_window(now, limits.zone).label)
    return Rules(here, member, server_settings.effective_limits(here, requester, limits))


def check(
    tx: Connection, ask: Request, rules: Rules, owners: Sequence[Owners] = (), verdict: Verdict | None = None
) -> None:
    """Raise the Refused with which the operator, the place, or somebody whose image it is, answers *ask*.

    *owners* are those of the kept images that it is made from, where it is made from another request's. *verdict* is
    what was found before this transaction; WordsChanged when other words hold by now. None: judge here.
    """
    blocks.check(tx, ask.requester)
    server_settings.check_access(rules.place, rules.member, ask.requester)
    _check_words(ask, rules.place.blocked_words, verdict)
    _check_consent(tx, ask.requester.user_id, owners or [link.owners for link in ask.image_request.images])


def _check_consent(tx: Connection, requester_id: int, owners: Sequence[Owners]) -> None:
    """Raise the Refused of the first image that one of its owners lets nobody else edit."""
    for position, several in enumerate(owners, start=1):
        others = {owner_id for owner_id in several if owner_id not in (None, requester_id)}
        if any(consent_of(tx, owner_id) is Consent.NEVER for owner_id in others):
            raise Refused(Reason.EDITS_NOT_ALLOWED, position=position)


def _check_words(ask: Request, words: tuple[str, ...], verdict: Verdict | None) -> None:
    verdict = verdict or verdict_on(ask.image_request, words)
    if verdict.words != words:
        raise WordsChanged(words)
    if verdict.holds:
        raise Refused(Reason.PROMPT_BLOCKED)


def settings_of(tx: Connection, server_id: int) -> ServerSettings:
    """The rules of a server; everything left to the operator where its managers decided nothing.

    Rules that cannot be read stop that server alone, on the safe side, until a manager resumes it.
    """
    rules = tx.scalar(select(saved_settings.c.settings).where(saved_settings.c.server_id == server_id))
    try:
        return DEFAULT_SETTINGS if rules is None else settings_from_json(rules)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.error("server_rules_unreadable", server_id=server_id, why=type(error).__name__)
        return UNREADABLE


def settings_from_json(text: str) -> ServerSettings:
    """Read the rules of a server; what another version of this code knows and this one does not is passed over.

    Of an older version, a list of words may stand there as one: each of its words is meant.
    """
    known = {field.name for field in fields(ServerSettings)}
    said: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in known}
    found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in said.items()}
    found["tiers"] = tuple(Tier(tier["role_id"], tier["images_per_day"]) for tier in said.get("tiers", ()))
    words = (word for listed in said.get("blocked_words", ()) for word in parse_word_list(listed))
    return ServerSettings(**{**found, "blocked_words": tuple(dict.fromkeys(words))})


def change_settings(
    tx: Connection, server_id: int, change: Callable[[ServerSettings], ServerSettings], *, user_id: int, now: datetime
) -> tuple[SettingsChange, ...]:
    """Write what *change* makes of a server's rules as they are now, and each difference with who made it and when."""
    _take_turns(tx, server_id)
    before = settings_of(tx, server_id)
    after = change(before)
    told = _differences(before, after)
    if told:
        rules = json.dumps(asdict(after), ensure_ascii=False)
        tx.execute(update(saved_settings).where(saved_settings.c.server_id == server_id).values(settings=rules))
    made = [SettingsChange(server_id, user_id, what, old, new, now) for what, old, new in told]
    _record(tx, made)
    return tuple(made)


def set_settings(
    tx: Connection, server_id: int, after: ServerSettings, *, user_id: int, now: datetime
) -> tuple[SettingsChange, ...]:
    """Write a server's rules whole, as ``change_place`` does."""
    return change_settings(tx, server_id, lambda _before: after, user_id=user_id, now=now)


def _take_turns(tx: Connection, server_id: int) -> None:
    """Let one manager of a server change something at a time: what each reads is then what the other has written."""
    nothing = {"server_id": server_id, "settings": json.dumps(asdict(DEFAULT_SETTINGS))}
    tx.execute(inserted(tx, saved_settings).values(nothing).on_conflict_do_nothing())
    tx.execute(select(saved_settings.c.server_id).where(saved_settings.c.server_id == server_id).with_for_update())


def _differences(before: ServerSettings, after: ServerSettings) -> list[tuple[str, str, str]]:
    was, now = asdict(before), asdict(after)
    return [(name, _said(was[name]), _said(now[name])) for name in now if was[name] != now[name]]


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _record(tx: Connection, made: Sequence[SettingsChange]) -> None:
    if made:
        tx.execute(insert(settings_changes), [asdict(change) for change in made])


def changes_of(tx: Connection, server_id: int, *, limit: int) -> tuple[SettingsChange, ...]:
    """What was changed in a server, newest first."""
    newest = (
        select(settings_changes)
        .where(settings_changes.c.server_id == server_id)
        .order_by(settings_changes.c.id.desc())
        .limit(limit)
    )
    names = [column.name for column in settings_changes.c if column.name != "id"]
    return tuple(SettingsChange(**{name: row[name] for name in names}) for row in tx.execute(newest).mappings())


def member_of(tx: Connection, server_id: int, user_id: int, *, month: str) -> Member:
    """What managers decided about a member, with the images granted in *month*."""
    here = (members.c.server_id == server_id, members.c.user_id == user_id)
    blocked = tx.scalar(select(members.c.blocked).where(*here))
    given = select(func.sum(grants.c.images)).where(
        grants.c.server_id == server_id, grants.c.user_id == user_id, grants.c.window == month
    )
    return Member(user_id, bool(blocked), tx.scalar(given) or 0)


def set_blocked(
    tx: Connection, server_id: int, member_id: int, blocked: bool, *, user_id: int, now: datetime
) -> SettingsChange | None:
    """Block a member or let them in again; None when it was so already."""
    _take_turns(tx, server_id)
    was = member_of(tx, server_id, member_id, month="").blocked
    if was == blocked:
        return None
    if blocked:
        tx.execute(upsert(tx, members, {"server_id": server_id, "user_id": member_id}, {"blocked": 1}))
    else:  # as if nothing had been decided
        tx.execute(delete(members).where(members.c.server_id == server_id, members.c.user_id == member_id))
    change = SettingsChange(server_id, user_id, f"blocked <@{member_id}>", _said(was), _said(blocked), now)
    _record(tx, [change])
    return change


def grant(
    tx: Connection, server_id: int, member_id: int, images: int, *, month: str, user_id: int, now: datetime
) -> Member:
    """Give a member extra *images* in *month*, used after each day's own. ValueError unless it is 1 or more."""
    if images < 1:
        raise ValueError("a grant is of one image or more")
    _take_turns(tx, server_id)
    before = member_of(tx, server_id, member_id, month=month)
    row = {"server_id": server_id, "user_id": member_id, "window": month, "images": images, "at": now}
    tx.execute(insert(grants).values(row))
    total = before.granted + images
    _record(tx, [SettingsChange(server_id, user_id, f"granted <@{member_id}>", str(before.granted), str(total), now)])
    return member_of(tx, server_id, member_id, month=month)


def blocked_members(tx: Connection, server_id: int) -> tuple[int, ...]:
    found = select(members.c.user_id).where(members.c.server_id == server_id, members.c.blocked == 1)
    return tuple(tx.scalars(found.order_by(members.c.user_id)))


def consent_of(tx: Connection, user_id: int | None) -> Consent:
    """Whether others may edit what that person posted; they may where nothing was said."""
    said = tx.scalar(select(people.c.consent).where(people.c.user_id == user_id))
    return Consent.ALLOW if said is None else Consent(said)


def set_consent(tx: Connection, user_id: int, consent: Consent) -> None:
    tx.execute(upsert(tx, people, {"user_id": user_id}, {"consent": consent.value}))
    # As if nothing had been said.
    tx.execute(delete(people).where(people.c.consent == Consent.ALLOW.value, people.c.forget_before.is_(None)))
