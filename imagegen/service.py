"""What members can do: precheck, submit, again, change, cancel, quota.

Slash commands, menus, mentions and buttons all call this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import TypeVar

import structlog

from imagegen.accepting import note_accepted, refusals_counted
from imagegen.albums import Albums
from imagegen.characters import Characters
from imagegen.deadline import ANSWER_S, read_in_time
from imagegen.departures import Departures
from imagegen.display import Display
from imagegen.drafts import Drafts
from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.history import History
from imagegen.image_request import ImageRequest
from imagegen.imaging.images import Decoder, ImageReader
from imagegen.member_defaults import fewer_images
from imagegen.members import Members
from imagegen.model import Call, Job, Request, Requester, Scope
from imagegen.model_choice import Fitted, ModelChoice
from imagegen.model_options import ModelOptions
from imagegen.operator_admin import OperatorAdmin
from imagegen.operator_limits import limits_from, model_queues_of
from imagegen.part_editing import PartEditing
from imagegen.policy import variations
from imagegen.policy.characters import kept_inputs
from imagegen.policy.private_results import as_seen_by, hides_inputs
from imagegen.policy.quota import percent_used
from imagegen.policy.validation import edit_request, repeat_request
from imagegen.private_defaults import KnownPrivateDefaults
from imagegen.prompt_check import PromptCheck, Verdict
from imagegen.provenance import Provenance
from imagegen.refused_models import RefusedModels
from imagegen.reports import QuotaStatus, RequestLimits, Submission
from imagegen.review import Review
from imagegen.server_admin import ServerAdmin
from imagegen.settings import Settings
from imagegen.sharing import Sharing
from imagegen.store import admission, input_bytes, jobs
from imagegen.store.admission import SubmissionPlan
from imagegen.store.engine import Store
from imagegen.styles import Styles
from imagegen.wakeup import WakeSignal
from imagegen.wan import calls, catalogue
from imagegen.wan.client import WanClient
from imagegen.wan.record import Use, use_of

T = TypeVar("T")

log = structlog.get_logger(__name__)

PRECHECK_S = 0.2  # a refusal known by then is answered in private at once; a later one follows the acknowledgement
FULL = 100  # percent
CANCEL_CHECKS, CANCEL_CHECK_S = 30, 0.5  # a few polls of the task: for that long the answer to Cancel waits for Wan


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Prechecked:
    """A request that was validated once: what to generate, and the plan by which."""

    image_request: ImageRequest  # trimmed, with its seed and aspect ratio
    plan: SubmissionPlan


class Service:
    """Everything that a member can do. Safe to call from many tasks of one event loop."""

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
        self._store, self._settings, self._rng, self._clock = store, settings, rng, clock
        self._limits = limits_from(settings)
        reachable = partial(calls.reachable_calls, region=settings.region, style=settings.wan_call)
        self.refused_models = RefusedModels(store, settings.lineup.models, clock, reachable)
        refused, weights = self.refused_models.uses, settings.model_weights
        self._models = ModelChoice(settings.lineup, weights, refused, settings.region)
        self.model_options = ModelOptions(settings.lineup, weights, refused, settings.region)
        self._prompt_check = PromptCheck()
        self.model_queues = model_queues_of(settings)
        decoder = Decoder() if reader is None else reader.decoder
        self.display = Display(
            store, wan, decoder, reader, limits=self._limits, model_queues=self.model_queues, clock=clock
        )
        self.parts = PartEditing(store, reader)
        self.albums = Albums(reader)
        self.members = Members(store, self._models, clock)
        self.history = History(store, self.members, clock)
        self.provenance = Provenance(store, reader, clock)
        self.styles = Styles(store, self._models, reader, self._limits, self.wake_signal, clock)
        self.sharing = Sharing(store, reader, self._limits, clock)
        self.characters = Characters(store, reader, self._limits, self.wake_signal, clock)
        self.departures = Departures(store, clock)
        self.drafts = Drafts(store, self._limits, self._validated, self._prompt_check, self.wake_signal, clock)
        self.private_defaults = KnownPrivateDefaults(store, self.members)
        self.review = Review(store, self.wake_signal, clock)
        self.server_admin = ServerAdmin(store, self._limits, clock, self.private_defaults)
        self.operator_admin = OperatorAdmin(store, self._limits, self.wake_signal, clock)

    async def refresh(self) -> None:
        """Read again what this process remembers of the database. Raises StoreUnavailable."""
        await self.refused_models.refresh()
        await self.private_defaults.refresh()

    def part_model(self, kept: str | None) -> str | None:
        """Return the model that an edit of a part names. Raises Refused, as ``ModelChoice.part_model`` does."""
        return self._models.part_model(kept)

    def part_limits(self, named: str | None) -> RequestLimits:
        """Return what an edit of a part of one image by the *named* model may hold now; None: by the usual one.

        Raises Refused if no model edits images now.
        """
        named = self.model_options.kept(named, 1)
        model = catalogue.MODELS[named] if named is not None else self._models.for_parts()
        return self._models.limits(model, Use.IMAGE_EDITING, boxes=True)

    def validated(self, request: Request, input_count: int | None = None) -> Prechecked:
        """Validate *request* in memory and return its plan. Raises Refused.

        *input_count* counts the input images if they come from another job; None: those that the request names.
        """
        with refusals_counted(request.key):
            return self._validated(request, input_count)

    def _validated(self, request: Request, input_count: int | None = None) -> Prechecked:
        self._check_server(request.requester.scope)
        wanted = request.image_request
        images = len(wanted.images) if input_count is None else input_count
        fitted = self._models.fitted(wanted, images)
        fitted = replace(fitted, image_request=self._seeded(fitted.image_request))
        return Prechecked(fitted.image_request, self._plan(fitted, images))

    async def precheck(self, request: Request, found: Prechecked) -> None:
        """Raise Refused when the database refuses *request*, which was *found* valid, at once.

        Takes one read of at most 200 ms. ``submit`` decides: it may refuse what passed here, for example when the
        store was too slow to answer.
        """
        with refusals_counted(request.key), suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(PRECHECK_S):
                await self._run_checked(self._store.read, admission.precheck, request, found)

    async def submit(self, request: Request, prechecked: Prechecked | None = None) -> Submission:
        """Accept a request: when this returns, the job is stored and its quota reserved.

        The same key again returns the same job and reserves nothing. *prechecked*, from ``validated``, saves a second
        validation. Raises Refused or StoreUnavailable: nothing is reserved, now or later. Raises StoreInDoubt within
        5 s: the request may have been accepted, and then ends like any other.
        """
        return await self._accept(request, lambda: prechecked or self._validated(request), admission.accept)

    async def again(self, request: Request, source_id: int, prechecked: Prechecked | None = None) -> Submission:
        """Accept the request of job *source_id* again with a new seed, for the requester, key and address of *request*.

        Raises Refused INPUTS_GONE when that job, or its input images, are no longer kept; else as ``submit`` does.
        """
        source = await self.reusable_job(source_id, request.requester.user_id)
        return await self._accept_from(source, request, repeat_request, prechecked)

    async def change(self, request: Request, source_id: int, prechecked: Prechecked | None = None) -> Submission:
        """Accept the prompt and options of *request* with the input images of job *source_id*; raise as ``again`` does.

        The seed stays, so that nothing else changes.
        """
        wanted = request.image_request if prechecked is None else prechecked.image_request
        source = await self.reusable_job(source_id, request.requester.user_id)
        return await self._accept_from(source, request, partial(edit_request, wanted=wanted), prechecked)

    async def vary(self, request: Request, source_id: int, prechecked: Prechecked | None = None) -> Submission:
        """Accept *request*, a variation of job *source_id*, with the input images of that; raise as ``again`` does."""
        wanted = request.image_request if prechecked is None else prechecked.image_request
        source = await self.reusable_job(source_id, request.requester.user_id)
        return await self._accept_from(source, request, partial(variations.derived, wanted=wanted), prechecked)

    async def cancel(self, job_id: int) -> Job | None:
        """Cancel a job and release its quota; return None when the job can no longer be canceled, or is gone.

        A story that is being generated is asked to stop, and is still ``submitting`` when this returns. A task that
        Wan has not begun is still ``submitted``: ``after_cancel`` waits for Wan's answer.
        """
        job = await self._store.write_within(ANSWER_S, jobs.cancel, job_id, now=self._clock())
        if job is not None:
            log.info("cancel_requested", job=job_id, state=job.state)
            self.wake_signal.send_for(job.state)
        return job

    async def after_cancel(self, job_id: int) -> Job | None:
        """Return the job once its task at Wan is canceled or begun, or as the job is after 15 s."""
        for _ in range(CANCEL_CHECKS):
            job = await self.display.job(job_id)
            if job is None or not job.waits_at_wan:
                return job
            await asyncio.sleep(CANCEL_CHECK_S)
        return await self.display.job(job_id)

    async def quota(self, requester: Requester) -> tuple[QuotaStatus, ...]:
        """Return every quota of *requester*, in the server where they are now."""
        return await read_in_time(self._store, admission.quotas_left, requester, self._limits, now=self._clock())

    async def used_up_share(self, requester: Requester) -> QuotaStatus | None:
        """Return the share of the budget of the server where *requester* is, if what is left pays for no image."""
        server_id = requester.scope.server_id
        share = None if server_id is None else await self.server_admin.share(server_id)
        return share if share is not None and percent_used(share, self._limits) >= FULL else None

    async def reusable_job(self, job_id: int, user_id: int) -> Job:
        """Return job *job_id* as a person may repeat it.

        Raises Refused INPUTS_GONE if the job, its prompt or its input images are gone, INPUTS_PRIVATE if the person may
        not see these.
        """
        job = await self.display.job(job_id)
        if job is None or not job.request.prompt:  # its prompt may have been erased
            raise Refused(Reason.INPUTS_GONE)
        if hides_inputs(job, user_id):
            raise Refused(Reason.INPUTS_PRIVATE)
        if job.input_count and await read_in_time(self._store, input_bytes.count_stored, job_id) < job.input_count:
            raise Refused(Reason.INPUTS_GONE)
        return as_seen_by(user_id, job)

    def other_call(self, job: Job) -> Call | None:
        """Return another call style that can generate *job*, for when Wan refuses the job's own; None where none is."""
        mode = catalogue.MODELS[job.model].modes[use_of(job.request, job.input_count)]
        return calls.other_call(mode, self._settings.region, job.call, self._settings.wan_call)

    async def _accept_from(
        self, source: Job, request: Request, derive: Callable[[Job], ImageRequest], prechecked: Prechecked | None
    ) -> Submission:
        """Accept what *derive* makes of *source*, with the input images of *source*.

        The results are private if those of *request* are: *source* may have been shared since.
        """
        wanted = replace(derive(source), private=request.image_request.private)

        def find() -> Prechecked:
            if prechecked is None:
                images = len(kept_inputs(source.request, source.input_count, wanted)) + len(wanted.images)
                return self._validated(replace(request, image_request=wanted), images)
            return replace(prechecked, image_request=self._seeded(wanted))

        return await self._accept(request, find, admission.accept_again, source_id=source.id)

    async def _accept(
        self, request: Request, find: Callable[[], Prechecked], transaction: Callable[..., Submission], **more: int
    ) -> Submission:
        with refusals_counted(request.key):
            found = find()
            write: Callable[..., Awaitable[Submission]] = partial(self._store.write_within, ANSWER_S)
            submission = await self._run_checked(write, transaction, request, found, **more)
        note_accepted(submission, self.wake_signal)
        return submission

    async def _run_checked(
        self,
        run: Callable[..., Awaitable[T]],
        transaction: Callable[..., T],
        request: Request,
        found: Prechecked,
        **more: int,
    ) -> T:
        """Run a transaction with a verdict on the prompt, which is found before the transaction begins."""
        request = replace(request, image_request=found.image_request)

        def transact(verdict: Verdict) -> Awaitable[T]:
            plan = replace(found.plan, verdict=verdict)
            return run(transaction, request, plan=plan, limits=self._limits, now=self._clock(), **more)

        try:
            return await self._prompt_check.judged(request.requester.scope, request.image_request, transact)
        except Refused as refused:
            if (count := fewer_images(refused, found.image_request)) is None:
                raise self._models.with_lighter(refused, found.image_request, found.plan.images) from None
        fewer = replace(found, image_request=replace(found.image_request, count=count))
        return await self._run_checked(run, transaction, request, fewer, **more)

    def _seeded(self, wanted: ImageRequest) -> ImageRequest:
        return wanted if wanted.seed is not None else replace(wanted, seed=self._rng.randrange(catalogue.MAX_SEED + 1))

    def _plan(self, fitted: Fitted, images: int) -> SubmissionPlan:
        region, style = self._settings.region, self._settings.wan_call
        model, use, wanted = fitted.model, fitted.use, fitted.image_request
        call = calls.call_for(model.modes[use], region, wanted, style)
        other = calls.other_call(model.modes[use], region, call, style)
        prices, weights = self._settings.price_usd, self._settings.model_weights
        cost = catalogue.cost(model, use, wanted, images, region, prices, weights)
        return SubmissionPlan(
            model.name,
            call,
            cost.image_microusd,
            images,
            self._store.owner,
            other_call=other,
            weight=cost.weight,
            input_price_microusd=cost.input_microusd,
        )

    def _check_server(self, scope: Scope) -> None:
        allowed = self._settings.allowed_servers
        if allowed and scope.server_id not in allowed:
            raise Refused(Reason.SERVER_NOT_ALLOWED)
