"""Find the characters that a typed prompt uses as ``@name``, before Discord's mentions in it become names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from cogs.interactions.context import AppContext
from cogs.text.clean_content import Names
from imagegen.errors import StoreUnavailable
from imagegen.image_request import ImageRequest
from imagegen.model import Job
from imagegen.policy.characters import (
    MARK,
    Character,
    fold,
    kept_inputs,
    uses,
    with_changed_characters,
    with_characters,
)

READ_S = 1.0  # beside another read, before an interaction has to be acknowledged


async def find_characters(
    context: AppContext, user_id: int, asked: ImageRequest, names: Names, source: Job | None = None
) -> tuple[ImageRequest, Names]:
    """Return *asked*, whose prompt is as typed, with the images of the member's characters that the prompt uses.

    *source* is the job that the request changes. Also return *names*, so that no name of a person who is mentioned
    reads like the use of a character. Raises Refused CHARACTER_WAITS; StoreUnavailable after READ_S.
    """
    if MARK not in asked.prompt and (source is None or MARK not in source.request.prompt):
        return asked, names
    try:
        async with asyncio.timeout(READ_S):
            own = await context.service.characters.of_member(user_id)
    except TimeoutError:
        raise StoreUnavailable(f"no answer within {READ_S} s") from None
    names = replace(names, bare=_like_characters(names, own))
    if source is None:
        found = with_characters(asked, asked.prompt, own)
        return found if found is asked else context.service.members.for_more_images(found, user_id), names
    return with_changed_characters(asked, asked.prompt, own, source.request, source.input_count), names


def inputs_after(source: Job, changed: ImageRequest) -> int:
    """Return how many input images a change of *source* has, after ``find_characters``."""
    return len(kept_inputs(source.request, source.input_count, changed)) + len(changed.images)


def _like_characters(names: Names, own: Sequence[Character]) -> frozenset[str]:
    folded = {fold(each.name) for each in own}
    return frozenset(name for name in (*names.users.values(), *names.roles.values()) if any(uses(MARK + name, folded)))
