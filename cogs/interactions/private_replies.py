"""Reply to one member in private by the first open route.

Private stays private: a private "thinking" is edited into the reply. A public "thinking" is deleted first, because
Discord would put the next reply in its place. If the interaction's token no longer works, send a direct message.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
import structlog
from discord import ui

from cogs.interactions.context import context_of
from cogs.messaging import outcomes
from cogs.messaging.outcomes import MessageGone, RefusalAction, RouteClosed, call_discord
from cogs.text.markdown import code
from cogs.text.units import units
from cogs.ui.files import file_of
from cogs.ui.limits import MESSAGE_CHARS
from cogs.ui.views import NOTHING, Buttons
from imagegen.errors import DeliverLater
from imagegen.policy.validation import clean_text

log = structlog.get_logger(__name__)

WORDS_FILE = "words.txt"
_IS_PRIVATE = "wanvas_is_private"  # the name of a fact in Interaction.extras, which discord.py leaves alone
CLOSED = (RouteClosed, DeliverLater, discord.InteractionResponded)


@dataclass(frozen=True)
class PrivateReply:
    """The text, and a view or a file beside it."""

    text: str
    file: bytes = b""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> list[discord.File]:
        """Return fresh files for each attempt: a file is read only once."""
        return [file_of(self.file, WORDS_FILE)] if self.file else []


Route = Callable[[discord.Interaction[Any], PrivateReply], Awaitable[None]]


async def reply_privately(
    interaction: discord.Interaction[Any],
    text: str,
    typed: str = "",
    *,
    button: ui.Item[Any] | None = None,
    offer: Mapping[str, Any] = NOTHING,
) -> bool:
    """Reply in private, whether or not the interaction was acknowledged. Return False, and log, if no route is open.

    *typed* is returned below the text, to be copied.
    """
    more = offer if button is None else {"view": Buttons().add_item(button)}
    reply = PrivateReply(*_with_typed_text(text, typed), more)
    why: Exception | None = None
    for route in await _routes(interaction):
        try:
            await route(interaction, reply)
        except CLOSED as error:
            if _answered(error):
                if isinstance(why, DeliverLater):
                    return True  # an earlier attempt arrived and its answer was lost
                why = error
                break
            log.info(
                "private_route_closed", interaction_id=interaction.id, route=route.__name__, why=type(error).__name__
            )
            why = error
        else:
            return True
    log.warning("interaction_unanswered", interaction_id=interaction.id, why=type(why).__name__)
    return False


async def show_card(
    interaction: discord.Interaction[Any], view: ui.LayoutView, files: Callable[[], list[discord.File]]
) -> None:
    """Send a card in place of the private "thinking", or as a follow-up if Discord refuses files in an edit.

    *files* returns fresh files for each attempt.
    """
    try:
        await interaction.edit_original_response(view=view, attachments=files())
    except discord.HTTPException as error:
        if outcomes.action_of(error) is not RefusalAction.OTHER_FORM:
            raise
        await interaction.delete_original_response()
        await interaction.followup.send(view=view, files=files(), ephemeral=True)


def _with_typed_text(text: str, typed: str) -> tuple[str, bytes]:
    """Put the typed text into the message if it fits, else into a file."""
    if not (typed := clean_text(typed)):
        return text, b""
    whole = f"{text}\n{code(typed)}"
    return (whole, b"") if units(whole) <= MESSAGE_CHARS else (text, typed.encode("utf-8", "replace"))


def _answered(error: Exception) -> bool:
    """Return whether the interaction needs no reply: another call answered it, or its time is over."""
    cause = error.__cause__
    if isinstance(error, discord.InteractionResponded):
        return True
    return isinstance(cause, discord.HTTPException) and outcomes.action_of(cause) in (
        RefusalAction.TAKEN,
        RefusalAction.NEVER,
    )


async def _routes(interaction: discord.Interaction[Any]) -> tuple[Route, ...]:
    """Return the routes that reach only this member, first to last."""
    if not interaction.response.is_done():
        return (_respond, _respond, _follow_up, _directly)  # the second attempt finds out whether the first arrived
    if interaction.response.type is not discord.InteractionResponseType.deferred_channel_message:
        return (_follow_up, _directly)
    if await _is_private(interaction):
        return (_edit, _follow_up, _directly)
    return (_follow_up, _directly) if await _deleted(interaction) else (_directly,)


def remember_visibility(interaction: discord.Interaction[Any], *, is_private: bool) -> None:
    """Remember what Discord answered to the "thinking": whether only this member sees it."""
    interaction.extras[_IS_PRIVATE] = is_private


async def _is_private(interaction: discord.Interaction[Any]) -> bool:
    """Return whether only this member sees the "thinking". Discord makes some private that were sent as public."""
    known: bool | None = interaction.extras.get(_IS_PRIVATE)
    if known is not None:
        return known
    try:
        return (await call_discord(interaction.original_response)).flags.ephemeral
    except CLOSED:
        return False


async def _deleted(interaction: discord.Interaction[Any]) -> bool:
    """Delete the public "thinking". Return False if it may still be there."""
    for _ in range(2):
        try:
            await call_discord(interaction.delete_original_response)
        except MessageGone:
            return True
        except DeliverLater:
            continue
        except RouteClosed:
            return False
        return True
    return False


async def _respond(interaction: discord.Interaction[Any], reply: PrivateReply) -> None:
    files = reply.files

    async def send() -> None:
        await interaction.response.send_message(reply.text, files=files, ephemeral=True, **reply.more)

    try:
        await call_discord(send)
    finally:
        for file in files:
            file.close()  # discord.py closes the files of every other route


async def _edit(interaction: discord.Interaction[Any], reply: PrivateReply) -> None:
    await call_discord(interaction.edit_original_response, content=reply.text, attachments=reply.files, **reply.more)


async def _follow_up(interaction: discord.Interaction[Any], reply: PrivateReply) -> None:
    async def send() -> None:
        await interaction.followup.send(reply.text, files=reply.files, ephemeral=True, wait=True, **reply.more)

    await call_discord(send)


async def _directly(interaction: discord.Interaction[Any], reply: PrivateReply) -> None:
    beside: dict[str, Any] = {**reply.more, **({"files": reply.files} if reply.file else {})}
    if not await context_of(interaction).notices.send_direct(interaction.user.id, reply.text, offer=beside):
        raise RouteClosed
