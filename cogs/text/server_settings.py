"""A server's rules, its changes and its usage, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from babel.dates import format_date

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.markdown import plain
from cogs.text.phrases import DECIDED, RULES
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import Member, ServerSettings, SettingsChange
from imagegen.policy.usage import Usage

LIMITS = ("member_images_per_day", "images_per_month")
PEOPLE_SHOWN = 20
MENTIONS = {"channels": "<#{0}>", "log_channel_id": "<#{0}>", "exempt_roles": "<@&{0}>"}


def settings_text(
    place: ServerSettings, blocked: Sequence[int], translate: Translator = ENGLISH, limits: Limits | None = None
) -> list[str]:
    """Each rule of a server on a line, and whom it blocks; a limit as it holds, below the operator's *limits*."""
    lines = [
        _rule(said, _held(name, getattr(place, name), limits, translate), translate) for name, said in RULES.items()
    ]
    people = translate.listed([f"<@{user_id}>" for user_id in blocked[:PEOPLE_SHOWN]]) or translate("none")
    if (more := len(blocked) - PEOPLE_SHOWN) > 0:
        people = translate("{people} and {number} more", people=people, number=more)
    return [*lines, _rule("blocked members", people, translate)]


def _held(name: str, value: Any, limits: Limits | None, translate: Translator) -> str:
    """A rule as it holds; a limit with what the server says of it and what the operator does."""
    if limits is None or name not in LIMITS:
        return _value(name, value, translate, limits)
    ceiling = _ceiling(name, limits)
    own = translate("not set") if value is None else value
    return translate(
        "{number} (this server: {own}, the bot's operator: {ceiling})",
        number=ceiling if value is None else min(value, ceiling), own=own, ceiling=ceiling,
    )  # fmt: skip


def _ceiling(name: str, limits: Limits) -> int:
    """The operator's limit above a server's; what one person may have over all servers holds for a member too."""
    if name == "images_per_month":
        return limits.server_images_per_month
    return min(limits.member_images_per_day, limits.person_images_per_day)


def _rule(name: str, value: str, translate: Translator) -> str:
    return translate("**{name}**: {value}", name=translate(name), value=value)


def change(change: SettingsChange, translate: Translator = ENGLISH, limits: Limits | None = None) -> str:
    """What was changed, from what to what, by whom and when; a limit above the operator's is said to be."""
    what, _, member = change.what.partition(" ")  # of a member, the member follows
    name = f"{translate({**RULES, **DECIDED}.get(what, what))} {member}".strip()
    before, after = (_value(change.what, _read(text), translate, limits) for text in (change.before, change.after))
    return translate(
        "-# {name}: {before} → {after} · {who}, <t:{at}:R>",
        name=name, before=before, after=after, who=f"<@{change.user_id}>", at=round(change.at.timestamp()),
    )  # fmt: skip


def _read(text: str) -> Any:
    return json.loads(text)


def _value(name: str, value: Any, translate: Translator, limits: Limits | None = None) -> str:
    """A rule's value as a manager reads it; nothing set is the operator's."""
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    if value in (None, (), []):
        return translate("operator's limit") if name in LIMITS else translate("none")
    if name in LIMITS:
        return _number(value, name, limits, translate)
    if name == "tiers":
        return translate.listed([_tier(tier, translate, limits) for tier in value])
    if name == "blocked_words":
        return blocked_words(value, translate)
    many = value if isinstance(value, list | tuple) else [value]
    return translate.listed([MENTIONS.get(name, "{0}").format(one) for one in many])


def _number(value: int, name: str, limits: Limits | None, translate: Translator) -> str:
    if limits is None or value <= _ceiling(name, limits):
        return str(value)
    ceiling = _ceiling(name, limits)
    return translate("{ceiling} (set to {number}, but the operator's limit is lower)", number=value, ceiling=ceiling)


def _tier(tier: Any, translate: Translator, limits: Limits | None) -> str:
    role_id, number = (tier["role_id"], tier["images_per_day"]) if isinstance(tier, dict) else vars(tier).values()
    held = _number(number, "member_images_per_day", limits, translate)
    return translate("{role} {number} per day", role=f"<@&{role_id}>", number=held)


def blocked_words(found: Sequence[str], translate: Translator = ENGLISH) -> str:
    """Words as they are stored, hidden until they are clicked."""
    return translate.listed([f"||{plain(word)}||" for word in found])


def granted(member: Member, translate: Translator = ENGLISH, limits: Limits | None = None) -> str:
    """What a member has beside each day's own; never more a day than the operator lets one person have."""
    facts: dict[str, str | int] = {"member": f"<@{member.user_id}>", "number": member.granted}
    text = translate("{member} has {number} extra images this month, for when their daily images run out.", facts)
    if limits is None:
        return text
    most = translate(
        "Both together can't exceed the operator's limit of {limit} per day.", limit=limits.person_images_per_day
    )
    return f"{text} {most}"


def image_count(number: int, translate: Translator = ENGLISH) -> str:
    return translate.plural("{number} image", "{number} images", number)


def usage(usage: Usage, most: int, translate: Translator = ENGLISH) -> str:
    """Who had how much, most first."""
    head = translate("{images} in {days} days", images=image_count(usage.images, translate), days=len(usage.days))
    lines = [f"{place}. <@{user_id}> {number}" for place, (user_id, number) in enumerate(usage.people[:most], start=1)]
    return "\n".join([f"**{head}**", *lines])


def usage_in_words(usage: Usage, translate: Translator = ENGLISH) -> str:
    """The chart for whoever does not see it: each day that had images."""
    had = [f"{format_date(day, 'short', locale=translate.locale)}: {number}" for day, number in usage.days if number]
    days = translate.listed(had) or translate("none")
    return translate("Images per day: {days}", days=days)
