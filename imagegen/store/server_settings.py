"""Server settings, blocks and grants of members, consent of people.

Each function is one transaction, or part of one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from imagegen.errors import Reason, Refused
from imagegen.image_request import Owners
from imagegen.model import Request, Requester
from imagegen.policy import quota, server_settings
from imagegen.policy.blocklist import parse_word_list
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import (
    DEFAULT_SETTINGS,
    Consent,
    Member,
    ServerOverview,
    ServerSettings,
    SettingsChange,
    Tier,
)
from imagegen.prompt_check import Verdict, WordsChanged, verdict_on
from imagegen.store import blocks, shares
from imagegen.store.columns import inserted, upsert
from imagegen.store.tables import grants, members, people, saved_settings, settings_changes

log = structlog.get_logger(__name__)

UNREADABLE = ServerSettings(paused=True, spoiler=True)

_SETTINGS = select(saved_settings.c.settings).where(saved_settings.c.server_id == bindparam("b_server"))
_BLOCKED = select(members.c.blocked).where(
    members.c.server_id == bindparam("b_server"), members.c.user_id == bindparam("b_user")
)
_GRANTED = select(func.sum(grants.c.images)).where(
    grants.c.server_id == bindparam("b_server"),
    grants.c.user_id == bindparam("b_user"),
    grants.c.window == bindparam("b_month"),
)
_MEMBER = select(_BLOCKED.scalar_subquery().label("blocked"), _GRANTED.scalar_subquery().label("granted"))
_RULES = _MEMBER.add_columns(
    _SETTINGS.scalar_subquery().label("settings"),
    blocks.KIND.scalar_subquery().label("block"),
    shares.SHARE.scalar_subquery().label("share"),
)


@dataclass(frozen=True)
class Rules:
    """What applies to one requester where they are: the server's settings, its decisions about them, and the limits."""

    settings: ServerSettings
    member: Member
    limits: Limits
    block: str | None  # by the operator: the kind of block


def rules_for(tx: Connection, requester: Requester, limits: Limits, *, now: datetime) -> Rules:
    """Return the rules for *requester* now. Outside a server only the operator's limits apply."""
    server_id, month = requester.scope.server_id, quota.month_window(now, limits.zone).label
    where = {"b_server": server_id, "b_share_of": str(requester.scope), "b_month": month}
    row = tx.execute(_RULES, where | blocks.values_of(requester)).one()
    if server_id is None:
        return Rules(DEFAULT_SETTINGS, Member(requester.user_id), limits, row.block)
    here, member = settings_read(server_id, row.settings), _member(requester.user_id, row)
    limits = shares.with_share(server_settings.effective_limits(here, requester, limits), row.share)
    return Rules(here, member, limits, row.block)


def check(
    tx: Connection, request: Request, rules: Rules, owners: Sequence[Owners] = (), verdict: Verdict | None = None
) -> None:
    """Raise Refused if the operator, the server or the owner of an image does not allow *request*.

    *owners* are those of the stored images, if the request uses another job's images. *verdict* on the prompt was made
    before this transaction: raise WordsChanged if the blocked words have changed since. None: judge the prompt here.
    """
    blocks.check(rules.block)
    shares.check(request.requester, rules.limits)
    server_settings.check_access(rules.settings, rules.member, request.requester)
    _check_words(request, rules.settings.blocked_words, verdict)
    check_consent(tx, request.requester.user_id, owners or [link.owners for link in request.image_request.images])


def check_consent(tx: Connection, requester_id: int, owners: Sequence[Owners]) -> None:
    """Raise Refused EDITS_NOT_ALLOWED for the first image whose owner does not let others edit it."""
    for position, several in enumerate(owners, start=1):
        others = {owner_id for owner_id in several if owner_id not in (None, requester_id)}
        if any(consent_of(tx, owner_id) is Consent.NEVER for owner_id in others):
            raise Refused(Reason.EDITS_NOT_ALLOWED, position=position)


def _check_words(request: Request, words: tuple[str, ...], verdict: Verdict | None) -> None:
    verdict = verdict or verdict_on(request.image_request, words)
    if verdict.words != words:
        raise WordsChanged(words)
    if verdict.holds:
        raise Refused(Reason.PROMPT_BLOCKED)


