"""What members have generated: search it, list its quota, erase it. Sends nothing to Wan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from imagegen.members import Members
from imagegen.model import Job
from imagegen.my_data import File, Room, collected
from imagegen.policy.server_settings import Consent
from imagegen.reports import Receipt, ResultFilter
from imagegen.store import characters, erasure, history, reviews, stars
from imagegen.store.engine import Store

PAGE = 5  # requests per page
MAX_ANCESTORS = 9  # results on a contact sheet
STARS = 1_000  # of one person: that many results are kept for them beyond their retention period
ERASED_AT_ONCE = 500  # rows, so that no command waits for the deletion; the rest is erased in the background


class History:
    """Reads past results. The caller checks who may see an image: the caller knows the channels."""

    def __init__(self, store: Store, members: Members, clock: Callable[[], datetime]) -> None:
        self._store, self._members, self._clock = store, members, clock

    async def results(
        self, wanted: ResultFilter, viewer_id: int, before: int | None = None, limit: int = PAGE + 1
    ) -> tuple[Job, ...]:
        """Return the results that *wanted* selects, older than job *before*, newest first: a page and one more."""
        return await self._store.read(history.results, wanted, viewer_id=viewer_id, before=before, limit=limit)

    async def origins(self, job_id: int) -> tuple[Job, ...]:
        """Return a result and the results that it came from, oldest first."""
        return await self._store.read(history.origins, job_id, limit=MAX_ANCESTORS)

    async def toggle_star(self, user_id: int, job_id: int) -> None:
        """Give a result a person's star, or take it back. Raises Refused RESULT_NOT_VISIBLE or STARS_USED."""
        await self._store.write(stars.toggle, job_id, user_id, limit=STARS, now=self._clock())

    async def stars_of(self, job_id: int) -> int:
        """Return how many people have starred a result."""
        return await self._store.read(stars.count, job_id)

    async def original_prompt(self, job: Job) -> str:
        """Return the prompt of the first result that *job* came from, as ``readable_original`` does.

        Return "" if managers removed that result after a report.
        """
        if job.request.parent_id is None or not job.input_count:
            return ""
        chain = await self.origins(job.id)
        prompt = readable_original(job, chain)
        if not prompt:
            return ""
        is_removed = await self._store.read(reviews.is_removed, chain[0].id)
        return "" if is_removed else prompt

    async def accounts(self, user_id: int, before: int | None = None) -> tuple[Receipt, ...]:
        """Return a page of a person's requests with their quota, newest first, and one more if there are more."""
        return await self._store.read(history.receipts, user_id, before=before, limit=PAGE + 1)

    async def forget(self, user_id: int) -> int:
        """Erase the prompts and images of all requests of a person; return how many requests are erased so far.

        Images that the person posted are erased from the requests of others too. The ledger stays. Waiting jobs are
        canceled; a job that is being generated is erased when it has ended.
        """
        erased = await self._store.write(erasure.forget, user_id, limit=ERASED_AT_ONCE, now=self._clock())
        self._members.forgotten(user_id)
        return erased

    async def everything_of(self, user_id: int, room: Room) -> tuple[File, ...]:
        """Return all stored data of a person as files: the document first, then as many images as *room* allows."""
        return await collected(self._store, user_id, room, now=self._clock())

    async def set_consent(self, user_id: int, consent: Consent) -> None:
        """Set who may edit the images that a person posts, and their avatar. NEVER withdraws all that shows them."""
        await self._store.write(characters.set_consent, user_id, consent, now=self._clock())

    async def languages(self, user_id: int, server_id: int | None) -> tuple[str | None, str | None]:
        """Return the language as ``locale_of``, and the one that the managers of a server chose for its messages."""
        locale, language = await self._store.read(history.languages, user_id, server_id)
        return self._members.settings(user_id).language or locale, language

    async def locale_of(self, user_id: int) -> str | None:
        """Return the language that a person chose, or that of their client at their last request; None if unknown."""
        if (chosen := self._members.settings(user_id).language) is not None:
            return chosen
        return await self._store.read(history.locale_of, user_id)


def readable_original(job: Job, chain: Sequence[Job]) -> str:
    """Return the prompt of the first result of *chain*, which ends in *job*; empty unless those who see *job* see it.

    So it is empty if the chain is incomplete, or if the first result was private, erased or in another channel.
    """
    if len(chain) < 2 or chain[0].request.parent_id is not None:
        return ""
    first = chain[0]
    is_here = (first.requester.scope, first.address.channel_id) == (job.requester.scope, job.address.channel_id)
    is_theirs = first.requester.user_id == job.requester.user_id
    is_private = first.request.private and not (job.request.private and is_theirs)
    is_other = first.request.prompt != job.request.prompt
    return first.request.prompt if is_here and is_other and not is_private else ""
