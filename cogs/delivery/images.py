"""Deliver the images of a job: in files that the channel takes, in a form that Discord takes, by an open route."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from cogs.delivery.context import DeliveryContext
from cogs.messaging.address import reaches_only_requester
from cogs.messaging.outcomes import CardRefused, ChannelClosed, FilesTooLarge, RouteClosed, TextRefused, first_open
from cogs.messaging.routes import Post, Route, Routes
from cogs.text import phrases
from cogs.ui import cards
from cogs.ui.cards import Upload
from cogs.ui.limits import FILE_BYTES, REQUEST_BYTES
from cogs.ui.result_rows import USUAL, Offered
from imagegen.errors import DeliverLater, Reason, Undeliverable
from imagegen.imaging.byte_budget import BudgetShare
from imagegen.model import Delivered, Job, ResultImage
from imagegen.reports import Quotas
from imagegen.service import Service

log = structlog.get_logger(__name__)

MIN_FILE_BYTES = 16 * 1024  # if Discord rejects a file of this size, it rejects every file


@dataclass(frozen=True)
class _Result:
    """The result of a job, as a card and as plain text with files.

    *text_blocked*: AutoMod has rejected the prompt, and another text takes its place.
    """

    job: Job
    card: Post
    plain: Post
    text_blocked: bool = False


class ImageDelivery:
    """Delivers images. The caller holds the messages of the job alone."""

    def __init__(self, service: Service, routes: Routes) -> None:
        self._service, self._routes, self._messages = service, routes, routes.messages

    async def deliver(self, context: DeliveryContext, images: Sequence[ResultImage], share: BudgetShare) -> Delivered:
        """Deliver *images* in files as large as the channel takes: sometimes less than the interaction said.

        Raises Undeliverable and DeliverLater.
        """
        max_bytes = context.job.address.max_file_bytes or FILE_BYTES
        while True:
            upload = await self._fit(context, images, max_bytes, share)
            if not upload.images or max_bytes < MIN_FILE_BYTES:
                raise Undeliverable(Reason.RESULT_FILE_TOO_LARGE)
            try:
                return Delivered(len(upload.images), await self._post(context, upload))
            except FilesTooLarge:
                largest = max(len(image.data) for _, image in upload.images)
                log.warning("upload_rejected_as_too_large", largest_bytes=largest)
                max_bytes = FILE_BYTES if largest > FILE_BYTES else largest // 2

    async def _fit(
        self, context: DeliveryContext, images: Sequence[ResultImage], max_bytes: int, share: BudgetShare
    ) -> Upload:
        """Return what of *images* fits into one request, shrunk if necessary."""
        fitted = await self._service.display.fitted(images, file_bytes=max_bytes, together_bytes=REQUEST_BYTES)
        share.resize(held_bytes((*images, *fitted)))
        return replace(cards.upload(fitted, max_bytes), spoiler=context.is_spoiler, original=context.original)

    async def _post(self, context: DeliveryContext, upload: Upload) -> int:
        """Post the result with the prompt, or without it if AutoMod rejects the prompt; return the message's id."""
        try:
            return await self._post_in_some_form(_result(context, upload))
        except TextRefused:
            log.info("prompt_rejected_by_automod")
        without_prompt = context.with_prompt(context.translate(phrases.TEXT_BLOCKED))
        return await self._post_in_some_form(_result(without_prompt, replace(upload, original=""), text_blocked=True))

    async def _post_in_some_form(self, result: _Result) -> int:
        """Edit the status card; if that is impossible, send a new message, as a card or as plain files.

        Leave a message that shows the images already: a process may have stopped before it could record the delivery.
        """
        routes = self._routes
        try:
            return await self._by_first_open(result, result.card, (routes.by_token, routes.by_message))
        except CardRefused:
            log.warning("card_refused")
            new: tuple[Route, ...] = (routes.by_followup, routes.by_channel, routes.by_direct_message)
        except Undeliverable:
            new = (routes.by_channel, routes.by_followup, routes.by_direct_message)
        shown = await self._messages.shown_in_own(result.job)
        if shown is not None and shown.message_id is not None:
            return shown.message_id
        return await self._replace_card(result, new)

    async def _replace_card(self, result: _Result, routes: tuple[Route, ...]) -> int:
        """Remove the status card and send the result as a new message. Discord may reject a card, but not files."""
        removed = await self._messages.remove(result.job)
        try:
            message_id = await self._by_first_open(result, result.card, routes)
        except CardRefused:
            message_id = await self._send_plain(result, routes)
        if not removed:
            with suppress(DeliverLater):  # the new message may have reopened the archived thread that kept the card
                await self._messages.remove(result.job)
        return message_id

    async def _send_plain(self, result: _Result, routes: tuple[Route, ...]) -> int:
        try:
            return await self._by_first_open(result, result.plain, routes)
        except CardRefused:  # Discord has rejected every form
            raise Undeliverable(Reason.UNDELIVERED) from None

    async def _by_first_open(self, result: _Result, post: Post, routes: tuple[Route, ...]) -> int:
        """Post by the first open route and return the message's id.

        Raises Undeliverable, with the reason CHANNEL_CLOSED if the channel is closed; DeliverLater; CardRefused and
        FilesTooLarge; and TextRefused, unless the prompt is left out already: then the next route may have no AutoMod.
        """
        stop_at = (CardRefused, FilesTooLarge) if result.text_blocked else (CardRefused, FilesTooLarge, TextRefused)
        try:
            return await first_open(routes, result.job, post, stop_at=stop_at)
        except stop_at:
            raise
        except RouteClosed as closed:
            is_shut = isinstance(closed, ChannelClosed)
            raise Undeliverable(Reason.CHANNEL_CLOSED if is_shut else Reason.UNDELIVERED) from None


def _result(context: DeliveryContext, upload: Upload, *, text_blocked: bool = False) -> _Result:
    job = context.job
    return _Result(
        job,
        card_post(job, upload, context.quotas, context.offered),
        plain_post(job, upload),
        text_blocked,
    )


def card_post(job: Job, upload: Upload, quotas: Quotas | None, offered: Offered = USUAL) -> Post:
    """Return the result as a card."""

    def card(job: Job, note: str = "") -> dict[str, Any]:
        return {"view": cards.result(job, upload, quotas, offered, note)}

    def direct() -> dict[str, Any]:
        why = cards.translator_for_requester(job)(phrases.SENT_DIRECTLY) if reaches_only_requester(job) else ""
        return card(cards.for_requester_alone(job), why)

    return Post(lambda: card(job), lambda: cards.files(job, upload), "result", direct)


def plain_post(job: Job, upload: Upload) -> Post:
    """Return the result as text and files, for the case that Discord rejects the card."""
    return Post(lambda: {"content": cards.plain_result(job)}, lambda: cards.bare_files(job, upload), "result")


def held_bytes(images: Sequence[ResultImage]) -> int:
    """Return the bytes of *images* in memory; an image that appears twice counts once."""
    return sum({id(image.data): len(image.data) for image in images}.values())
