"""The panel of a server's settings is one private message, changes one setting at a press, and trusts no client."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from imagegen.policy.server_settings import ServerSettings, Tier
from sandbox.people import EPHEMERAL, Json, Person, components_of, private_answer, text_of
from tests.cogs.conftest import Room
from tests.panel import decided, filled, form_opened, id_of, opened, press_id, pressed

CHANNEL_SELECT = 8


class Server:
    """A server of the test's own, with a manager and a channel."""

    def __init__(self, room: Room, server_id: str, boss: Person, channel: str) -> None:
        self.room, self.id, self.boss, self.channel = room, server_id, boss, channel

    async def settings(self) -> ServerSettings:
        return await self.room.service.server_admin.settings(int(self.id))

    async def set(self, **settings: Any) -> None:
        """Change settings as another manager does."""
        await self.room.service.server_admin.change(int(self.id), lambda old: replace(old, **settings), user_id=77)

    async def channels(self, number: int) -> list[str]:
        return [self.room.channel_id(await self.room.channel_in(self.id)) for _ in range(number)]

    async def role(self, name: str = "Regulars") -> str:
        return str((await self.room.control.post("/roles", name=name, permissions=[], server=self.id))["id"])


@pytest.fixture
async def server(room: Room) -> Server:
    server_id = (await room.control.post("/servers", name="Pier"))["id"]
    boss = await room.control.person("Boss", server=server_id, manager=True)
    return Server(room, server_id, boss, room.channel_id(await room.channel_in(server_id)))


def defaults(message: Json, name: str) -> list[str]:
    """Return what the select of a list shows as chosen."""
    select = next(part for part in components_of(message) if part.get("custom_id") == id_of(message, "list", name))
    return [one["id"] for one in select.get("default_values", ())]


async def test_every_setting_is_changed_in_one_private_message_and_shown_with_who_changed_it(server: Server) -> None:
    boss, role, (first, second) = server.boss, await server.role(), await server.channels(2)

    message = await decided(
        boss, server.channel,
        age_restricted_only=True, spoiler=True, hold_newcomers_days=7, blocked_words=["Wyvern; drake", "big  wyrm"],
        private=True, channels=[server.channel, first], private_channels=[first], hold_channels=[second],
        log_channel_id=second, log_prompts=True, log_cost=True, language="zh-CN", exempt_roles=[role],
        tiers={role: 30}, member_images_per_day=10, images_per_month=600, paused=True,
    )  # fmt: skip
    settings, seen = await server.settings(), await server.room.bot_messages(boss, server.channel)

    ids = {name: getattr(settings, name) for name in ("channels", "private_channels", "hold_channels", "exempt_roles")}
    assert ids == {
        "channels": (int(server.channel), int(first)), "private_channels": (int(first),),
        "hold_channels": (int(second),), "exempt_roles": (int(role),),
    }  # fmt: skip
    assert settings.blocked_words == ("wyvern", "drake", "big wyrm")
    assert (settings.hold_newcomers_days, settings.language, settings.log_channel_id) == (7, "zh-CN", int(second))
    assert (settings.member_images_per_day, settings.images_per_month) == (10, 600)
    assert [(tier.role_id, tier.images_per_day) for tier in settings.tiers] == [(int(role), 30)]
    on = ("private", "spoiler", "age_restricted_only", "paused", "log_prompts", "log_cost")
    assert [getattr(settings, name) for name in on] == [True] * len(on)
    assert f"paused: no → yes · <@{boss.id}>, <t:" in text_of(message)
    assert [(m["id"], bool(m["flags"] & EPHEMERAL)) for m in seen] == [(message["id"], True)]


