"""The stage of a card: a server, a channel and people of one language, all new."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.people import Control, Json, Person, SentInteraction, components_of, images_of, private_answer

LOCALES = ("en-US", "zh-CN")


@dataclass(frozen=True)
class Props:
    """What people of one language say and are called."""

    server: str
    channel: str
    me: str
    other: str
    boss: str
    lighthouse: str
    winter: str
    owl: str
    boats: str
    boat: str
    patch: tuple[str, str]
    fox: str
    announcement: str
    people: str
    unkind: tuple[str, str]
    role: str
    rooms: tuple[str, str]
    other_server: str
    style: tuple[str, str, str]  # its name, the words before and after
    pet: str
    doors: str
    why: str


PROPS = {
    "en-US": Props(
        server="The Lighthouse",
        channel="harbor",
        me="Ana",
        other="Bo",
        boss="Cy",
        lighthouse="a lighthouse at dusk",
        winter="make it winter",
        owl="an owl reading by candlelight",
        boats="four small boats in the mist",
        boat="add a small boat",
        patch=("dusk", "dawn"),
        fox="a fox looks for the sea",
        announcement="Sunday at 10:00 UTC the bot moves to a new machine and is away for ten minutes.",
        people="people, text",
        unkind=("dragon", "dungeon"),
        role="Regulars",
        rooms=("paintings", "log"),
        other_server="Cat Lovers",
        style=("Woodblock", "a woodblock print of", ", flat colors"),
        pet="Momo",
        doors="a {red|blue} door by the sea",
        why="Please no logos here.",
    ),
    "zh-CN": Props(
        server="灯塔",
        channel="港口",
        me="小梅",
        other="阿博",
        boss="阿诚",
        lighthouse="黄昏的灯塔",
        winter="改成冬天",
        owl="烛光下读书的猫头鹰",
        boats="薄雾中的四只小船",
        boat="加一只小船",
        patch=("黄昏", "清晨"),
        fox="一只狐狸去寻找大海",
        announcement="周日 10:00（UTC）机器人将迁移到新服务器，约停用十分钟。",
        people="人物，文字",
        unkind=("恶龙", "地牢"),
        role="常客",
        rooms=("画室", "日志"),
        other_server="猫咪俱乐部",
        style=("木版画", "一幅木版画：", "，平涂色彩"),
        pet="团子",
        doors="海边的一扇{红色|蓝色}的门",
        why="请不要出现商标。",
    ),
}


@dataclass(frozen=True)
class Shot:
    """What is to be seen: the modal that is open at *person*, or a message."""

    person: Person
    channel_id: str
    message: Json | None = None
    above: tuple[Shot, ...] = ()  # in the same picture

    def below(self, *above: Shot) -> Shot:
        """Return this below others, in one picture."""
        return replace(self, above=above)

    @property
    def shows(self) -> str:
        return "dialog[open]" if self.message is None else f"#m{self.message['id']}"


@dataclass(frozen=True)
class Stage:
    """*me* is whose card is shown; *manager* has the server in hand; *operator* hosts the bot."""

    control: Control
    locale: str
    props: Props
    bot_id: str
    database: Path
    server: str
    roles: dict[str, str]
    channel: str  # by its id: the operator sees many of one name
    me: Person
    other: Person
    manager: Person
    operator: Person

    @property
    def mention(self) -> str:
        return f"<@{self.bot_id}>"

    def sees(self, message: Json | None = None, person: Person | None = None) -> Shot:
        """A message as *me*, or *person*, sees it; without one, the open modal."""
        return Shot(person or self.me, self.channel if message is None else message["channel_id"], message)

    async def tell(self, command: str, person: Person | None = None, **options: Any) -> Shot:
        """The private answer to a command."""
        who = person or self.me
        return self.sees(await self.answer(who, await who.slash(self.channel, command, **options)), who)

    async def answer(self, person: Person, asked: SentInteraction) -> Json:
        return await private_answer(person, asked)

    async def result(self, person: Person, prompt: str, **options: Any) -> Json:
        """The picture of *prompt*, once its card is posted and its quota is settled."""
        asked = await person.slash(self.channel, "imagine", prompt=prompt, **options)
        return await self.seen(person, lambda m: is_result(m) and of(asked, m), f"the picture of {prompt}")

    async def seen(self, person: Person, found: Callable[[Json], bool], what: str) -> Json:
        message = await person.see(self.channel, found, what)
        await asyncio.sleep(0.3)  # an image is shown a moment before its quota is settled
        return message

    async def second_manager(self) -> Person:
        """Another manager of this server."""
        return await self.control.person(self.props.boss, manager=True, server=self.server, locale=self.locale)

    async def room(self, name: str) -> str:
        """The id of another channel."""
        return str((await self.control.post("/channels", name=name, server=self.server))["id"])

    async def press(self, person: Person, message: Json, verb: str, *values: str) -> SentInteraction:
        """Press the button of a verb, whatever it is called in this language, or choose *values* in its select."""
        if values:
            return await person.choose(message, custom_id(message, verb), *values)
        said = await self.control.post(
            "/act/press", person=person.id, message=message["id"], custom_id=custom_id(message, verb)
        )
        return SentInteraction(self.control, said["interaction"])

    def spread(self) -> None:
        """Put what was made here on different days, in the bot's store: a chart of one day shows nothing."""
        with closing(sqlite3.connect(self.database, timeout=10)) as store, store:
            back = "UPDATE jobs SET ended_at = ended_at - (id * 5 % 13) * 86400000000 WHERE scope = ?"
            store.execute(back, (f"g:{self.server}",))

    def spend_earlier(self) -> None:
        """Put what was spent on different days, in the bot's store: on the first day there is no forecast."""
        with closing(sqlite3.connect(self.database, timeout=10)) as store, store:
            store.execute(
                """UPDATE ledger SET "window" = date("window", '-' || (job_id * 5 % 7) || ' days')
                WHERE name = 'paid' AND "window" = (SELECT max("window") FROM ledger WHERE name = 'paid')"""
            )
            store.execute(
                """INSERT OR REPLACE INTO counters (name, subject, "window", reserved, used)
                SELECT 'budget_day', 'bot', "window", 0, sum(amount) * 30000 FROM ledger
                WHERE name = 'paid' AND entry = 'settle' GROUP BY "window" """
            )


