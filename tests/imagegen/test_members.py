"""Settings are read at once from memory, which learns what other processes save."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagegen.members import Members
from imagegen.model import Requester, Scope
from imagegen.model_choice import ModelChoice
from imagegen.policy.member_settings import MemberSettings
from imagegen.private_defaults import KnownPrivateDefaults
from imagegen.server_admin import ServerAdmin
from imagegen.service import utc_now
from imagegen.store.engine import open_store
from imagegen.wan.lineup import build_lineup
from tests.imagegen.store.books import LIMITS

MODELS = ModelChoice(build_lineup(("wan2.6-image", "wan2.6-t2i")), {})


async def test_another_process_learns_what_a_member_chose_and_erased(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/members.db")
    here, there = Members(store, MODELS, utc_now), Members(store, MODELS, utc_now)

    await here.choose(1, "language", "zh-CN")
    before = there.settings(1)
    await there.refresh()
    learned = there.settings(1)
    await here.choose(1, "language", None)
    await there.refresh()
    await store.close()

    assert before == MemberSettings()
    assert learned == MemberSettings(language="zh-CN")
    assert here.settings(1) == there.settings(1) == MemberSettings()


async def test_a_value_of_no_setting_is_not_saved(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/members.db")
    members = Members(store, MODELS, utc_now)

    with pytest.raises(ValueError, match="number"):
        await members.choose(1, "count", 99)
    saved = await members.saved(1)
    await store.close()

    assert saved == members.settings(1) == MemberSettings()


async def test_results_are_private_until_the_defaults_of_members_were_read(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/members.db")
    members = Members(store, MODELS, utc_now)
    defaults = KnownPrivateDefaults(store, members)
    ana = Requester(1, Scope(7), server_id=7)
    await defaults.refresh()

    before = defaults.private(ana)
    await members.refresh()
    after = defaults.private(ana)
    await store.close()

    assert (before, after) == (True, False)


async def test_the_process_that_undoes_a_default_knows_that_at_once(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/members.db")
    members, ana, now = Members(store, MODELS, utc_now), Requester(1, Scope(7), server_id=7), utc_now()
    defaults = KnownPrivateDefaults(store, members)
    admin = ServerAdmin(store, LIMITS, lambda: now, defaults)
    await members.refresh()
    await admin.change(7, lambda known: replace(known, private=True), user_id=9)
    before = defaults.private(ana)

    await admin.undo(7, now, user_id=9)
    after = defaults.private(ana)
    await store.close()

    assert (before, after) == (True, False)