async def test_selects_begin_with_what_is_set_and_no_value_takes_it_away(server: Server) -> None:
    boss, role, (log,) = server.boss, await server.role(), await server.channels(1)
    await decided(
        boss, server.channel, exempt_roles=[role], channels=[log], log_channel_id=log, hold_newcomers_days=7,
        language="en-US",
    )  # fmt: skip

    shown = [
        defaults(await opened(boss, server.channel, page), name)
        for page, name in (("limits", "exempt_roles"), ("channels", "channels"))
    ]
    await decided(
        boss, server.channel, exempt_roles=[], channels=[], log_channel_id=None, hold_newcomers_days=0, language="-"
    )

    assert shown == [[role], [log]]
    assert await server.settings() == ServerSettings()


async def test_two_managers_at_once_keep_both_their_changes(server: Server) -> None:
    boss, (old, mine, theirs) = server.boss, await server.channels(3)
    await server.set(channels=(int(old),))
    stale, form = await opened(boss, server.channel, "channels"), await opened(boss, server.channel, "limits")
    await form_opened(boss, form, "limits")
    await server.set(channels=(int(old), int(theirs)), spoiler=True, images_per_month=50)

    await private_answer(boss, await boss.fill(member_images_per_day="3"))
    await pressed(boss, stale, "list", "channels", [mine])

    settings = await server.settings()
    assert settings.channels == (int(theirs), int(mine))
    assert (settings.spoiler, settings.images_per_month, settings.member_images_per_day) == (True, 50, 3)


async def test_blocked_words_that_changed_since_the_form_was_opened_are_not_overwritten(server: Server) -> None:
    boss = server.boss
    message = await opened(boss, server.channel, "safety")
    await form_opened(boss, message, "words")
    await server.set(blocked_words=("wyvern",))

    refused = text_of(await private_answer(boss, await boss.fill(words="drake\nturnip")))

    assert "Someone changed this setting in the meantime. Nothing changed." in refused
    assert "drake\nturnip" in refused
    assert (await server.settings()).blocked_words == ("wyvern",)


async def test_undo_takes_the_last_change_back_once_and_never_another_managers(server: Server) -> None:
    boss = server.boss
    message = await decided(boss, server.channel, spoiler=True)

    undone = await asyncio.gather(*(pressed(boss, message, "undo", "spoiler") for _ in range(2)))
    first, changes = await server.settings(), (await server.room.service.server_admin.overview(int(server.id))).changes
    await server.set(spoiler=True)
    stale = await opened(boss, server.channel, "safety")
    await server.set(spoiler=False)
    refused = text_of(await pressed(boss, stale, "undo", "spoiler"))

    assert first.spoiler is False
    assert [(change.what, change.after) for change in changes] == [("spoiler", "false"), ("spoiler", "true")]
    assert any("Someone changed this setting" in text_of(message) for message in undone)
    assert "Someone changed this setting" in refused


async def test_a_press_twice_changes_once_and_says_so(server: Server) -> None:
    message = await opened(server.boss, server.channel, "safety")

    twice = await asyncio.gather(*(pressed(server.boss, message, "on", "spoiler") for _ in range(2)))

    assert len((await server.room.service.server_admin.overview(int(server.id))).changes) == 1
    assert {"**images as spoilers**: yes" in text_of(message) for message in twice} == {True}


async def test_fifty_channels_are_shown_in_parts_and_none_is_lost(server: Server) -> None:
    boss, channels = server.boss, await server.channels(30)
    await server.set(channels=tuple(map(int, channels)))

    message = await opened(boss, server.channel, "channels")
    first = defaults(message, "channels")
    message = await pressed(boss, message, "more", "channels")
    second = defaults(message, "channels")
    message = await pressed(boss, message, "list", "channels", [*channels[25:29], server.channel])

    assert (first, second) == (channels[:25], channels[25:])
    assert "26–30 of 30" in text_of(message)
    assert list((await server.settings()).channels) == [*map(int, channels[:29]), int(server.channel)]


