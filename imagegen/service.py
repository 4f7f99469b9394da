"""The front door: look, submit, cancel, allowance. Every way in — slash, menu, mention, button — goes through here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection

from imagegen import telemetry
from imagegen.departures import Departures
from imagegen.errors import Reason, Refused, StoreUnavailable, WanError, WanvasError
from imagegen.history import History
from imagegen.imaging import fitting
from imagegen.imaging.byte_budget import MAX_RESULT_BYTES
from imagegen.imaging.images import Decoder, ImageReader
from imagegen.model import (
    Call,
    ImageLink,
    Job,
    QueueEntry,
    Quotas,
    QuotaStatus,
    Request,
    Requester,
    RequestLimits,
    ResultImage,
    Submission,
)
from imagegen.operator_admin import OperatorAdmin
from imagegen.ownership import Still
from imagegen.policy.quota import Limits
from imagegen.policy.validation import edit_request, repeat_request, validate_request
from imagegen.prompt_check import PromptCheck, Verdict
from imagegen.server_admin import ServerAdmin
from imagegen.settings import Settings
from imagegen.store import jobs, queue_positions, stories
from imagegen.store.engine import Store
from imagegen.store.jobs import SubmissionPlan
from imagegen.store.queue import ModelQueue
from imagegen.wakeup import WakeSignal
from imagegen.wan import catalogue
from imagegen.wan.client import WanClient
from imagegen.wan.results import image_kind
from imagegen.worker import membership

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

LOOK_S = 0.2  # a refusal known by then is answered privately at once; later ones follow the acknowledgement
ANSWER_S = 5.0  # nobody is left longer without a word by a database that hangs
CANCEL_LOOKS, CANCEL_LOOK_S = 30, 0.5  # a few polls of the task: so long the answer to Cancel follows it
MAX_ID = 2**63 - 1  # what a database holds; an id out of a made-up button or form may be larger


def utc_now() -> datetime:
    return datetime.now(UTC)


def limits_from(settings: Settings) -> Limits:
    """The operator's ceilings, as the ledger counts them."""
    return Limits(
        zone=settings.zone,
        member_images_per_day=settings.member_images_per_day,
        person_images_per_day=settings.person_images_per_day,
        server_images_per_month=settings.server_images_per_month,
        budget_microusd_per_day=round(settings.budget_usd_per_day * 1_000_000),
        budget_microusd_per_month=round(settings.budget_usd_per_month * 1_000_000),
        attempts_per_day=settings.attempts_per_day,
        queued_per_member=settings.queued_per_member,
        queued_max=settings.queued_max,
        input_bytes_per_person=settings.input_mb_per_person * 1024 * 1024,
        input_bytes=settings.input_mb * 1024 * 1024,
    )


