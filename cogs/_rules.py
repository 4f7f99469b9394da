"""A server's rules, its changes and its usage, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from babel.dates import format_date

from cogs._replies import DECIDED, RULES
from cogs._text import plain
from cogs._words import ENGLISH, Words
from imagegen.place import Change, Member, Place
from imagegen.usage import Usage

MENTIONS = {"channels": "<#{0}>", "log_channel_id": "<#{0}>", "exempt_roles": "<@&{0}>"}


def rules(place: Place, blocked: Sequence[int], words: Words = ENGLISH) -> list[str]:
    """Each rule of a server on a line, and whom it blocks."""
    lines = [_rule(said, _value(name, getattr(place, name), words), words) for name, said in RULES.items()]
    people = words.listed([f"<@{user_id}>" for user_id in blocked[:20]]) or words("nobody")
    return [*lines, _rule("blocked members", people, words)]


def _rule(name: str, value: str, words: Words) -> str:
    return words("**{name}**: {value}", name=words(name), value=value)


def change(change: Change, words: Words = ENGLISH) -> str:
    """What was changed, from what to what, by whom and when."""
    what, _, member = change.what.partition(" ")  # of a member, the member follows
    name = f"{words({**RULES, **DECIDED}.get(what, what))} {member}".strip()
    before, after = (_value(change.what, _read(text), words) for text in (change.before, change.after))
    return words(
        "-# {name}: {before} → {after} · {who}, <t:{at}:R>",
        name=name, before=before, after=after, who=f"<@{change.user_id}>", at=round(change.at.timestamp()),
    )  # fmt: skip


def _read(text: str) -> Any:
    return json.loads(text)


def _value(name: str, value: Any, words: Words) -> str:
    """A rule's value as a manager reads it; nothing set is the operator's."""
    if isinstance(value, bool):
        return words("yes") if value else words("no")
    if value in (None, (), []):
        return words("left to the operator") if "pictures" in name else words("none")
    if name == "tiers":
        return words.listed([_tier(tier, words) for tier in value])
    if name == "blocked_words":
        return words.listed([f"||{plain(word)}||" for word in value])
    many = value if isinstance(value, list | tuple) else [value]
    return words.listed([MENTIONS.get(name, "{0}").format(one) for one in many])


def _tier(tier: Any, words: Words) -> str:
    role_id, number = (tier["role_id"], tier["pictures_per_day"]) if isinstance(tier, dict) else vars(tier).values()
    return words("{role} {number} a day", role=f"<@&{role_id}>", number=number)


def granted(member: Member, words: Words = ENGLISH) -> str:
    facts: dict[str, str | int] = {"member": f"<@{member.user_id}>", "number": member.granted}
    return words("{member} has {number} extra pictures this month, used after each day's own.", facts)


def pictures(number: int, words: Words = ENGLISH) -> str:
    return words.plural("{number} picture", "{number} pictures", number)


def usage(usage: Usage, most: int, words: Words = ENGLISH) -> str:
    """Who had how much, most first."""
    head = words("{pictures} in {days} days", pictures=pictures(usage.pictures, words), days=len(usage.days))
    lines = [f"{place}. <@{user_id}> {number}" for place, (user_id, number) in enumerate(usage.people[:most], start=1)]
    return "\n".join([f"**{head}**", *lines])


def usage_in_words(usage: Usage, words: Words = ENGLISH) -> str:
    """The chart for whoever does not see it: each day that had pictures."""
    had = [f"{format_date(day, 'short', locale=words.locale)}: {number}" for day, number in usage.days if number]
    days = words.listed(had) or words("none")
    return words("Pictures a day. {days}", days=days)
