"""A person or server that the operator blocks is refused everywhere, and their waiting jobs are canceled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagegen.errors import Reason, Refused
from imagegen.reports import Block, BlockKind
from imagegen.states import State
from imagegen.store import admission, jobs, operator_admin, server_settings
from imagegen.store.blocks import newest
from tests.imagegen.store.books import Books

OPERATOR = 99


def block(books: Books, kind: BlockKind, its_id: int) -> int | None:
    return books.run(operator_admin.block, kind, its_id, user_id=OPERATOR, now=books.now)


def refusal(
    books: Books, transaction: Any = admission.accept, *, user_id: int = 1, scope: str = "g:7", **requester: Any
) -> Reason | None:
    ask = books.ask(user_id, scope=scope)
    ask = replace(ask, requester=replace(ask.requester, **requester))
    try:
        books.run(transaction, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    except Refused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("transaction", [admission.accept, admission.precheck])
def test_a_blocked_person_is_refused_everywhere_and_nobody_else_is(books: Books, transaction: Any) -> None:
    block(books, BlockKind.PERSON, 1)

    refused = [refusal(books, transaction, scope=scope) for scope in ("g:7", "g:8", "dm", "install")]

    assert set(refused) == {Reason.PERSON_BLOCKED}
    assert refusal(books, transaction, user_id=2) is None
    assert books.left()["attempts"] == 100


@pytest.mark.parametrize("transaction", [admission.accept, admission.precheck])
def test_a_blocked_server_is_refused_however_the_bot_is_installed(books: Books, transaction: Any) -> None:
    block(books, BlockKind.SERVER, 7)

    assert refusal(books, transaction) is Reason.SERVER_BLOCKED
    assert refusal(books, transaction, scope="install", server_id=7) is Reason.SERVER_BLOCKED
    assert refusal(books, transaction, scope="g:8", server_id=8) is None
    assert refusal(books, transaction, scope="dm") is None


def test_a_servers_id_blocks_no_person_of_the_same_number(books: Books) -> None:
    block(books, BlockKind.SERVER, 1)
    block(books, BlockKind.PERSON, 7)

    assert refusal(books) is None


def test_a_block_by_the_operator_is_named_before_a_managers_decision(books: Books) -> None:
    books.run(server_settings.set_blocked, 7, 1, True, user_id=5, now=books.now)
    block(books, BlockKind.SERVER, 7)
    assert refusal(books) is Reason.SERVER_BLOCKED

    block(books, BlockKind.PERSON, 1)

    assert refusal(books) is Reason.PERSON_BLOCKED


def test_waiting_jobs_of_a_blocked_person_are_canceled_and_released(books: Books) -> None:
    sent, waiting, other = books.submit(), books.submit(), books.submit(2, scope="g:8")
    books.claimed()

    assert block(books, BlockKind.PERSON, 1) == 1

    states = {job.id: found.state for job in (sent, waiting, other) if (found := books.run(jobs.job, job.id))}
    assert states == {sent.id: State.SUBMITTING, waiting.id: State.CANCELED, other.id: State.QUEUED}
    assert books.left()["member"] == 9
    assert books.broken() == ()


def test_waiting_jobs_in_a_blocked_server_are_canceled(books: Books) -> None:
    books.submit(1)
    books.submit(2)
    books.submit(1, scope="dm")

    assert block(books, BlockKind.SERVER, 7) == 2


def test_a_second_block_or_unblock_changes_nothing(books: Books) -> None:
    assert block(books, BlockKind.PERSON, 1) == 0
    assert block(books, BlockKind.PERSON, 1) is None

    assert books.run(operator_admin.unblock, BlockKind.PERSON, 1) is True
    assert books.run(operator_admin.unblock, BlockKind.PERSON, 1) is False
    assert refusal(books) is None


def test_the_status_counts_blocks_and_names_the_newest(books: Books) -> None:
    for number in range(operator_admin.BLOCKS_SHOWN + 2):
        block(books, BlockKind.SERVER, number)
        books.later(seconds=1)
    at = books.now
    block(books, BlockKind.PERSON, 5)

    status = books.run(operator_admin.status, books.limits, now=books.now)

    assert status.blocked == operator_admin.BLOCKS_SHOWN + 3
    assert status.blocks[0] == Block(BlockKind.PERSON, 5, at, OPERATOR)
    assert status.blocks == books.run(newest, limit=operator_admin.BLOCKS_SHOWN)