class Service:
    """What a member can do, whatever they do it with. Safe to call from many tasks of one event loop."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        wan: WanClient,
        *,
        rng: Random,
        reader: ImageReader | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.wake_signal = WakeSignal()
        self._reader, self._decoder = reader, Decoder() if reader is None else reader.decoder
        self._store, self._settings, self._wan, self._rng, self._clock = store, settings, wan, rng, clock
        self._limits = limits_from(settings)
        self._judge = PromptCheck()
        self.library = History(store, clock)
        self.servers = Departures(store, clock)
        self.studio = ServerAdmin(store, self._decoder, self._limits, clock)
        self.operating = OperatorAdmin(store, self._limits, self.wake_signal, clock)
        # Also of those that are offered no longer: what was accepted while they were is made.
        self.model_queues = tuple(
            ModelQueue(model.name, model.in_flight, catalogue.requests_per_second(model, settings.region))
            for model in catalogue.MODELS.values()
        )

    @property
    def model_choices(self) -> tuple[str, ...]:
        """The models that a member may choose from; empty where there is nothing to choose."""
        return self._settings.offer.choices

    def limits(self, images: int, *, story: bool = False, model: str | None = None) -> RequestLimits:
        """What an ask with so many images may hold, of *model* where one is named. Refused where none takes it."""
        use = catalogue.use_for(images, story=story)
        return catalogue.request_limits(self._settings.offer.model_for(use, model), use)

    async def look(self, ask: Request, given: int | None = None) -> None:
        """Raise Refused when a refusal is known at once.

        One read, at most 200 ms. Returning promises nothing: submit decides, also when the store was too slow to say.
        *given* counts the images that another request keeps, where it is made from those.
        """
        plan, ask = self._planned(ask, len(ask.request.images) if given is None else given)
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(LOOK_S):
                await self._judged(self._store.read, jobs.precheck, ask, plan)

    async def submit(self, ask: Request) -> Submission:
        """Accept an ask: the job is safe and its allowance held when this returns.

        The same key again is the same job, and holds nothing. Raises Refused or StoreUnavailable: nothing is held then,
        nor will be. StoreInDoubt, also within 5 s: it may be accepted yet, and then ends like any other.
        """
        return await self._accept(ask, len(ask.request.images), jobs.accept)

    async def kept(self, job_id: int) -> Job:
        """Job *job_id*. Refused INPUTS_GONE when it, its words, or the images it was made from are no longer kept."""
        job = await self.job(job_id)
        if job is None or not job.request.prompt:  # its words may have been forgotten
            raise Refused(Reason.INPUTS_GONE)
        if job.input_count and await self._read(jobs.count_kept_inputs, job_id) < job.input_count:
            raise Refused(Reason.INPUTS_GONE)
        return job

    async def again(self, ask: Request, source_id: int) -> Submission:
        """Accept the request of job *source_id* again with a new seed, for the requester, key and address of *ask*.

        Raises Refused INPUTS_GONE when that job, or the images it was made from, are no longer kept.
        """
        source = await self.kept(source_id)
        return await self._accept_from(source, replace(ask, request=repeat_request(source)))

    async def changed(self, ask: Request, source_id: int) -> Submission:
        """Accept the words and numbers of *ask* with the images of job *source_id*; raises as ``again`` does.

        The seed stays, so that only what was changed changes.
        """
        source = await self.kept(source_id)
        return await self._accept_from(source, replace(ask, request=edit_request(source, ask.request)))

    async def _accept_from(self, source: Job, ask: Request) -> Submission:
        return await self._accept(ask, source.input_count, jobs.accept_again, source_id=source.id)

    async def _accept(
        self, ask: Request, images: int, transaction: Callable[..., Submission], **more: int
    ) -> Submission:
        try:
            plan, ask = self._planned(ask, images)
            write: Callable[..., Awaitable[Submission]] = partial(self._store.write_within, ANSWER_S)
            receipt = await self._judged(write, transaction, ask, plan, **more)
        except WanvasError as error:
            telemetry.ASKS.labels(outcome=error.reason).inc()
            log.info("ask_refused", key=ask.key, why=str(error))
            raise
        telemetry.ASKS.labels(outcome="repeated" if receipt.repeated else "accepted").inc()
        log.info("ask_accepted", job_id=receipt.job.id, key=ask.key, model=plan.model, repeated=receipt.repeated)
        self.wake_signal.ring()
        return receipt

    async def _judged(
        self,
        run: Callable[..., Awaitable[T]],
        transaction: Callable[..., T],
        ask: Request,
        plan: SubmissionPlan,
        **more: int,
    ) -> T:
        """Run a transaction with a verdict on the words of *ask*, which is found before it begins."""

        def transact(verdict: Verdict) -> Awaitable[T]:
            judged = replace(plan, verdict=verdict)
            return run(transaction, ask, plan=judged, limits=self._limits, now=self._clock(), **more)

        return await self._judge.judged(ask.requester.scope, ask.request, transact)

    def _planned(self, ask: Request, images: int) -> tuple[SubmissionPlan, Request]:
        self._check_place(ask.requester.scope)
        use = catalogue.use_for(images, story=ask.request.story)
        model = self._settings.offer.model_for(use, ask.request.model)
        request = validate_request(ask.request, images, catalogue.request_limits(model, use))
        seed = self._rng.randrange(catalogue.MAX_SEED + 1) if request.seed is None else request.seed
        region, style = self._settings.region, self._settings.wan_call
        mode = model.modes[use]
        call = catalogue.call_for(mode, region, request.count, request.quality, style, enhance=request.enhance)
        price = catalogue.price_microusd(model, region, self._settings.price_usd)
        other = catalogue.other_call(mode, region, call, style)
        plan = SubmissionPlan(model.name, call, price, images, self._store.owner, other_call=other)
        return plan, replace(ask, request=replace(request, seed=seed))

    def other_call(self, job: Job) -> Call | None:
        """By which a job can be made too, where Wan refuses the call style that it has."""
        mode = catalogue.MODELS[job.model].modes[catalogue.use_for(job.input_count, story=job.request.story)]
        return catalogue.other_call(mode, self._settings.region, job.call, self._settings.wan_call)

    def _check_place(self, scope: str) -> None:
        allowed = self._settings.allowed_servers
        if allowed and scope not in {f"g:{server_id}" for server_id in allowed}:
            raise Refused(Reason.SERVER_NOT_ALLOWED)

    async def cancel(self, job_id: int) -> Job | None:
        """Take a job out of the line and return what it held; None when it can no longer be canceled, or is gone.

        A story that is being told is asked to stop, and is still ``submitting`` then. A task that Wan has not begun is
        still ``submitted``: ``after_cancel`` waits for what becomes of it.
        """
        job = await self._store.write_within(ANSWER_S, jobs.cancel, job_id, now=self._clock())
        self.wake_signal.ring()
        return job

    async def after_cancel(self, job_id: int) -> Job | None:
        """The job once its task at Wan is canceled or begun, or as it stands after CANCEL_LOOKS."""
        for _ in range(CANCEL_LOOKS):
            job = await self.job(job_id)
            if job is None or not job.waits_at_wan:
                return job
            await asyncio.sleep(CANCEL_LOOK_S)
        return await self.job(job_id)

    async def allowance(self, requester: Requester) -> tuple[QuotaStatus, ...]:
        """Every allowance of *requester* where they are now."""
        return await self._read(jobs.quotas_left, requester, self._limits, now=self._clock())

    async def quotas_of(self, job: Job, roles: tuple[int, ...]) -> Quotas:
        """The same of whoever asked for *job*, with *roles* by now, and what the open job reserves of each."""
        requester = replace(job.requester, roles=roles)
        return await self._read(jobs.quotas_of, job, requester, self._limits, now=self._clock())

    async def job(self, job_id: int) -> Job | None:
        return None if job_id > MAX_ID else await self._read(jobs.job, job_id)

    async def job_of_message(self, message_id: int) -> Job | None:
        """The job whose card, result or story stands in that message."""
        return None if message_id > MAX_ID else await self._read(jobs.job_by_message, message_id)

    async def set_message(self, job_id: int, message_id: int, channel_id: int | None = None) -> None:
        """Remember where a job's card stands, so that it can be edited after its token died."""
        await self._store.write(jobs.set_message, job_id, message_id, channel_id, now=self._clock())

    async def continue_in(self, job_id: int, position: int, message_id: int) -> None:
        """Remember in which message a story goes on; *position* 2 is its second one."""
        await self._store.write(stories.continue_in, job_id, position, message_id)

    async def further_messages(self, job_id: int) -> tuple[int, ...]:
        """The messages in which a story goes on, in their order."""
        return await self._read(stories.messages_of, job_id)

    def shows(self, waiting: QueueEntry) -> bool:
        """Whether it is this process that keeps the card of a waiting job: of several, one does."""
        return waiting.home in (None, self._store.owner)

    async def check_home(self, job_id: int) -> Still:
        """Return if this process keeps the card of a job that has not ended; raises OwnershipLost."""
        return await membership.check_home(self._store, job_id)

    async def line(self) -> tuple[QueueEntry, ...]:
        """The place of every job that is neither made nor ended, with an estimate."""
        return await self._read(queue_positions.queue_entries, limits=self.model_queues, now=self._clock())

    async def _read(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._store.read(transaction, *args, **more)
        except TimeoutError:
            raise StoreUnavailable(f"no answer within {ANSWER_S} s") from None

    async def image(self, link: str, size: str = "") -> ResultImage:
        """One image that Wan made, as it made it. Raises WanLinkLost or another WanError."""
        return _result_image(await self._wan.download(link, MAX_RESULT_BYTES), size)

    async def images_of(self, job: Job) -> tuple[ResultImage, ...]:
        """The images that were made for *job*, as Wan made them. Raises WanLinkLost or another WanError."""
        if job.made is None:
            return ()
        try:
            async with asyncio.TaskGroup() as group:
                downloads = [group.create_task(self._wan.download(link, MAX_RESULT_BYTES)) for link in job.made.links]
        except* WanError as errors:
            raise _first(errors) from None
        return tuple(_result_image(download.result(), job.made.size) for download in downloads)

    async def sheet(self, links: Sequence[ImageLink | None]) -> bytes:
        """Images that people see as one contact sheet, a JPEG, with an empty tile for None; nothing where none is."""
        return b"" if self._reader is None else await self._reader.sheet(links)

    async def fitted(
        self, images: Sequence[ResultImage], *, file_bytes: int, together_bytes: int
    ) -> tuple[ResultImage, ...]:
        """*images* within these limits, untouched where they are; one that cannot be saved smaller stays as it is."""
        shrink = self._decoder.shrink
        return await fitting.fit_uploads(images, file_bytes=file_bytes, together_bytes=together_bytes, shrink=shrink)


def _first(errors: ExceptionGroup[WanError]) -> WanError:
    """One of several errors that mean the same to whoever waits for all the images."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def _result_image(data: bytes, size: str) -> ResultImage:
    width, _, height = size.partition("*")
    return ResultImage(data, image_kind(data) or "png", int(width or 0), int(height or 0))
