"""Write amounts of a quota of images: members read images, the core counts hundredths of one."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal

from cogs.text.i18n import ENGLISH, Translator
from imagegen.model import UNITS_PER_IMAGE

FRACTIONS = {25: "¼", 50: "½", 75: "¾"}  # by hundredths


def images_text(units: int, translate: Translator = ENGLISH) -> str:
    """Return *units* as a number of images, such as 17, 2½ or 0.1, in the digits of this language."""
    whole, part = divmod(units, UNITS_PER_IMAGE)
    if part == 0:
        return str(whole)
    if part in FRACTIONS:
        return f"{whole or ''}{FRACTIONS[part]}"
    return format_decimal(Decimal(units) / UNITS_PER_IMAGE, "0.##", locale=translate.locale)


def images_named(units: int, translate: Translator = ENGLISH) -> str:
    """Return *units* with the noun, such as "½ image", "1 image" or "2½ images"."""
    return translate.plural("{images} image", "{images} images", _form(units), images=images_text(units, translate))


def quota_named(units: int, translate: Translator = ENGLISH) -> str:
    """Return *units* as a part of a quota, such as "½ image of your quota"."""
    one, many = "{images} image of your quota", "{images} images of your quota"
    return translate.plural(one, many, _form(units), images=images_text(units, translate))


def _form(units: int) -> int:
    """Return a number whose plural form the noun has: people say "½ image", but "0 images"."""
    return 1 if 0 < units <= UNITS_PER_IMAGE else 2


def of_quota(images: int, units: int, translate: Translator = ENGLISH) -> str:
    """Return what *images* used of a quota, to follow their number; nothing if each used one image of it."""
    if units == images * UNITS_PER_IMAGE:
        return ""
    return f" · {translate('{used} of the quota', used=images_text(units, translate))}"
