"""The style that a member chooses, in an option or a form. Styles belong to servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from typing import Any

import discord
from discord.app_commands import Choice

from cogs.interactions import submission
from cogs.interactions.context import context_of
from cogs.messaging.address import scope_of
from cogs.ui.limits import SUGGESTIONS
from cogs.ui.style_choices import StyleField, style_text, suggested
from cogs.ui.submitted_forms import FormData
from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.model import Job
from imagegen.policy.styles import Style

READ_S = 0.5  # a form opens without its styles, and nothing is suggested, when the database takes longer

Named = Collection[str]


async def _offered(interaction: discord.Interaction[Any]) -> tuple[Style, ...]:
    """Return the styles of the server where a member is; none if the database does not answer at once."""
    server_id = scope_of(interaction).server_id
    if server_id is None:
        return ()
    try:
        async with asyncio.timeout(READ_S):
            return await context_of(interaction).service.styles.all(server_id)
    except (StoreUnavailable, TimeoutError):
        return ()


async def suggest_styles(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
    """Suggest the server's styles whose names contain what was *typed*."""
    found, translate = suggested(await _offered(interaction), typed), submission.translator_for_user(interaction)
    prices = context_of(interaction).service.model_options.options(0)
    return [Choice(name=style_text(style, prices, translate), value=style.name) for style in found[:SUGGESTIONS]]


async def style_field(interaction: discord.Interaction[Any], chosen: int | None = None, held: str = "") -> StyleField:
    """Return the field of a form: *chosen* is selected, or *held*, the style of the request that the form changes."""
    prices = context_of(interaction).service.model_options.options(0)
    return StyleField(await _offered(interaction), prices, chosen, held)


async def in_style(
    interaction: discord.Interaction[Any], request: ImageRequest, typed: str, named: Named
) -> tuple[ImageRequest, Named, int | None]:
    """Return *request* in the style with the *typed* name, what the member or the style has *named*, and its id.

    Raises Refused STYLE_GONE for a name of no style, and NO_STYLES_HERE outside of a server; StoreUnavailable.
    """
    if not typed.strip():
        return request, named, None
    if (server_id := scope_of(interaction).server_id) is None:
        raise Refused(Reason.NO_STYLES_HERE)
    style = await submission.within_deadline(_found(interaction, server_id, typed), interaction)
    return *context_of(interaction).service.styles.applied(request, style, named=named), style.id


async def _found(interaction: discord.Interaction[Any], server_id: int, typed: str) -> Style:
    """Return the style that an option names. A client may send the text of a suggestion in place of its value.

    https://github.com/discord/discord-api-docs/issues/7206 (2024-10-11)
    """
    styles = context_of(interaction).service.styles
    try:
        return await styles.named(server_id, typed)
    except Refused:
        name, mark, _ = typed.partition(" · ")
        if not mark:
            raise
        return await styles.named(server_id, name)


async def in_chosen_style(
    interaction: discord.Interaction[Any], request: ImageRequest, form: FormData, named: Named
) -> tuple[ImageRequest, Named, int | None]:
    """Return *request* in the style that a form chose, as ``in_style`` does. What is no style leaves it as it is."""
    style = await _chosen(interaction, form)
    if style is None:
        return request, named, None
    return *context_of(interaction).service.styles.applied(request, style, named=named), style.id


async def restyled(
    interaction: discord.Interaction[Any], request: ImageRequest, form: FormData, named: Named, source: Job
) -> tuple[ImageRequest, int | None]:
    """Return *request*, a change of *source*, in the style that a form chose, or in none; and the id of the style.

    Raises as ``in_style`` does.
    """
    styles = context_of(interaction).service.styles
    if form.text(StyleField.FIELD) == StyleField.NONE:
        return styles.restyled(request, None, source), None
    style = await _chosen(interaction, form)
    if style is None:
        return request, None
    return styles.restyled(request, style, source, named=named), style.id


async def _chosen(interaction: discord.Interaction[Any], form: FormData) -> Style | None:
    """Return the style that a form chose; None if the form chose none, or held what the request had."""
    chosen = form.text(StyleField.FIELD)
    if not re.fullmatch(r"[0-9]{1,18}", chosen):
        return None
    if (server_id := scope_of(interaction).server_id) is None:
        raise Refused(Reason.NO_STYLES_HERE)
    style = context_of(interaction).service.styles.one(server_id, int(chosen))
    return await submission.within_deadline(style, interaction)
