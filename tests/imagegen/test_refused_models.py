"""A model that Wan refuses leaves the menu, and only that model; it comes back when the pause is over or lifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageRequest
from imagegen.model import Call
from imagegen.model_choice import ModelChoice
from imagegen.model_options import ModelOptions
from imagegen.refused_models import RefusedModels, refused_uses
from imagegen.reports import SendingPause
from imagegen.store import pauses
from imagegen.store.engine import open_store
from imagegen.wan.calls import CallStyle, reachable_calls
from imagegen.wan.hosts import FRANKFURT
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import Use
from tests.postgres import Cluster

IMAGE, T2I, NEWER, PRO = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro"
DRAFT = "z-image-turbo"  # synchronous calls only
SINGAPORE = "ap-southeast-1"
REACHABLE = partial(reachable_calls, region=SINGAPORE, style=CallStyle.AUTO)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WORDS, EDIT = Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING
REFUSED, ASKED = Reason.MODEL_REFUSED.value, ImageRequest("a lighthouse", seed=7)


def pause(model: str, *calls: str, reason: str = REFUSED) -> list[SendingPause]:
    return [SendingPause(model, call, NOW + timedelta(minutes=10), NOW, reason, "") for call in calls or ("*",)]


def choice(names: Sequence[str], *refused: tuple[str, Use]) -> ModelChoice:
    return ModelChoice(build_lineup(names), {}, dict.fromkeys(refused, REFUSED))


@pytest.mark.parametrize(
    ("paused", "region", "style", "refused"),
    [
        (pause(T2I), SINGAPORE, CallStyle.AUTO, {(T2I, WORDS)}),
        (pause(DRAFT, Call.SYNC, reason="call_refused"), SINGAPORE, CallStyle.AUTO, {(DRAFT, WORDS)}),
        (pause(T2I, Call.SYNC), SINGAPORE, CallStyle.AUTO, set()),  # tasks go on
        (pause(T2I, Call.SYNC), SINGAPORE, CallStyle.SYNC, {(T2I, WORDS)}),
        (pause(T2I, Call.SYNC), SINGAPORE, CallStyle.TASKS, set()),
        (pause(T2I, Call.TASK), SINGAPORE, CallStyle.TASKS, {(T2I, WORDS)}),
        (pause(T2I, Call.TASK), FRANKFURT, CallStyle.AUTO, {(T2I, WORDS)}),
        (pause(IMAGE, Call.SYNC, Call.TASK), SINGAPORE, CallStyle.AUTO, {(IMAGE, EDIT)}),  # stories are streamed
        (pause(DRAFT, Call.SYNC), SINGAPORE, CallStyle.TASKS, {(DRAFT, WORDS)}),  # it has no tasks
        (pause("*"), SINGAPORE, CallStyle.AUTO, set()),  # of the account: no model is at fault
    ],
)
def test_a_use_is_refused_if_each_call_style_that_the_set_up_has_is(
    paused: list[SendingPause], region: str, style: CallStyle, refused: set[tuple[str, Use]]
) -> None:
    reachable = partial(reachable_calls, region=region, style=style)

    found = refused_uses(build_lineup((IMAGE, T2I, DRAFT)).models, paused, reachable)

    assert found.keys() == refused


def test_a_request_for_a_refused_model_is_refused_with_a_model_that_takes_it() -> None:
    named = ImageRequest("a lighthouse", seed=7, model=T2I)

    with pytest.raises(Refused) as refused:
        choice((IMAGE, T2I, DRAFT, NEWER), (T2I, WORDS), (DRAFT, WORDS)).fitted(named, 0)

    assert refused.value.reason is Reason.MODEL_PAUSED
    assert refused.value.facts == {"model": T2I, "why": REFUSED, "other": NEWER}


def test_a_request_without_a_model_goes_to_another_that_uses_no_more_of_the_quota() -> None:
    alike = choice((IMAGE, T2I, DRAFT, NEWER), (T2I, WORDS)).fitted(ASKED, 0)
    lighter = choice((IMAGE, T2I, DRAFT), (T2I, WORDS)).fitted(ASKED, 0)

    with pytest.raises(Refused) as heavier:
        choice((IMAGE, T2I, PRO), (T2I, WORDS)).fitted(ASKED, 0)

    assert (alike.model.name, lighter.model.name) == (NEWER, DRAFT)
    assert heavier.value.facts["other"] == PRO


def test_without_another_model_the_request_is_refused_and_other_uses_go_on() -> None:
    offered = choice((IMAGE, T2I), (T2I, WORDS))

    with pytest.raises(Refused) as refused:
        offered.fitted(ASKED, 0)

    assert refused.value.facts == {"model": T2I, "why": REFUSED}
    assert offered.fitted(ASKED, 1).model.name == IMAGE


def test_the_menu_leaves_out_what_is_refused_and_the_default_only_if_another_is_left() -> None:
    def menu(names: Sequence[str], *refused: str) -> list[str]:
        uses = {(name, use): REFUSED for name in refused for use in Use}
        return [option.model for option in ModelOptions(build_lineup(names), {}, uses).options(0)]

    assert menu((IMAGE, T2I, NEWER)) == [T2I, NEWER]
    assert menu((IMAGE, T2I, NEWER), NEWER) == [T2I]
    assert menu((IMAGE, T2I, NEWER), T2I) == [NEWER]
    assert menu((IMAGE, T2I), T2I) == [T2I]


async def test_each_process_learns_what_wan_refuses_and_when_it_no_longer_does(postgresql: Cluster) -> None:
    url, now = postgresql.database(), NOW
    one, two = await open_store(url), await open_store(url)
    models = build_lineup((IMAGE, T2I, NEWER)).models
    processes = [RefusedModels(store, models, lambda: now, REACHABLE) for store in (one, two)]

    async def read() -> list[list[tuple[str, Use]]]:
        for process in processes:
            await process.refresh()
        return [[*process.uses] for process in processes]

    await one.write(pauses.pause, Reason.MODEL_REFUSED, NOW + timedelta(minutes=10), model=T2I, now=NOW)
    paused = await read()
    now = NOW + timedelta(minutes=10)
    over = await read()
    await two.write(pauses.probe, T2I, "sync", now=now)
    probing = await read()
    await two.write(pauses.lift, T2I, "sync", now)
    lifted = await read()
    await one.close()
    await two.close()

    assert paused == probing == [[(T2I, WORDS)]] * 2
    assert over == lifted == [[], []]
