"""An alt text names the original prompt only to those who may read it anyway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagegen.address import Address
from imagegen.history import readable_original
from imagegen.model import Job, Requester, Scope
from tests.cogs.objects import a_job

HERE = Address(server_id=1, channel_id=9)


def a_result(prompt: str, parent_id: int | None = None, *, private: bool = False, **more: Any) -> Job:
    job = a_job(prompt, **{"address": HERE, **more})
    return replace(job, request=replace(job.request, parent_id=parent_id, private=private))


FIRST = a_result("a red door", id=1)
BETWEEN = a_result("add a cat", 1, id=2)
EDIT = a_result("make it blue", 2, id=3)
PRIVATE, PRIVATE_EDIT = a_result("a red door", private=True), a_result("make it blue", 2, private=True)


def test_the_original_prompt_is_that_of_the_first_result() -> None:
    assert readable_original(EDIT, (FIRST, BETWEEN, EDIT)) == "a red door"
    assert readable_original(PRIVATE_EDIT, (PRIVATE, BETWEEN, PRIVATE_EDIT)) == "a red door"


@pytest.mark.parametrize(
    "chain",
    [
        (EDIT,),
        (BETWEEN, EDIT),  # the first result is no longer stored
        (a_result("", id=1), EDIT),  # erased
        (PRIVATE, EDIT),
        (a_result("a red door", address=Address(server_id=1, channel_id=8)), EDIT),
        (a_result("a red door", requester=Requester(5, Scope())), EDIT),
        (a_result("make it blue"), EDIT),
    ],
)
def test_no_original_prompt_is_named_that_not_everybody_may_read(chain: tuple[Job, ...]) -> None:
    assert readable_original(EDIT, chain) == ""


def test_a_private_edit_of_a_private_result_of_another_person_names_no_prompt() -> None:
    others = replace(PRIVATE, requester=Requester(6, Scope(1)))

    assert readable_original(PRIVATE_EDIT, (others, PRIVATE_EDIT)) == ""
