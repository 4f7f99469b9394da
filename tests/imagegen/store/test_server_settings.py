"""Managers' decisions apply in the transaction that accepts a request, never above the operator's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.model import Job, Requester, Scope
from imagegen.policy import quota
from imagegen.policy.server_settings import DEFAULT_SETTINGS, Consent, ServerSettings, Tier, validate_settings
from imagegen.prompt_check import Verdict, WordsChanged
from imagegen.reports import Submission
from imagegen.store import admission, jobs, queue, server_settings
from imagegen.store.tables import people
from imagegen.store.tables import saved_settings as table
from tests.imagegen.store.books import IMAGE, Books

MANAGER, SERVER = 99, 7


def decide(books: Books, **rules: Any) -> ServerSettings:
    here = replace(DEFAULT_SETTINGS, **rules)
    books.run(server_settings.set_settings, SERVER, here, user_id=MANAGER, now=books.now)
    return here


def refused(books: Books, count: int = 1, **requester: Any) -> Refused:
    ask = books.ask(count=count)
    ask = replace(ask, requester=replace(ask.requester, **requester))
    with pytest.raises(Refused) as caught:
        books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    return caught.value


def test_a_servers_limit_holds_below_the_operators(books: Books) -> None:
    decide(books, member_images_per_day=2)

    books.submit(count=2)

    assert (refused(books).reason, refused(books).facts["limit_units"]) == (Reason.MEMBER_QUOTA_USED, 200)
    assert books.broken() == ()


def test_no_server_goes_above_the_operators_ceilings(books: Books) -> None:
    decide(books, member_images_per_day=1000, images_per_month=100_000, tiers=(Tier(5, 1000),))

    rules = books.run(server_settings.rules_for, Requester(1, Scope(7), roles=(5,)), books.limits, now=books.now)

    assert rules.limits == books.limits


def test_the_best_of_a_members_roles_wins(books: Books) -> None:
    decide(books, member_images_per_day=1, tiers=(Tier(5, 3), Tier(6, 7)))

    limit = books.run(
        server_settings.rules_for, Requester(1, Scope(7), roles=(5, 6, 8)), books.limits, now=books.now
    ).limits

    assert limit.member_images_per_day == 7


def test_an_exempt_role_is_free_of_the_servers_limit_and_not_of_the_operators(books: Books) -> None:
    decide(books, member_images_per_day=1, exempt_roles=(5,))

    limit = books.run(server_settings.rules_for, Requester(1, Scope(7), roles=(5,)), books.limits, now=books.now).limits

    assert limit.member_images_per_day == 10


def test_a_servers_settings_apply_only_there(books: Books) -> None:
    decide(books, member_images_per_day=1, paused=True)

    books.submit(scope="dm")
    books.submit(scope="g:8", count=2)


@pytest.mark.parametrize(
    ("rules", "requester", "reason"),
    [
        ({"paused": True}, {}, Reason.SERVER_PAUSED),
        ({"channels": (3, 4)}, {"channel_id": 5}, Reason.CHANNEL_NOT_ALLOWED),
        ({"age_restricted_only": True}, {"channel_id": 5}, Reason.AGE_RESTRICTED_ONLY),
    ],
)
def test_each_refusal_of_a_server_has_its_own_reason(
    books: Books, rules: dict[str, Any], requester: dict[str, Any], reason: Reason
) -> None:
    decide(books, **rules)

    assert refused(books, **requester).reason is reason
    assert books.left()["attempts"] == 100


def test_blocked_words_are_refused_in_disguise_too(books: Books) -> None:
    decide(books, blocked_words=("l i g h t h o u s e",))

    assert refused(books).reason is Reason.PROMPT_BLOCKED


def test_a_thread_is_allowed_where_its_channel_is(books: Books) -> None:
    decide(books, channels=(3,))
    ask = books.ask()
    ask = replace(ask, requester=replace(ask.requester, channel_id=30, parent_channel_id=3))

    assert books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job.id


def test_a_blocked_member_is_refused_until_let_in_again(books: Books) -> None:
    books.run(server_settings.set_blocked, SERVER, 1, True, user_id=MANAGER, now=books.now)
    assert refused(books).reason is Reason.MEMBER_BLOCKED

    books.run(server_settings.set_blocked, SERVER, 1, False, user_id=MANAGER, now=books.now)

    assert books.submit().id
    assert books.run(server_settings.blocked_members, SERVER) == ()


def test_a_grant_is_used_after_the_days_own_and_counted_to_what_is_shown(books: Books) -> None:
    decide(books, member_images_per_day=2)
    books.run(server_settings.grant, SERVER, 1, 3, month="2026-11", user_id=MANAGER, now=books.now)

    books.submit(count=4)
    books.made(books.claimed(), count=3)
    books.run(jobs.done, books.delivering(), 3, None, now=books.now)

    assert (books.left()["member"], books.left()["grant"]) == (0, 2)
    assert refused(books, count=3).facts["left"] == 2
    assert books.broken() == ()


@pytest.mark.parametrize("images", [0, -1])
def test_a_grant_takes_nothing_away(books: Books, images: int) -> None:
    with pytest.raises(ValueError, match="one image or more"):
        books.run(server_settings.grant, SERVER, 1, images, month="2026-11", user_id=MANAGER, now=books.now)

    assert books.left()["member"] == 10


def test_a_change_is_recorded_in_the_letters_in_which_it_was_written(books: Books) -> None:
    decide(books, blocked_words=("裸体",))

    (change,) = books.run(server_settings.changes_of, SERVER, limit=5)

    assert "裸体" in change.after


@pytest.mark.parametrize("days", [0, 1, 10])
@pytest.mark.parametrize("weight", [100, 70])
@pytest.mark.parametrize(
    ("granted", "count", "shown"), [(0, 2, 1), (3, 4, 4), (3, 4, 1), (3, 2, 2), (3, 1, 1), (1, 3, 2)]
)
def test_what_a_result_says_is_left_is_what_the_quota_says_once_it_is_settled(
    books: Books, days: int, weight: int, granted: int, count: int, shown: int
) -> None:
    decide(books, member_images_per_day=2)
    if granted:
        books.run(server_settings.grant, SERVER, 1, granted, month="2026-11", user_id=MANAGER, now=books.now)
    books.submit(count=count, cost={"weight": weight})
    books.made(books.claimed(), count=shown)
    books.later(days=days)
    job = books.delivering()

    _, open_quotas = books.run(admission.delivery_facts, job, job.requester, books.limits, now=books.now)
    said = quota.settled_quotas(open_quotas, shown * weight)
    books.run(jobs.done, job, shown, None, now=books.now)

    assert said == books.run(admission.quotas_left, job.requester, books.limits, now=books.now)
    _, settled = books.run(admission.delivery_facts, job, job.requester, books.limits, now=books.now)
    assert quota.settled_quotas(settled, shown * weight) == said, "what is settled is not settled again"


def test_a_result_counts_the_tier_that_its_asker_has_by_now(books: Books) -> None:
    decide(books, member_images_per_day=2, tiers=(Tier(7, 9),))
    books.submit()
    job = books.claimed()

    asker = replace(job.requester, roles=(7,))
    _, found = books.run(admission.delivery_facts, job, asker, books.limits, now=books.now)

    assert found.remaining[0].limit == 900


def test_a_grant_is_whole_where_the_days_limit_was_lowered_under_what_is_used(books: Books) -> None:
    decide(books, member_images_per_day=4)
    books.submit(count=4)
    decide(books, member_images_per_day=1)
    books.run(server_settings.grant, SERVER, 1, 2, month="2026-11", user_id=MANAGER, now=books.now)

    refusal = refused(books, count=3)

    assert (refusal.reason, refusal.facts["left"]) == (Reason.MORE_THAN_LEFT, 2)
    assert refusal.facts["quota"] == "member_with_grant"
    assert books.submit(count=2).id


def test_a_grant_that_was_not_needed_is_given_back(books: Books) -> None:
    decide(books, member_images_per_day=2)
    books.run(server_settings.grant, SERVER, 1, 3, month="2026-11", user_id=MANAGER, now=books.now)

    job = books.submit(count=4)
    books.run(jobs.cancel, job.id, now=books.now)

    assert (books.left()["member"], books.left()["grant"]) == (2, 3)
    assert books.broken() == ()


def test_a_grant_ends_with_its_month(books: Books) -> None:
    books.run(server_settings.grant, SERVER, 1, 3, month="2026-11", user_id=MANAGER, now=books.now)

    books.later(days=10)

    assert "grant" not in books.left()


def test_a_person_who_lets_nobody_edit_their_images_is_obeyed_but_by_themselves(books: Books) -> None:
    books.run(server_settings.set_consent, 5, Consent.NEVER)
    link = ImageLink("https://cdn.discordapp.com/a.png", "a.png", owner_id=5)

    for user_id, reason in ((1, Reason.EDITS_NOT_ALLOWED), (5, None)):
        ask = books.ask(user_id)
        ask = replace(ask, image_request=replace(ask.image_request, images=(link,)))
        if reason is None:
            assert books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
            continue
        with pytest.raises(Refused) as caught:
            books.run(admission.precheck, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        assert caught.value.reason is reason


@pytest.mark.parametrize("unwilling", [5, 6])
def test_of_an_avatar_both_are_obeyed_whose_it_is_and_who_posted_it(books: Books, unwilling: int) -> None:
    link = ImageLink("https://cdn.discordapp.com/a.png", "a.png", owner_id=5, posted_by=6)
    ask = books.ask(1)
    ask = replace(ask, image_request=replace(ask.image_request, images=(link,)))
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    books.run(server_settings.set_consent, unwilling, Consent.NEVER)

    once_more = partial(books.run, admission.accept_again, books.ask(1), source_id=reading.id)
    anew = partial(books.run, admission.accept, replace(ask, key="i:anew"))

    for accept in (anew, once_more):
        with pytest.raises(Refused) as caught:
            accept(plan=books.plan(ask), limits=books.limits, now=books.now)
        assert caught.value.reason is Reason.EDITS_NOT_ALLOWED


def test_a_wish_holds_for_what_is_made_once_more_from_images_that_were_given_before_it(books: Books) -> None:
    ask = books.ask()
    link = ImageLink("https://cdn.discordapp.com/a.png", "a.png", owner_id=5)
    ask = replace(ask, image_request=replace(ask.image_request, images=(link,)))
    plan = books.plan(ask)
    books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    again = partial(books.run, admission.accept_again, plan=plan, limits=books.limits, now=books.now)
    second = again(books.ask(1), source_id=reading.id)
    books.run(server_settings.set_consent, 5, Consent.NEVER)

    own = again(books.ask(5), source_id=second.job.id)

    for source in (reading, second.job, own.job):
        with pytest.raises(Refused) as caught:
            again(books.ask(1), source_id=source.id)
        assert (caught.value.reason, caught.value.facts) == (Reason.EDITS_NOT_ALLOWED, {"position": 1})


def test_every_change_is_recorded_with_who_and_when(books: Books) -> None:
    decide(books, member_images_per_day=2, paused=True)
    decide(books, member_images_per_day=2, paused=True)
    books.run(server_settings.set_blocked, SERVER, 1, True, user_id=MANAGER, now=books.now)

    found = books.run(server_settings.changes_of, SERVER, limit=10)

    assert [(change.what, change.before, change.after) for change in found] == [
        ("blocked 1", "false", "true"),
        ("paused", "false", "true"),
        ("member_images_per_day", "null", "2"),
    ]
    assert {(change.user_id, change.at) for change in found} == {(MANAGER, books.now)}


def judged(books: Books, prompt: str = "a lighthouse", avoid: str = "", verdict: Verdict | None = None) -> Submission:
    ask = books.ask()
    ask = replace(ask, image_request=replace(ask.image_request, prompt=prompt, negative_prompt=avoid))
    plan = replace(books.plan(ask), verdict=verdict)
    return books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now)


def test_what_is_to_be_avoided_is_judged_like_the_prompt(books: Books) -> None:
    decide(books, blocked_words=("turnip",))

    with pytest.raises(Refused) as caught:
        judged(books, avoid="no t.u.r.n.i.p")

    assert caught.value.reason is Reason.PROMPT_BLOCKED


def test_a_verdict_holds_only_for_the_words_by_which_it_was_found(books: Books) -> None:
    decide(books, blocked_words=("turnip",))

    for verdict in (Verdict(), Verdict(("carrot",), holds=True)):
        with pytest.raises(WordsChanged) as changed:
            judged(books, verdict=verdict)
        assert changed.value.words == ("turnip",)
    assert judged(books, "a turnip", verdict=Verdict(("turnip",))).job.id
    with pytest.raises(Refused):
        judged(books, verdict=Verdict(("turnip",), holds=True))
    assert books.left()["member"] == 9


def test_a_verdict_of_blocked_words_comes_after_what_the_place_says_first(books: Books) -> None:
    decide(books, blocked_words=("lighthouse",), paused=True)

    assert refused(books).reason is Reason.SERVER_PAUSED


def test_the_same_key_again_is_the_same_job_whatever_was_blocked_since(books: Books) -> None:
    ask = books.ask()
    accept = partial(books.run, admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    first = accept()
    decide(books, blocked_words=("lighthouse",))

    assert accept().job.id == first.job.id


def test_two_managers_who_read_the_same_rules_lose_no_change_of_each_other(books: Books) -> None:
    one = partial(books.run, server_settings.change_settings, SERVER, now=books.now)
    one(lambda place: replace(place, paused=True), user_id=MANAGER)
    stale = books.run(server_settings.settings_of, SERVER)

    one(lambda place: replace(place, spoiler=True), user_id=MANAGER)
    made = one(lambda place: replace(place, blocked_words=(*place.blocked_words, "wyvern")), user_id=5)

    after = books.run(server_settings.settings_of, SERVER)
    assert (after.paused, after.spoiler, after.blocked_words) == (True, True, ("wyvern",))
    assert stale.spoiler is False
    assert [(change.user_id, change.what) for change in made] == [(5, "blocked_words")]


def undo(books: Books, at: datetime) -> dict[str, str]:
    """Undo the change that was made at *at*, some time later, and return what is different."""
    books.later(minutes=1)
    made = books.run(server_settings.undo, SERVER, at, validate_settings, user_id=5, now=books.now)
    return {change.what: change.after for change in made}


def test_an_undone_change_is_one_more_change_of_everything_that_was_changed_at_once(books: Books) -> None:
    decide(books, paused=True)
    books.later(minutes=1)
    decide(books, paused=True, member_images_per_day=2, tiers=(Tier(5, 3),), blocked_words=("wyvern",))
    at = books.now

    assert undo(books, at) == {"member_images_per_day": "null", "tiers": "[]", "blocked_words": "[]"}
    assert books.run(server_settings.settings_of, SERVER) == replace(DEFAULT_SETTINGS, paused=True)
    assert undo(books, books.now) == {
        "member_images_per_day": "2", "tiers": '[{"role_id": 5, "images_per_day": 3}]', "blocked_words": '["wyvern"]',
    }  # fmt: skip


def test_a_setting_that_was_changed_since_is_not_undone_nor_twice(books: Books) -> None:
    decide(books, member_images_per_day=2)
    first = books.now
    books.later(minutes=1)
    decide(books, member_images_per_day=3)
    second = books.now

    with pytest.raises(Refused) as earlier:
        undo(books, first)
    undo(books, second)
    with pytest.raises(Refused) as again:
        undo(books, second)
    with pytest.raises(Refused) as never:
        undo(books, first - timedelta(days=1))

    assert {caught.value.reason for caught in (earlier, again, never)} == {Reason.CHANGED_SINCE}
    assert books.run(server_settings.settings_of, SERVER).member_images_per_day == 2


def test_a_value_that_is_out_of_range_now_does_not_come_back(books: Books) -> None:
    decide(books, member_images_per_day=10**9)
    books.later(minutes=1)
    decide(books, member_images_per_day=3)

    with pytest.raises(Refused) as caught:
        undo(books, books.now)

    assert caught.value.reason is Reason.SETTING_OUT_OF_RANGE


def test_a_block_and_another_servers_change_are_not_undone(books: Books) -> None:
    books.run(server_settings.set_blocked, SERVER, 1, True, user_id=MANAGER, now=books.now)
    blocked_at = books.now
    books.later(minutes=1)
    books.run(server_settings.set_settings, 8, ServerSettings(paused=True), user_id=MANAGER, now=books.now)

    for at in (blocked_at, books.now):
        with pytest.raises(Refused):
            undo(books, at)

    assert books.run(server_settings.blocked_members, SERVER) == (1,)


def test_a_change_beyond_what_is_shown_is_the_oldest(books: Books) -> None:
    for number in range(1, 6):
        decide(books, member_images_per_day=number)
        books.run(
            server_settings.change_settings,
            8,
            lambda p: replace(p, paused=not p.paused),
            user_id=MANAGER,
            now=books.now,
        )

    found = books.run(server_settings.changes_of, SERVER, limit=3)

    assert [change.after for change in found] == ["5", "4", "3"]
    assert len(books.run(server_settings.changes_of, SERVER, limit=10)) == 5


def test_the_list_of_blocked_members_names_those_of_this_server_alone(books: Books) -> None:
    for server_id, member_id in ((SERVER, 5), (SERVER, 3), (8, 4), (SERVER, 6)):
        books.run(server_settings.set_blocked, server_id, member_id, True, user_id=MANAGER, now=books.now)
    books.run(server_settings.set_blocked, SERVER, 6, False, user_id=MANAGER, now=books.now)

    assert books.run(server_settings.blocked_members, SERVER) == (3, 5)
    assert books.run(server_settings.blocked_members, 8) == (4,)


def test_a_member_who_was_blocked_already_is_no_change(books: Books) -> None:
    assert books.run(server_settings.set_blocked, SERVER, 1, False, user_id=MANAGER, now=books.now) is None
    assert books.run(server_settings.set_blocked, SERVER, 1, True, user_id=MANAGER, now=books.now)
    assert books.run(server_settings.set_blocked, SERVER, 1, True, user_id=MANAGER, now=books.now) is None
    assert len(books.run(server_settings.changes_of, SERVER, limit=10)) == 1


def test_a_list_that_an_older_version_kept_as_one_phrase_blocks_each_of_its_words(books: Books) -> None:
    decide(books, blocked_words=("wyvern, lighthouse", "big wyrm"))

    assert books.run(server_settings.settings_of, SERVER).blocked_words == ("wyvern", "lighthouse", "big wyrm")
    assert refused(books).reason is Reason.PROMPT_BLOCKED


def test_rules_of_another_version_are_read_as_far_as_they_are_known(books: Books) -> None:
    newer = '{"paused": true, "weather": [1], "tiers": [{"role_id": 5, "images_per_day": 3, "since": 1}]}'
    books.run(lambda tx: tx.execute(insert(table).values(server_id=SERVER, settings=newer)))

    found = books.run(server_settings.settings_of, SERVER)

    assert found == replace(DEFAULT_SETTINGS, paused=True, tiers=(Tier(5, 3),))


@pytest.mark.parametrize(
    "rules", ["", "{", "[]", "null", "5", '{"tiers": 5}', '{"tiers": [{}]}', '{"blocked_words": [5]}']
)
def test_rules_that_cannot_be_read_stop_their_server_alone_until_a_manager_resumes_it(books: Books, rules: str) -> None:
    books.run(lambda tx: tx.execute(insert(table).values(server_id=SERVER, settings=rules)))

    assert refused(books).reason is Reason.SERVER_PAUSED
    assert books.submit(scope="g:8").id
    resume = partial(books.run, server_settings.change_settings, SERVER, lambda place: replace(place, paused=False))
    resume(user_id=MANAGER, now=books.now)
    assert books.submit().id


def test_of_a_person_who_lets_others_edit_again_nothing_is_kept(books: Books) -> None:
    books.run(server_settings.set_consent, 5, Consent.NEVER)

    books.run(server_settings.set_consent, 5, Consent.ALLOW)

    assert books.run(server_settings.consent_of, 5) is Consent.ALLOW
    assert books.run(lambda tx: tx.execute(select(people)).all()) == []
