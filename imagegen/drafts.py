"""Prompts with alternatives: shown with their cost, kept for minutes, and started as several jobs or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from imagegen.accepting import note_accepted, refusals_counted
from imagegen.deadline import ANSWER_S, read_in_time
from imagegen.image_request import ImageRequest
from imagegen.model import INSTALL, Job, Request, Scope
from imagegen.policy.alternatives import MAX_ALTERNATIVES, MAX_BY_TOKEN, expanded
from imagegen.policy.quota import Limits
from imagegen.policy.validation import edit_request
from imagegen.prompt_check import PromptCheck, Verdict
from imagegen.reports import Draft, Submission
from imagegen.store import drafts
from imagegen.store.admission import SubmissionPlan
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal


class Validated(Protocol):
    """A valid request and its plan, as the service validates it."""

    @property
    def image_request(self) -> ImageRequest:
        """The request, trimmed and with a seed."""

    @property
    def plan(self) -> SubmissionPlan:
        """What it costs."""


Validate = Callable[[Request, int | None], Validated]


class Drafts:
    """Keeps and starts drafts. *validate* and *prompt_check* are the service's."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        validate: Validate,
        prompt_check: PromptCheck,
        wake_signal: WakeSignal,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._limits, self._validate = store, limits, validate
        self._prompt_check, self._wake_signal, self._clock = prompt_check, wake_signal, clock

    def prompts(self, prompt: str, scope: Scope) -> tuple[str, ...]:
        """Return each combination of the alternatives of *prompt*.

        Raise Refused for more than a person may queue, or than one interaction's token delivers.
        """
        most = MAX_BY_TOKEN if scope == INSTALL else MAX_ALTERNATIVES
        return expanded(prompt, min(most, self._limits.queued_per_member))

    def units(self, requests: Sequence[Request], input_counts: Sequence[int]) -> int:
        """Return what *requests* use of a quota together. Raise Refused if one of them cannot be generated."""
        found = [self._validate(*each) for each in zip(requests, input_counts, strict=True)]
        return sum(one.plan.weight * one.image_request.count for one in found)

    async def keep(
        self, requests: Sequence[Request], input_counts: Sequence[int], source: Job | None = None, form: str = ""
    ) -> int:
        """Store the requests of one member as a draft, and return its id. Raises StoreUnavailable.

        *source* is the job that they change, and *form* opens the request again.
        """
        asked = tuple(_change_of(source, request.image_request) for request in requests)
        source_id = None if source is None else source.id
        draft = Draft(0, requests[0].requester.user_id, asked, tuple(input_counts), source_id, form)
        return await self._store.write_within(ANSWER_S, drafts.keep, draft, now=self._clock())

    async def find(self, draft_id: int, user_id: int) -> Draft | None:
        """Return a draft of this member that may still be started."""
        return await read_in_time(self._store, drafts.find, draft_id, user_id, now=self._clock())

    async def cancel(self, draft_id: int, user_id: int) -> bool:
        """Delete a draft of this member; return False if there is none."""
        return await self._store.write_within(ANSWER_S, drafts.cancel, draft_id, user_id)

    async def start(self, draft: Draft, by: Request) -> tuple[Submission, ...] | None:
        """Accept every request of *draft* for the requester and address of *by*, or raise Refused for all of them.

        Return the same jobs if the draft was started before, and None if it is gone. Raises as ``submit`` does.
        """
        with refusals_counted(f"d:{draft.id}"):
            requests, plans = self._planned(draft, by)

            def transact(verdicts: Sequence[Verdict]) -> Awaitable[tuple[Submission, ...] | None]:
                judged = [replace(plan, verdict=verdict) for plan, verdict in zip(plans, verdicts, strict=True)]
                limits, now = self._limits, self._clock()
                return self._store.write_within(
                    ANSWER_S, drafts.start, draft, requests, plans=judged, limits=limits, now=now
                )

            asked = [request.image_request for request in requests]
            submissions = await self._prompt_check.judged_together(by.requester.scope, asked, transact)
        for submission in submissions or ():
            note_accepted(submission, self._wake_signal)
        return submissions

    def _planned(self, draft: Draft, by: Request) -> tuple[list[Request], list[SubmissionPlan]]:
        """Return the requests with keys of the draft and one seed, so that only their words differ, and their plans."""
        asked = [
            replace(by, key=f"d:{draft.id}:{number}", image_request=request)
            for number, request in enumerate(draft.requests, start=1)
        ]
        found = [self._validate(*each) for each in zip(asked, draft.input_counts, strict=True)]
        seed = found[0].image_request.seed
        requests = [
            replace(one, image_request=replace(it.image_request, seed=seed))
            for one, it in zip(asked, found, strict=True)
        ]
        return requests, [it.plan for it in found]


def _change_of(source: Job | None, wanted: ImageRequest) -> ImageRequest:
    """Return *wanted* as a change of *source*, if there is one."""
    return wanted if source is None else replace(edit_request(source, wanted), private=wanted.private)
