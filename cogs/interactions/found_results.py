"""Find results for a member: by the options of a command or the id of a button, judged at each press.

A member sees a result while they can see its message. Private results are their requester's, and in public what their
requester has shared of them. Others than the requester and managers do not even learn that a hidden result exists: its
number would tell that its prompt has the words they searched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import discord
from discord.app_commands import Choice

from cogs.interactions import submission, visibility
from cogs.interactions.context import context_of
from cogs.interactions.visibility import MessageLocation
from cogs.text import phrases
from cogs.text.i18n import ENGLISH
from cogs.text.markdown import shortened
from cogs.text.models import full_name
from cogs.text.units import cut
from cogs.ui.filter_ids import FIND_CHARS, Chosen, Whose, mark_of, model_of
from cogs.ui.limits import OPTION_CHARS, SUGGESTIONS
from imagegen.errors import Reason, Refused
from imagegen.history import PAGE
from imagegen.model import Job
from imagegen.policy.days import day_of
from imagegen.policy.validation import clean_text
from imagegen.reports import ResultFilter

READS = 20  # of the store for one page: a page ends after so many hidden results
BY_ME, BY_ANYONE = "mine", "any"  # whose stars


@dataclass(frozen=True)
class FoundResult:
    """One result and where it is now; *location* None: the member cannot see its message.

    *is_readable*: the member may read the prompt, although the message may be gone. *is_listed*: the member may know
    that the result exists.
    """

    job: Job
    location: MessageLocation | None
    is_readable: bool
    is_listed: bool
    is_shared: bool = False  # from private


async def suggest_models(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
    """Suggest the models that results may be of."""
    translate, wanted = submission.translator_for_user(interaction), typed.strip().casefold()
    names = {model: full_name(model, translate) for model in context_of(interaction).service.model_options.known}
    found = [Choice(name=shortened(name, OPTION_CHARS), value=model) for model, name in names.items()]
    return [choice for choice in found if wanted in f"{choice.name} {choice.value}".casefold()][:SUGGESTIONS]


def chosen_from(
    interaction: discord.Interaction[Any],
    *,
    find: str = "",
    member_id: int | None = None,
    model: str = "",
    starred: str = "",
    since: str = "",
    until: str = "",
    everybody: bool = False,
) -> Chosen:
    """Return what the options of a command choose. Raises Refused NO_DAY or NO_SUCH_MODEL."""
    today = datetime.now(UTC).date()
    other = None if member_id == interaction.user.id and not everybody else member_id
    whose = Whose.HERE if everybody or other is not None else Whose.MINE
    if starred == BY_ME:
        whose, other = Whose.STARRED_HERE if everybody else Whose.STARRED, member_id
    return Chosen(
        whose,
        other,
        starred == BY_ANYONE,
        _mark(interaction, model),
        day_of(since, today),
        day_of(until, today, is_end=True),
        cut(" ".join(clean_text(find).split()), FIND_CHARS),
    )


def _mark(interaction: discord.Interaction[Any], named: str) -> str:
    wanted, translate = clean_text(named).strip().casefold(), submission.translator_for_user(interaction)
    for model in context_of(interaction).service.model_options.known if wanted else ():
        if wanted in {text.casefold() for text in (model, full_name(model, translate), full_name(model, ENGLISH))}:
            return mark_of(model)
    if wanted:
        raise Refused(Reason.NO_SUCH_MODEL)
    return ""


def filter_for(interaction: discord.Interaction[Any], chosen: Chosen) -> ResultFilter:
    """Return the filter of what the member chose, if they may see that here and now.

    Raises Refused MANAGERS_ONLY for all results of a server, and MEMBER_NEEDS_SERVER outside of servers.
    """
    person, server_id = interaction.user.id, interaction.guild_id
    models = context_of(interaction).service.model_options.known
    wanted = ResultFilter(
        chosen.member_id,
        is_starred=chosen.is_starred,
        model=model_of(chosen.model, models),
        since=chosen.since,
        until=chosen.until,
        find=chosen.find,
    )
    if chosen.whose is Whose.MINE:
        return replace(wanted, user_id=person)
    if chosen.whose is Whose.STARRED:
        return replace(wanted, starred_by=person)
    if server_id is None:
        raise Refused(Reason.MANAGERS_ONLY if chosen.member_id is None else Reason.MEMBER_NEEDS_SERVER)
    if chosen.whose is Whose.STARRED_HERE:
        return replace(wanted, starred_by=person, server_id=server_id)
    if chosen.member_id is None and not interaction.permissions.manage_guild:
        raise Refused(Reason.MANAGERS_ONLY)
    return replace(wanted, server_id=server_id)


def nothing_found(chosen: Chosen) -> str:
    """Return the sentence for a selection without a result, with what helps."""
    return phrases.NOTHING_MATCHES if chosen.has_filters else phrases.NOTHING_FOUND


async def page_of(interaction: discord.Interaction[Any], wanted: ResultFilter, before: int | None) -> list[FoundResult]:
    """Return a page of the results that *wanted* selects and the member may know of, and one more if there are more.

    Raises Refused READS_TOO_FAST.
    """
    library, found = context_of(interaction).service.history, list[FoundResult]()
    for _ in range(READS):
        jobs = await library.results(wanted, interaction.user.id, before)
        found += await located(interaction, jobs)
        if len(found) > PAGE or len(jobs) <= PAGE:
            break
        before = jobs[-1].id
    return found[: PAGE + 1]


async def located(interaction: discord.Interaction[Any], jobs: Sequence[Job]) -> list[FoundResult]:
    """Return those of *jobs* that the member may know of, with where they are now. Raises Refused READS_TOO_FAST."""
    sharing = context_of(interaction).service.sharing
    seen = [await sharing.as_seen(job) for job in jobs]
    locations = await visibility.locations_of(interaction, seen)
    found = [_found(interaction, *each) for each in zip(jobs, seen, locations, strict=True)]
    return [result for result in found if result.is_listed]


def _found(interaction: discord.Interaction[Any], job: Job, seen: Job, location: MessageLocation | None) -> FoundResult:
    """Return a result. *seen* is the same, or of a private one what its requester shared, as everyone sees it."""
    is_own = job.requester.user_id == interaction.user.id
    is_shared = job.request.private and not seen.request.private
    if seen.request.private:
        return FoundResult(job, None, is_own, is_own)
    is_here = interaction.guild_id is not None and job.requester.scope.server_id == interaction.guild_id
    manages = is_here and interaction.permissions.manage_guild
    is_readable = location is not None and (is_own or bool(location.images) or manages)
    is_listed = is_own or manages or is_readable
    return FoundResult(job, location if is_readable else None, is_readable, is_listed, is_shared)
