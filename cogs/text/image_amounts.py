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
    form = 1 if units <= UNITS_PER_IMAGE else 2  # nobody says "½ images"
    return translate.plural("{images} image", "{images} images", form, images=images_text(units, translate))