def custom_ids(message: Json) -> list[str]:
    return [str(part["custom_id"]) for part in components_of(message) if part.get("custom_id")]


def custom_id(message: Json, verb: str) -> str:
    """The id of the button of a verb. StopIteration where there is none."""
    return next(name for name in custom_ids(message) if name.startswith(f"w1:{verb}:"))


def has(message: Json, verb: str) -> bool:
    """Whether it has the button of a verb."""
    return any(name.startswith(f"w1:{verb}:") for name in custom_ids(message))


def is_result(message: Json) -> bool:
    return bool(images_of(message)) and has(message, "again")


def of(asked: SentInteraction, message: Json) -> bool:
    """Whether it is the answer to an interaction."""
    return str((message.get("interaction_metadata") or {}).get("id")) == asked.id


async def new_stage(control: Control, locale: str, bot_id: str, database: Path, operator: Person) -> Stage:
    """A server of its own, so that no card knows of another's."""
    props = PROPS[locale]
    server = await control.post("/servers", name=props.server, locale=locale)
    about = {"server": server["id"], "locale": locale}
    channel = await control.post("/channels", name=props.channel, server=server["id"])
    me, other = await control.person(props.me, **about), await control.person(props.other, **about)
    manager = await control.person(props.boss, manager=True, **about)
    await control.post("/members", server=server["id"], person=operator.id)
    offered = {"type": "user", "id": operator.id, "permission": True}  # as the server's administrator does
    await control.post("/commands/permissions", server=server["id"], command="operator", rules=[offered])
    return Stage(
        control, locale, props, bot_id, database, server["id"], server["roles"], channel["id"], me, other, manager,
        operator,
    )  # fmt: skip
