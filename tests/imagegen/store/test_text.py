"""Every database stores any text that people type alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.policy.server_settings import ServerSettings
from imagegen.reports import ResultFilter
from imagegen.states import State
from imagegen.store import admission, announcements, history, jobs, operator_admin, queue, server_settings
from tests.imagegen.store.books import Books, made

HOSTILE = ["a\0lighthouse", "a\ud83dlighthouse", "a\udc00lighthouse"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_request_is_kept_and_found_whatever_is_in_its_words(books: Books, typed: str) -> None:
    ask = books.ask()
    ask = replace(ask, image_request=replace(ask.image_request, prompt=typed, negative_prompt=typed))

    receipt = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    found = books.run(history.results, ResultFilter(1, find=typed), viewer_id=1, before=None, limit=5)

    assert receipt.job.state is State.QUEUED
    assert found == ()  # it is not shown yet; that it could be looked for is all


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_managers_and_the_operator_write_is_kept_whatever_is_in_it(books: Books, typed: str) -> None:
    books.run(server_settings.set_settings, 7, ServerSettings(blocked_words=(typed,)), user_id=9, now=books.now)
    books.run(operator_admin.announce, typed, now=books.now)

    assert books.run(announcements.notice_of).announcement == "alighthouse"
    assert len(books.run(server_settings.settings_of, 7).blocked_words) == 1


def test_hidden_words_are_found_by_what_they_say(books: Books) -> None:
    ask = books.ask()
    ask = replace(ask, image_request=replace(ask.image_request, prompt="tur||nip|| soup"))
    plan = books.plan(ask)
    books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now)
    claimed = books.run(queue.claim, "one", limits=books.model_queues, now=books.now)
    finished = books.run(jobs.generated, claimed, made(), now=books.now)
    books.run(jobs.done, finished, 1, 77, now=books.now)

    found = books.run(history.results, ResultFilter(1, find="turnip"), viewer_id=1, before=None, limit=5)

    assert [job.request.prompt for job in found] == ["tur||nip|| soup"]