async def test_deleted_channels_and_roles_are_shown_and_removed(server: Server) -> None:
    boss, role, (gone, kept) = server.boss, await server.role(), await server.channels(2)
    await decided(
        boss, server.channel, channels=[gone, kept], tiers={role: 5}, exempt_roles=[role], log_channel_id=gone
    )
    await server.room.control.post("/channels/delete", channel=gone)
    await server.room.control.post("/roles/delete", role=role)
    guild = server.room.bot.get_guild(int(server.id))
    assert guild is not None
    while guild.get_channel(int(gone)) is not None or guild.get_role(int(role)) is not None:  # noqa: ASYNC110  # a cache
        await asyncio.sleep(0.01)

    message = await opened(boss, server.channel, "channels")
    shown, listed = text_of(message), defaults(message, "channels")
    for page, name in (("channels", "channels"), ("limits", "tiers"), ("limits", "exempt_roles"),
                       ("messages", "log_channel_id")):  # fmt: skip
        message = await pressed(boss, await pressed(boss, message, "page", page), "gone", name)
    settings = await server.settings()

    assert f"1 deleted: `{gone}`" in shown
    assert listed == [kept]
    assert settings == replace(ServerSettings(), channels=(int(kept),))
    assert "deleted" not in text_of(message)


async def test_a_prompt_is_tried_against_the_blocked_words(server: Server) -> None:
    boss = server.boss
    message = await decided(boss, server.channel, blocked_words=["wyvern", "big wyrm"])

    held = await filled(boss, message, "prompt", prompt="a w y v e r n over a bigwyrm")
    passes = await filled(boss, held, "prompt", prompt="a big drake")

    assert "This prompt would be blocked here. It contains ||wyvern||, ||big wyrm||." in text_of(held)
    assert "This prompt contains none of this server's blocked words." in text_of(passes)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"member_images_per_day": "many"}, "That isn't a whole number. Nothing changed."),
        ({"member_images_per_day": "999999"}, "the limit is 100000. Nothing changed."),
        ({"words": "c++"}, "at least 2 letters or digits"),
        ({"words": "x" * 60}, "the limit is 50. Nothing changed."),
    ],
)
async def test_a_form_that_is_refused_says_why_on_the_panel(server: Server, values: Json, says: str) -> None:
    form = "words" if "words" in values else "limits"
    message = await opened(server.boss, server.channel, "safety" if form == "words" else "limits")

    refused = await filled(server.boss, message, form, **values)

    assert refused["id"] == message["id"]
    assert says in text_of(refused)
    assert await server.settings() == ServerSettings()


async def test_a_made_up_channel_role_or_language_changes_nothing(server: Server) -> None:
    boss, elsewhere = server.boss, server.room.channel_id(await server.room.channel())
    made_up = {
        ("channels", "list", "channels", CHANNEL_SELECT): [elsewhere, "x", "-1"],
        ("channels", "list", "hold_channels", CHANNEL_SELECT): [server.id],
        ("messages", "pick", "log_channel_id", CHANNEL_SELECT): [elsewhere],
        ("messages", "pick", "language", 3): ["xx\n**"],
        ("safety", "pick", "hold_newcomers_days", 3): ["9999"],
        ("limits", "list", "exempt_roles", 6): [server.channel],
    }

    for (page, act, name, kind), values in made_up.items():
        message = await opened(boss, server.channel, page)
        custom_id = id_of(message, act, name)
        sent = await boss.forge(server.channel, 3, message, custom_id=custom_id, component_type=kind, values=values)
        assert "Nothing changed." in text_of(await private_answer(boss, sent)), name

    assert await server.settings() == ServerSettings()


def submitted(what: str, shown: str = "", **values: Any) -> Json:
    """Return the data of a form that nobody opened."""
    fields = [
        {
            "custom_id": name,
            **({"type": 6, "values": value} if isinstance(value, list) else {"type": 4, "value": value}),
        }
        for name, value in values.items()
    ]
    parts = [{"type": 18, "id": 1, "component": {**field, "id": 2}} for field in fields]
    return {"custom_id": f"w1:studioform:{what}:{shown}:0123456789abcdef", "components": parts}