def settings_of(tx: Connection, server_id: int) -> ServerSettings:
    """Return the settings of a server: the defaults if its managers decided nothing.

    Settings that cannot be read pause that server alone, to be safe, until a manager resumes it.
    """
    return settings_read(server_id, tx.scalar(_SETTINGS, {"b_server": server_id}))


def settings_read(server_id: int, stored: str | None) -> ServerSettings:
    """Return the settings that are *stored*, as ``settings_of`` does."""
    try:
        return DEFAULT_SETTINGS if stored is None else settings_from_json(stored)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.error("server_rules_unreadable", server_id=server_id, why=type(error).__name__)
        return UNREADABLE


def settings_from_json(text: str) -> ServerSettings:
    """Read the settings of a server. Pass over a setting that only another version of this code knows.

    An older version may have stored a list of words as one word: read each of its words.
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
    """Apply *change* to a server's settings. Record and return each difference, with who made it and when."""
    lock_settings(tx, server_id)
    before = settings_of(tx, server_id)
    after = change(before)
    differences = _differences(before, after)
    if differences:
        changed = _stored(tx, server_id) | {name: asdict(after)[name] for name, _, _ in differences}
        rules = json.dumps(changed, ensure_ascii=False)
        tx.execute(update(saved_settings).where(saved_settings.c.server_id == server_id).values(settings=rules))
    made = [SettingsChange(server_id, user_id, what, old, new, now) for what, old, new in differences]
    record(tx, made)
    return tuple(made)


