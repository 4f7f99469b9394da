"""Write a server's settings, their changes and the server's usage as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from babel.dates import format_date

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.image_amounts import of_quota
from cogs.text.markdown import plain
from cogs.text.phrases import MEMBER_DECISIONS, SETTING_NAMES
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import Member, ServerSettings, SettingsChange
from imagegen.policy.usage import Usage

LIMITS = ("member_images_per_day", "images_per_month")
PEOPLE_SHOWN = 20
MENTIONS = {"channels": "<#{0}>", "log_channel_id": "<#{0}>", "exempt_roles": "<@&{0}>"}


def settings_text(
    settings: ServerSettings, blocked: Sequence[int], translate: Translator = ENGLISH, limits: Limits | None = None
) -> list[str]:
    """Return a line for each setting, and the blocked members. Limits are capped by the operator's *limits*."""
    lines = [
        _setting(title, _effective(name, getattr(settings, name), limits, translate), translate)
        for name, title in SETTING_NAMES.items()
    ]
    people = translate.nouns([f"<@{user_id}>" for user_id in blocked[:PEOPLE_SHOWN]]) or translate("none")
    if (more := len(blocked) - PEOPLE_SHOWN) > 0:
        people = translate("{people} and {number} more", people=people, number=more)
    return [*lines, _setting("blocked members", people, translate)]


def _effective(name: str, value: Any, limits: Limits | None, translate: Translator) -> str:
    """Return the effective value of a setting. A limit also names the server's and the operator's own values."""
    if limits is None or name not in LIMITS:
        return _value(name, value, translate, limits)
    ceiling = _ceiling(name, limits)
    own = translate("not set") if value is None else value
    return translate(
        "{number} (this server: {own}, the bot's operator: {ceiling})",
        number=ceiling if value is None else min(value, ceiling), own=own, ceiling=ceiling,
    )  # fmt: skip


def _ceiling(name: str, limits: Limits) -> int:
    """Return the operator's limit for a server's setting. A member also has the limit of a person."""
    if name == "images_per_month":
        return limits.server_images_per_month
    return min(limits.member_images_per_day, limits.person_images_per_day)


def _setting(name: str, value: str, translate: Translator) -> str:
    return translate("**{name}**: {value}", name=translate(name), value=value)


def change(change: SettingsChange, translate: Translator = ENGLISH, limits: Limits | None = None) -> str:
    """Return a change of a setting: from what to what, by whom and when. Limits over the operator's say so."""
    what, _, member_id = change.what.partition(" ")  # a decision about a member names the member
    member = f" <@{member_id}>" if member_id else ""
    name = f"{translate({**SETTING_NAMES, **MEMBER_DECISIONS}.get(what, what))}{member}"
    before, after = (_value(change.what, _read(text), translate, limits) for text in (change.before, change.after))
    return translate(
        "-# {name}: {before} → {after} · {who}, <t:{at}:R>",
        name=name, before=before, after=after, who=f"<@{change.user_id}>", at=round(change.at.timestamp()),
    )  # fmt: skip


def _read(text: str) -> Any:
    return json.loads(text)


def _value(name: str, value: Any, translate: Translator, limits: Limits | None = None) -> str:
    """Return a setting's value as a manager reads it. A limit that is not set is the operator's."""
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
    return translate.nouns([MENTIONS.get(name, "{0}").format(one) for one in many])


def _number(value: int, name: str, limits: Limits | None, translate: Translator) -> str:
    if limits is None or value <= _ceiling(name, limits):
        return str(value)
    ceiling = _ceiling(name, limits)
    return translate("{ceiling} (set to {number}, but the operator's limit is lower)", number=value, ceiling=ceiling)


def _tier(tier: Any, translate: Translator, limits: Limits | None) -> str:
    role_id, number = (tier["role_id"], tier["images_per_day"]) if isinstance(tier, dict) else vars(tier).values()
    effective = _number(number, "member_images_per_day", limits, translate)
    return translate("{role} {number} per day", role=f"<@&{role_id}>", number=effective)


def blocked_words(found: Sequence[str], translate: Translator = ENGLISH) -> str:
    """Return blocked words as they are stored, each as a spoiler."""
    return translate.nouns([f"||{plain(word)}||" for word in found])


def granted(member: Member, translate: Translator = ENGLISH, limits: Limits | None = None) -> str:
    """Return how many extra images a member has, and the operator's limit above them."""
    facts: dict[str, str | int] = {"member": f"<@{member.user_id}>", "number": member.granted}
    text = translate("{member} has {number} extra images this month, for when their daily images run out.", facts)
    if limits is None:
        return text
    limit = translate(
        "Both together can't exceed the operator's limit of {limit} per day.", limit=limits.person_images_per_day
    )
    return f"{text} {limit}"


def image_count(number: int, translate: Translator = ENGLISH) -> str:
    """Return a number of images, such as "2 images"."""
    return translate.plural("{number} image", "{number} images", number)


def usage(usage: Usage, most: int, translate: Translator = ENGLISH) -> str:
    """Return who used how many images, the largest number first."""
    head = translate("{images} in {days} days", images=image_count(usage.images, translate), days=len(usage.days))
    lines = [
        f"{rank}. <@{one.user_id}> {one.images}{of_quota(one.images, one.units, translate)}"
        for rank, one in enumerate(usage.people[:most], start=1)
    ]
    return "\n".join([f"**{head}**{of_quota(usage.images, usage.units, translate)}", *lines])


def usage_in_words(usage: Usage, translate: Translator = ENGLISH) -> str:
    """Return the chart as alt text: each day with images."""
    used = [f"{format_date(day, 'short', locale=translate.locale)}: {number}" for day, number in usage.days if number]
    days = translate.listed(used) or translate("none")
    return translate("Images per day: {days}", days=days)