async def test_a_made_up_form_changes_nothing_and_never_takes_a_public_messages_place(server: Server) -> None:
    boss, role = server.boss, await server.role()
    panel = await opened(boss, server.channel)
    public = await server.room.delivered(boss, server.channel, "a pier")
    elsewhere = str(server.room.box.world.server_id)
    forms = [
        submitted("tier", role=[elsewhere], images="3"),
        submitted("tier", role=[], images="3"),
        submitted("tier", role=[role], images="-3"),
        submitted("tier", role=[role], images="9" * 4000),
        submitted("limits", "0.0", member_images_per_day="1e3", images_per_month=""),
        submitted("words", "0" * 16, words="wyvern"),
    ]

    said = [await private_answer(boss, await boss.forge(server.channel, 5, panel, **form)) for form in forms]
    beside = await private_answer(boss, await boss.forge(server.channel, 5, public, **forms[0]))

    assert all("Nothing changed." in text_of(message) for message in (*said, beside))
    assert beside["id"] != public["id"]
    assert await server.settings() == ServerSettings()


async def test_who_no_longer_manages_the_server_changes_nothing(server: Server) -> None:
    boss = server.boss
    message, words = await opened(boss, server.channel, "safety"), await opened(boss, server.channel, "safety")
    await form_opened(boss, words, "words")
    await server.room.control.post("/members", server=server.id, person=boss.id, roles=[])

    answers = [
        await private_answer(boss, await press_id(boss, message, id_of(message, "on", "spoiler"))),
        await private_answer(boss, await press_id(boss, message, id_of(message, "form", "words"))),
        await private_answer(boss, await boss.fill(words="wyvern")),
    ]

    assert all("Only members who can manage this server" in text_of(answer) for answer in answers)
    assert await server.settings() == ServerSettings()


async def test_what_keeps_a_review_or_the_log_from_managers_is_said_beside_the_setting(server: Server) -> None:
    boss, (log,) = server.boss, await server.channels(1)

    held = text_of(await decided(boss, server.channel, hold_newcomers_days=7))
    await server.room.control.post("/permissions", channel=log, deny=["ATTACH_FILES"])
    closed = text_of(await decided(boss, server.channel, log_channel_id=log))
    after = text_of(await opened(boss, server.channel, "safety"))

    assert "Choose a log channel under Messages" in held
    assert "I can't post there. Let me view the channel, send messages and attach files in it." in closed
    assert "Choose a log channel" not in after


async def test_the_panel_is_in_the_managers_language(server: Server) -> None:
    lin = await server.room.control.person("小林", server=server.id, manager=True, locale="zh-CN")

    message = await decided(lin, server.channel, spoiler=True)

    assert "**图片标记为剧透**：是" in text_of(message)
    assert "撤销：图片标记为剧透" in text_of(message)


async def test_the_fullest_settings_fit_into_every_page(server: Server) -> None:
    many = tuple(range(10**18, 10**18 + 50))
    lists = dict.fromkeys(("channels", "private_channels", "hold_channels", "exempt_roles"), many)
    words = tuple(f"{number:02}aa{'_' * 24}" for number in range(50))
    await server.set(**lists, blocked_words=words, tiers=tuple(Tier(one, 100_000) for one in many))

    for page in ("overview", "limits", "channels", "safety", "messages"):
        assert "w1:studio:page" in str(await opened(server.boss, server.channel, page))
    message = await opened(server.boss, server.channel, "safety")
    refused = await filled(server.boss, message, "words", words="\N{FROG FACE}" * 775)
    held = await filled(server.boss, message, "prompt", prompt=" ".join(words))

    assert "Nothing changed." in text_of(refused)
    assert "and 40 more" in text_of(held)
