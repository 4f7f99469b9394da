"""Write what a server used as text: who got how many images, what each model cost, and both charts in words."""

from __future__ import annotations

from babel.dates import format_date

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.image_amounts import of_quota
from cogs.text.money import dollars
from cogs.text.server_settings import image_count
from imagegen.policy.usage import Usage, View

SPENT_IN = "US${spent} in {days} days"
MODEL_SPENT = "{rank}. `{model}` US${spent}, {images}"
PRICES = "-# By the operator's prices, with what was generated but not delivered."
IN_WORDS = {View.IMAGES: "Images per day: {days}", View.SPENDING: "US dollars per day: {days}"}


def images_text(usage: Usage, most: int, translate: Translator = ENGLISH) -> str:
    """Return who used how many images, the largest number first, *most* people at most."""
    head = translate("{images} in {days} days", images=image_count(usage.images, translate), days=len(usage.span))
    lines = [
        f"{rank}. <@{one.user_id}> {one.images}{of_quota(one.images, one.units, translate)}"
        for rank, one in enumerate(usage.people[:most], start=1)
    ]
    return "\n".join([f"**{head}**{of_quota(usage.images, usage.units, translate)}", *lines])


def spending_text(usage: Usage, translate: Translator = ENGLISH) -> str:
    """Return what each model cost, the largest sum first."""
    images = usage.by_model("images")
    lines = [
        translate(
            MODEL_SPENT,
            rank=rank,
            model=model,
            spent=dollars(sum(days)),
            images=image_count(sum(images.get(model, ())), translate),
        )
        for rank, (model, days) in enumerate(usage.by_model("microusd").items(), start=1)
    ]
    head = translate(SPENT_IN, spent=dollars(usage.microusd), days=len(usage.span))
    return "\n".join([f"**{head}**", *lines, translate(PRICES)])


def chart_in_words(usage: Usage, view: View, translate: Translator = ENGLISH) -> str:
    """Return the chart as alt text: each day on which something was used."""
    used = [
        f"{format_date(day, 'short', locale=translate.locale)}: {number if view is View.IMAGES else dollars(number)}"
        for day, number in usage.by_day(view.amount)
        if number
    ]
    return translate(IN_WORDS[view], days=translate.listed(used) or translate("none"))
