"""Whether the results of a request are private: shown to the requester alone; and what others may do with the images
of them that the requester shares. Frozen records, pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from imagegen.image_request import ImageRequest
from imagegen.model import DIRECT, Job, Requester
from imagegen.policy.characters import kept_inputs


@dataclass(frozen=True)
class ServerDefault:
    """What the managers of a server decided: results are private in the whole server, or in some channels."""

    everywhere: bool = False
    channels: frozenset[int] = frozenset()

    def covers(self, requester: Requester) -> bool:
        """Return whether results are private where *requester* is. A thread counts as its parent channel too."""
        return self.everywhere or not self.channels.isdisjoint((requester.channel_id, requester.parent_channel_id))


@dataclass(frozen=True)
class PrivateDefaults:
    """The defaults of all servers that have one. *is_whole*: none is missing."""

    servers: Mapping[int, ServerDefault] = field(default_factory=dict)
    is_whole: bool = False

    def private(self, requester: Requester, chosen: bool | None = None) -> bool:
        """Return whether a result is private: as the member has *chosen*, else by the default where they are.

        If a default may be missing, the result is private: a private result can be shared, and a public one cannot be
        taken back. In a direct message with the bot every result is for one person anyway, and is an ordinary one.
        """
        if requester.scope == DIRECT:
            return False
        if chosen is not None or not self.is_whole:
            return chosen is not False
        here = self.servers.get(requester.server_id or 0)
        return here is not None and here.covers(requester)


def for_others(request: ImageRequest) -> ImageRequest:
    """Return the request of private results as others know it who see one of them: a request of one image.

    Where it made several, its seed would bring back those that were not shared.
    """
    if request.count == 1:
        return request
    return replace(request, seed=None, count=request.count if request.may_span_messages else 1)


def hides_inputs(job: Job, user_id: int) -> bool:
    """Return whether *job* has input images that its requester alone may see: none of a style or character."""
    is_others = job.request.private and job.requester.user_id != user_id
    return is_others and bool(kept_inputs(job.request, job.input_count, ImageRequest("")))


def as_seen_by(user_id: int, job: Job) -> Job:
    """Return *job* with its request as a person knows it who sees a result of it."""
    is_theirs = job.requester.user_id == user_id
    return job if is_theirs or not job.request.private else replace(job, request=for_others(job.request))
