"""From an interaction to the service: acknowledge, submit, or refuse in private."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
import discord
import structlog

from cogs.interactions.context import AppContext, context_of
from cogs.interactions.private_replies import remember_visibility, reply_privately
from cogs.interactions.used_characters import find_characters, inputs_after
from cogs.messaging import address, outcomes
from cogs.messaging.outcomes import RefusalAction
from cogs.text import formatters
from cogs.text.clean_content import Names, names_in_interaction, readable
from cogs.text.i18n import Translator, translator_for
from cogs.ui.remedies import facts_for, marked_private, remedy_view
from imagegen.errors import Reason, Refused, StoreUnavailable, WanvasError
from imagegen.image_request import ImageRequest
from imagegen.model import Job, Request
from imagegen.policy.palette import parse_palette
from imagegen.reports import Submission
from imagegen.service import Prechecked

T = TypeVar("T")
Complete = Callable[[Request], Awaitable[Request]]
Submit = Callable[[Request, Prechecked | None], Awaitable[Submission]]

log = structlog.get_logger(__name__)

READ_S = 1.5  # Discord forgets an interaction after 3 s, and the reply takes time too
_READ_UNTIL = "read_until"  # in the extras of an interaction


def translator_for_user(interaction: discord.Interaction[Any]) -> Translator:
    """Return the translator for the member of an interaction: a private reply is in their language."""
    return translator_for(locale_of(interaction))


def locale_of(interaction: discord.Interaction[Any]) -> str:
    """Return the language that the member of an interaction chose, or that of their client."""
    chosen = context_of(interaction).service.members.settings(interaction.user.id).language
    return chosen or interaction.locale.value


async def within_deadline(read: Awaitable[T], interaction: discord.Interaction[Any] | None = None) -> T:
    """Await reads before the interaction is acknowledged. Raises StoreUnavailable after READ_S.

    A handler that waits several times names the *interaction*: all its waits together end READ_S after the first began,
    because Discord gives no more time.
    """
    until = asyncio.get_running_loop().time() + READ_S
    if interaction is not None:
        until = interaction.extras.setdefault(_READ_UNTIL, until)
    try:
        async with asyncio.timeout_at(until):
            return await read
    except TimeoutError:
        raise StoreUnavailable("it did not answer before the interaction had to be acknowledged") from None


async def submit(
    interaction: discord.Interaction[Any],
    image_request: ImageRequest,
    verb: Submit | None = None,
    *,
    input_count: int | None = None,
    source: Job | None = None,
    typed: str = "",
    form: str = "",
    palette: str = "",
    private: bool | None = None,
    complete: Complete | None = None,
) -> None:
    """Acknowledge and submit a request, or refuse in private.

    A refusal that needs no database is the first answer, and so is one by the database if no other interaction waits
    for its acknowledgement (docs/decisions/0031). Otherwise the interaction shows "thinking" and the job is accepted.

    *verb* replaces the service's ``submit``. *input_count* counts the input images of a request that is repeated, with
    its characters; *source* is the job of one that is changed. *typed* is returned with a refusal, so that no prompt is
    typed twice, and *form* is the form to open then, as ``remedy_view`` takes it. *palette* has colors as typed.
    *private* None: the defaults say whether the results are private. *complete* takes its time after the
    acknowledgement, and returns the request that is submitted then.
    """
    context, names = context_of(interaction), _names(interaction, image_request, typed)
    image_request = replace(image_request, private=_is_private(interaction, private))
    form = marked_private(form) if image_request.private else form
    with context.ack_gate.unacknowledged():
        try:
            if input_count is None and typed:  # without a word typed, no character is meant
                request, names, input_count = await _prepared(interaction, image_request, names, source)
            else:
                request = _request(interaction, image_request, names)
            request = _with_palette(request, palette)
            prechecked = await _prechecked(context, request, input_count)
        except Refused as refused:
            await refuse(interaction, refused, readable(typed, names), form, image_request.model)
            return
        message_id = await _acknowledge(interaction, private=image_request.private)
    request, typed = replace(request, address=replace(request.address, message_id=message_id)), readable(typed, names)
    try:
        if complete is not None:
            await context.service.precheck(request, prechecked)
            request = await complete(request)
        async with context.ack_gate.turn():
            await (verb or context.service.submit)(request, None if complete is not None else prechecked)
    except WanvasError as error:
        if isinstance(error, Refused):
            context.recently_refused.add(request.requester)
        await refuse(interaction, error, typed, form, image_request.model)


async def _prepared(
    interaction: discord.Interaction[Any], asked: ImageRequest, names: Names, source: Job | None
) -> tuple[Request, Names, int | None]:
    """Return the request of a typed prompt with its characters, the names in it, and the number of its input images.

    The number is None if the request names all its input images. Raises Refused, as ``find_characters`` does.
    """
    asked, names = await find_characters(context_of(interaction), interaction.user.id, asked, names, source)
    count = None if source is None else inputs_after(source, asked)
    return _request(interaction, asked, names), names, count


async def prepared(
    interaction: discord.Interaction[Any],
    asked: ImageRequest,
    *,
    source: Job | None = None,
    palette: str = "",
    private: bool | None = None,
) -> tuple[Request, int]:
    """Return the request that ``submit`` would submit, and the number of its input images. Raises Refused."""
    asked = replace(asked, private=_is_private(interaction, private))
    request, _, count = await _prepared(interaction, asked, _names(interaction, asked, ""), source)
    request = _with_palette(request, palette)
    return request, len(request.image_request.images) if count is None else count


def request_by(interaction: discord.Interaction[Any], asked: ImageRequest) -> Request:
    """Return the request of an interaction that starts what was *asked* before. Its texts are readable already."""
    return _request(interaction, asked, Names())


async def precheck(interaction: discord.Interaction[Any], image_request: ImageRequest) -> None:
    """Raise Refused if the member may not submit *image_request* now, as far as one short read finds out."""
    service, request = context_of(interaction).service, _request(interaction, image_request, Names())
    await service.precheck(request, service.validated(request))


async def _prechecked(context: AppContext, request: Request, input_count: int | None) -> Prechecked:
    """Return the plan of *request*. Raises Refused when a refusal is known before the acknowledgement.

    The database's answer takes the time in which others should be acknowledged, so ask it only for an interaction that
    is alone, or for a member whose last request was refused: most of their next requests are refused too, and a
    refusal before the acknowledgement leaves nothing in the channel.
    """
    gate, refusals = context.ack_gate, context.recently_refused
    is_alone = await gate.is_alone()
    found = context.service.validated(request, input_count)
    if is_alone or (request.requester in refusals and not gate.is_rush):
        try:
            await context.service.precheck(request, found)
        except Refused:
            refusals.add(request.requester)
            raise
        refusals.discard(request.requester)
    return found


def _is_private(interaction: discord.Interaction[Any], chosen: bool | None) -> bool:
    """Return whether only the member is shown the results: as *chosen*, else by the defaults. Reads no database."""
    return context_of(interaction).service.private_defaults.private(address.requester_of(interaction), chosen)


def _names(interaction: discord.Interaction[Any], asked: ImageRequest, typed: str) -> Names:
    """Return the names that the texts may need: a large server has hundreds, and few texts have markup."""
    has_markup = "<" in asked.prompt or "<" in asked.negative_prompt or "<" in typed
    return names_in_interaction(interaction) if has_markup else Names()


def _request(interaction: discord.Interaction[Any], asked: ImageRequest, names: Names) -> Request:
    """Return the request of an interaction, with names in place of the markup for mentions."""
    asked = replace(asked, prompt=readable(asked.prompt, names), negative_prompt=readable(asked.negative_prompt, names))
    until = address.send_before_at(interaction, is_slow=asked.may_span_messages, private=asked.private)
    requester = replace(address.requester_of(interaction), locale=locale_of(interaction))
    return Request(
        f"i:{interaction.id}", requester, asked, address.address_of(interaction, private=asked.private), until
    )


def _with_palette(request: Request, typed: str) -> Request:
    """Return *request* with the colors of a palette, if one was *typed*. Raises Refused."""
    if not typed:
        return request
    return replace(request, image_request=replace(request.image_request, palette=parse_palette(typed)))


async def refuse(
    interaction: discord.Interaction[Any], error: WanvasError, typed: str, form: str, model: str | None = None
) -> None:
    """Reply in private why a request was refused, with the *typed* text and the buttons that help.

    *form* is as for ``submit``, and *model* the model that the request named.
    """
    translate = translator_for_user(interaction)
    offer = remedy_view(error.reason, translate, facts=error.facts, form=form, model=model)
    text = formatters.sentence_for(error.reason, facts_for(error.facts, form), translate)
    await reply_privately(interaction, text, typed, offer=offer)


async def _acknowledge(interaction: discord.Interaction[Any], *, private: bool) -> int | None:
    """Acknowledge with "thinking", and return the id of the message that becomes the status card."""
    try:
        thinking = await interaction.response.defer(thinking=True, ephemeral=private)
    except discord.HTTPException as error:
        if outcomes.action_of(error) is not RefusalAction.TAKEN:
            raise
    except (aiohttp.ClientError, OSError) as error:
        log.warning("acknowledgement_unanswered", interaction_id=interaction.id, why=type(error).__name__)
    else:
        return _message_of(interaction, thinking)
    return await _acknowledged(interaction, private=private)


def _message_of(
    interaction: discord.Interaction[Any], thinking: discord.InteractionCallbackResponse[Any] | None
) -> int | None:
    """Return the message of a "thinking", and remember whether only the member sees it."""
    if thinking is None:
        return None
    remember_visibility(interaction, is_private=thinking.is_ephemeral())
    return thinking.message_id


async def _acknowledged(interaction: discord.Interaction[Any], *, private: bool) -> int | None:
    """Return the message of an acknowledgement whose answer was lost. Acknowledge again if it did not arrive."""
    try:
        original = await interaction.original_response()
    except discord.NotFound:
        return _message_of(interaction, await interaction.response.defer(thinking=True, ephemeral=private))
    # discord.py marks an interaction as answered only when the answer arrived.
    interaction.response._response_type = discord.InteractionResponseType.deferred_channel_message
    return original.id


async def reply_with_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Reply in private about an error of any kind. Log a defect with its traceback."""
    await reply_with_error_and_text(interaction, error, "")


async def reply_with_error_and_text(interaction: discord.Interaction[Any], error: Exception, typed: str) -> None:
    """Do as ``failed`` does, and return the typed text."""
    cause = getattr(error, "original", error)
    if isinstance(cause, WanvasError):
        text = formatters.sentence(cause, translator_for_user(interaction))
    else:
        log.error("interaction_failed", interaction_id=interaction.id, exc_info=cause)
        text = formatters.sentence_for(Reason.INTERNAL, {}, translator_for_user(interaction))
    await reply_privately(interaction, text, typed)