def _stored(tx: Connection, server_id: int) -> dict[str, Any]:
    """Return a server's settings as stored, with those that only another version knows; empty if unreadable."""
    try:
        text: str = tx.execute(_SETTINGS, {"b_server": server_id}).scalar_one()
        settings_from_json(text)
        return dict(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def undo(
    tx: Connection,
    server_id: int,
    at: datetime,
    validate: Callable[[ServerSettings, ServerSettings], ServerSettings],
    *,
    user_id: int,
    now: datetime,
) -> tuple[SettingsChange, ...]:
    """Give the settings that a manager changed at *at* their old values, as another change.

    Raise Refused CHANGED_SINCE, and change nothing, if one of them was changed later, or if nothing was changed then.
    *validate* is called with the settings after and before, as managers' changes are validated.
    """
    lock_settings(tx, server_id)
    here = settings_changes.c.server_id == server_id
    undone = tx.execute(select(settings_changes).where(here, settings_changes.c.at == at)).all()
    before = {row.what: json.loads(row.before) for row in undone if row.what in asdict(DEFAULT_SETTINGS)}
    later = (
        select(settings_changes.c.id)
        .where(here, settings_changes.c.what.in_(before))
        .where(settings_changes.c.id > max((row.id for row in undone), default=0))
    )
    if not before or tx.execute(later.limit(1)).first() is not None:
        raise Refused(Reason.CHANGED_SINCE)
    old = settings_from_json(json.dumps(before))
    values: dict[str, Any] = {name: getattr(old, name) for name in before}
    return change_settings(
        tx, server_id, lambda found: validate(replace(found, **values), found), user_id=user_id, now=now
    )


def set_settings(
    tx: Connection, server_id: int, after: ServerSettings, *, user_id: int, now: datetime
) -> tuple[SettingsChange, ...]:
    """Replace a server's settings, as ``change_settings`` does."""
    return change_settings(tx, server_id, lambda _before: after, user_id=user_id, now=now)


def lock_settings(tx: Connection, server_id: int) -> None:
    """Lock a server's settings, so that each manager reads what the other has written."""
    nothing = {"server_id": server_id, "settings": json.dumps(asdict(DEFAULT_SETTINGS))}
    tx.execute(inserted(tx, saved_settings).values(nothing).on_conflict_do_nothing())
    tx.execute(select(saved_settings.c.server_id).where(saved_settings.c.server_id == server_id).with_for_update())


def _differences(before: ServerSettings, after: ServerSettings) -> list[tuple[str, str, str]]:
    was, now = asdict(before), asdict(after)
    return [(name, as_json(was[name]), as_json(now[name])) for name in now if was[name] != now[name]]


def as_json(value: object) -> str:
    """Return *value* as a change records it."""
    return json.dumps(value, ensure_ascii=False)


def record(tx: Connection, made: Sequence[SettingsChange]) -> None:
    """Record changes, with who made them and when."""
    if made:
        tx.execute(insert(settings_changes), [asdict(change) for change in made])


def changes_of(tx: Connection, server_id: int, *, limit: int) -> tuple[SettingsChange, ...]:
    """Return the changes of settings, blocks and grants in a server, newest first."""
    newest = (
        select(settings_changes)
        .where(settings_changes.c.server_id == server_id)
        .order_by(settings_changes.c.id.desc())
        .limit(limit)
    )
    names = [column.name for column in settings_changes.c if column.name != "id"]
    return tuple(SettingsChange(**{name: row[name] for name in names}) for row in tx.execute(newest).mappings())


def overview(tx: Connection, server_id: int, *, limit: int) -> ServerOverview:
    """Return the settings of a server, the blocked members, and the last changes, newest first."""
    changes = changes_of(tx, server_id, limit=limit)
    return ServerOverview(settings_of(tx, server_id), blocked_members(tx, server_id), changes)


def member_of(tx: Connection, server_id: int, user_id: int, *, month: str) -> Member:
    """Return what managers decided about a member, with the images granted in *month*."""
    return _member(user_id, tx.execute(_MEMBER, {"b_server": server_id, "b_user": user_id, "b_month": month}).one())


def _member(user_id: int, row: Any) -> Member:
    return Member(user_id, bool(row.blocked), row.granted or 0)


def set_blocked(
    tx: Connection, server_id: int, member_id: int, blocked: bool, *, user_id: int, now: datetime
) -> SettingsChange | None:
    """Block or unblock a member. Return the change, or None if nothing changed."""
    lock_settings(tx, server_id)
    was = member_of(tx, server_id, member_id, month="").blocked
    if was == blocked:
        return None
    if blocked:
        tx.execute(upsert(tx, members, {"server_id": server_id, "user_id": member_id}, {"blocked": 1}))
    else:  # no row: nothing is decided about this member
        tx.execute(delete(members).where(members.c.server_id == server_id, members.c.user_id == member_id))
    change = SettingsChange(server_id, user_id, f"blocked {member_id}", as_json(was), as_json(blocked), now)
    record(tx, [change])
    return change


def grant(
    tx: Connection, server_id: int, member_id: int, images: int, *, month: str, user_id: int, now: datetime
) -> Member:
    """Grant a member extra *images* in *month*, used after each day's quota. ValueError if *images* is below 1."""
    if images < 1:
        raise ValueError("a grant is of one image or more")
    lock_settings(tx, server_id)
    before = member_of(tx, server_id, member_id, month=month)
    row = {"server_id": server_id, "user_id": member_id, "window": month, "images": images, "at": now}
    tx.execute(insert(grants).values(row))
    total = before.granted + images
    record(tx, [SettingsChange(server_id, user_id, f"granted {member_id}", str(before.granted), str(total), now)])
    return member_of(tx, server_id, member_id, month=month)


def blocked_members(tx: Connection, server_id: int) -> tuple[int, ...]:
    """Return the members who are blocked in a server."""
    found = select(members.c.user_id).where(members.c.server_id == server_id, members.c.blocked == 1)
    return tuple(tx.scalars(found.order_by(members.c.user_id)))


def consent_of(tx: Connection, user_id: int | None) -> Consent:
    """Return whether others may edit what that person posted. They may if the person decided nothing."""
    stored = tx.scalar(select(people.c.consent).where(people.c.user_id == user_id))
    if stored is None:
        return Consent.ALLOW
    return Consent(stored) if stored in list(Consent) else Consent.NEVER  # one that only another version knows


def set_consent(tx: Connection, user_id: int, consent: Consent) -> None:
    """Store whether others may edit what that person posted."""
    tx.execute(upsert(tx, people, {"user_id": user_id}, {"consent": consent.value}))
    # A row that holds nothing but the default is deleted.
    tx.execute(delete(people).where(people.c.consent == Consent.ALLOW.value, people.c.forget_before.is_(None)))
