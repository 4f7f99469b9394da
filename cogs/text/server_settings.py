"""Write a server's settings and their changes as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from babel import Locale

from cogs.text.i18n import ENGLISH, Translator, languages
from cogs.text.markdown import plain
from cogs.text.phrases import MEMBER_DECISIONS, OTHER_DECISIONS, SETTING_NAMES
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import Member, ServerSettings, SettingsChange

LIMITS = ("member_images_per_day", "images_per_month")
SHOWN = 6  # items of a list of settings; the pages of the panel show all
SHOWN_IN_CHANGE = 3
FOUND_SHOWN = 10  # blocked words in a prompt
CHANNELS = ("channels", "private_channels", "hold_channels", "log_channel_id")
MENTIONS = {**dict.fromkeys(CHANNELS, "<#{0}>"), "exempt_roles": "<@&{0}>"}
# What no value means, where that is not "none".
UNSET = {
    **dict.fromkeys(LIMITS, "operator's limit"),
    "channels": "all",
    "language": "the server's, else the requester's",
}
ENGLISH_LOCALE = "en-US"


def settings_text(
    settings: ServerSettings, blocked: Sequence[int], translate: Translator = ENGLISH, limits: Limits | None = None
) -> list[str]:
    """Return a line for each setting, and the blocked members. Limits are capped by the operator's *limits*."""
    lines = [setting_line(settings, name, translate, limits) for name in SETTING_NAMES]
    people = _some([f"<@{user_id}>" for user_id in blocked], SHOWN, translate) or translate("none")
    return [*lines, _setting("blocked members", people, translate)]


def setting_line(settings: ServerSettings, name: str, translate: Translator, limits: Limits | None = None) -> str:
    """Return the name of a setting and its effective value."""
    return _setting(SETTING_NAMES[name], effective(settings, name, translate, limits), translate)


def effective(settings: ServerSettings, name: str, translate: Translator, limits: Limits | None = None) -> str:
    """Return the effective value of a setting. A limit also names the server's and the operator's own values."""
    value = getattr(settings, name)
    if limits is None or name not in LIMITS:
        return _value(name, value, translate, limits)
    most = ceiling(name, limits)
    own = translate("not set") if value is None else value
    number = most if value is None else min(value, most)
    return translate("you: {own}, operator: {ceiling} → {number}", own=own, ceiling=most, number=number)


def ceiling(name: str, limits: Limits) -> int:
    """Return the operator's limit for a server's setting. A member also has the limit of a person."""
    if name == "images_per_month":
        return limits.server_images_per_month
    return min(limits.member_images_per_day, limits.person_images_per_day)


def _setting(title: str, value: str, translate: Translator) -> str:
    return translate("**{name}**: {value}", name=translate(title), value=value)


def name_of(what: str, translate: Translator) -> str:
    """Return the name of a setting, of a style, or of a decision about a member, with the member."""
    what, _, member_id = what.partition(" ")
    member = f" <@{member_id}>" if member_id else ""
    return f"{translate({**SETTING_NAMES, **MEMBER_DECISIONS, **OTHER_DECISIONS}.get(what, what))}{member}"


def change(change: SettingsChange, translate: Translator = ENGLISH, limits: Limits | None = None) -> str:
    """Return a change of a setting: from what to what, by whom and when. Limits over the operator's say so."""
    before, after = json.loads(change.before), json.loads(change.after)
    if isinstance(before, list) and isinstance(after, list):
        changed = " ".join(_differences(change.what, before, after, translate, limits))
    else:
        values = (_value(change.what, value, translate, limits) for value in (before, after))
        changed = " → ".join(dict.fromkeys(values))  # a style whose texts changed keeps its name
    return translate(
        "-# {name}: {changed} · {who}, <t:{at}:R>",
        name=name_of(change.what, translate), changed=changed, who=f"<@{change.user_id}>",
        at=round(change.at.timestamp()),
    )  # fmt: skip


def _differences(
    name: str, before: list[Any], after: list[Any], translate: Translator, limits: Limits | None
) -> Iterator[str]:
    """Yield what was added to a list, and what was removed."""
    for sign, these, others in (("+", after, before), ("−", before, after)):
        if items := [_item(name, one, translate, limits) for one in these if one not in others]:
            yield f"{sign} {_some(items, SHOWN_IN_CHANGE, translate)}"


def _value(name: str, value: Any, translate: Translator, limits: Limits | None = None) -> str:
    """Return a setting's value as a manager reads it. A limit that is not set is the operator's."""
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    if value in (None, (), []):
        return translate(UNSET.get(name, "none"))
    if name in LIMITS:
        return _number(value, name, limits, translate)
    many = value if isinstance(value, list | tuple) else [value]
    return _some([_item(name, one, translate, limits) for one in many], SHOWN, translate)


def some_tiers(settings: ServerSettings, most: int, translate: Translator, limits: Limits | None) -> str:
    """Return the first tiers of a server, and how many more there are."""
    return _some([_tier(one, translate, limits) for one in settings.tiers], most, translate)


def _some(items: Sequence[str], most: int, translate: Translator) -> str:
    """Return the first items, and how many more there are."""
    listed, more = translate.nouns([*items[:most]]), len(items) - most
    return translate("{listed} and {number} more", listed=listed, number=more) if more > 0 else listed


def _item(name: str, value: Any, translate: Translator, limits: Limits | None) -> str:
    if name == "tiers":
        return _tier(value, translate, limits)
    if name == "blocked_words":
        return f"||{plain(value)}||"
    if name in OTHER_DECISIONS:
        return plain(value)
    return language_name(value) if name == "language" else MENTIONS.get(name, "{0}").format(value)


def language_name(locale: str) -> str:
    """Return the name of a language in that language; the code itself if the bot does not speak it."""
    names = language_names()
    return names.get(locale, plain(locale))


def language_names() -> Mapping[str, str]:
    """Return the languages that the bot speaks, by Discord's locale, each by its own name."""
    spoken = {ENGLISH_LOCALE: ENGLISH, **languages()}
    names = {locale: Locale(known.locale.language, script=known.locale.script) for locale, known in spoken.items()}
    return {locale: str(name.get_display_name()) for locale, name in names.items()}


def _number(value: int, name: str, limits: Limits | None, translate: Translator) -> str:
    if limits is None or value <= ceiling(name, limits):
        return str(value)
    most = ceiling(name, limits)
    return translate("{ceiling} (set to {number}, but the operator's limit is lower)", number=value, ceiling=most)


def _tier(tier: Any, translate: Translator, limits: Limits | None) -> str:
    """Return a role and its effective daily limit. *tier* is a Tier, or what a change has stored of one."""
    role_id, number = (tier["role_id"], tier["images_per_day"]) if isinstance(tier, dict) else vars(tier).values()
    effective = _number(number, "member_images_per_day", limits, translate)
    return translate("{role} {number} per day", role=f"<@&{role_id}>", number=effective)


def blocked_words(found: Sequence[str], translate: Translator = ENGLISH) -> str:
    """Return blocked words as they are stored, each as a spoiler: the first ones, and how many more."""
    return _some([f"||{plain(word)}||" for word in found], FOUND_SHOWN, translate)


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
