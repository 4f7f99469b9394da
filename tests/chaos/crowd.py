"""The members of the kill tests: they send requests in every way, press buttons, and record what they did."""

from __future__ import annotations

import io
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from PIL import Image

from sandbox.objects import DISCORD_EPOCH_MS
from sandbox.people import Control, File, Person, Refused, button_id, components_of, images_of
from sandbox.records import Message
from sandbox.run import Sandbox
from tests.chaos.points import ADOPTED, ANY, CALL, CANCEL, CREATE, DIRECT, NOTIFIED, STREAM, Point

PEOPLE, CHANNELS = 6, 12
FULL_AFTER = 9  # asks after which a person makes room for a new one
RECENT, RECENT_PRIVATE = 40, 200  # messages that are looked at for something to press, and for Share

# The settings by which the bot takes sets of twelve, and soon refuses more.
SETS = {
    "MODELS": "wan2.6-image, wan2.6-t2i, wan2.7-image", "MEMBER_IMAGES_PER_DAY": "18", "PERSON_IMAGES_PER_DAY": "20",
}  # fmt: skip

Fault = tuple[str, dict[str, Any]]  # its name, and what it is armed with

# What misbehaves beside the kills.
FAULTS: list[Fault] = [
    ("prompt_rejected", {}),
    ("wan_error", {"status": 503, "code": "ModelUnavailable"}),
    ("wan_error", {"status": 429, "code": "Throttling.RateQuota"}),
    ("wan_error", {"status": 500, "code": "InternalError"}),
    ("gateway_error", {"status": 502}),
    ("wan_disconnect", {}),
    ("wan_slow", {"seconds": 61.0}),
    ("task_failed", {"code": "InternalError"}),
    ("task_canceled", {}),
    ("task_unknown", {}),
    ("stream_error", {"after": 3}),
    ("stream_disconnect", {"after": 8}),
    ("empty_choice", {}),
    ("fewer_images", {}),
    ("truncated_image", {}),
    ("expired_link", {}),
    ("cdn_missing", {}),
    ("too_many_requests", {"match": "PATCH"}),
    ("server_error_before", {"match": "PATCH"}),
    ("server_error_after", {"match": "PATCH"}),
    ("server_error_before", {"match": "/messages"}),
    ("server_error_after", {"match": "/messages"}),
    ("discord_reset_after", {"match": "PATCH"}),
    ("discord_reset_after", {"match": "/messages"}),
    ("discord_reset_after", {"match": "/callback"}),
    ("token_expired", {}),
    ("v2_upload_refused", {}),
    ("missing_permissions", {}),
    ("duplicate_event", {}),
]


@dataclass(frozen=True)
class Asked:
    """One request as its member knows it. *key* is that of its job, if any; *since_s* is when its modal opened."""

    key: str
    person_id: str
    channel_id: str
    at_s: float
    way: str
    since_s: float


Way = Callable[[Person, Random], Awaitable[None]]


def png(rng: Random) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (256, 256), (rng.randrange(256), rng.randrange(256), 90)).save(out, "PNG")
    return out.getvalue()


def made_s(snowflake: str) -> float:
    """Return when a message, an interaction or a modal was created, by its id, in seconds."""
    return ((int(snowflake) >> 22) + DISCORD_EPOCH_MS) / 1000


class Crowd:
    """All members. *now_s* is the clock that times the kills."""

    def __init__(self, box: Sandbox, control: Control, now_s: Callable[[], float]) -> None:
        self._box, self._control, self._now_s = box, control, now_s
        self.asks: list[Asked] = []
        self.with_sets = False  # only if the bot has SETS
        self.deleted: set[str] = set()  # results that their people took away
        self.shared: set[tuple[int, int]] = set()  # the private images, by job and number, whose Share was pressed
        self.people: list[Person] = []
        self.everybody: list[Person] = []
        self._asks_of: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._pressed: set[tuple[str, str]] = set()

    async def begin(self) -> None:
        for number in range(CHANNELS):
            await self._control.post("/channels", name=f"room-{number}")

    async def a_member(self, rng: Random) -> Person:
        """Return a member with quota left. Replace a member who has sent enough requests."""
        self.people = [one for one in self.people if self._asks_of[one.id] < FULL_AFTER]
        while len(self.people) < PEOPLE:
            one = await self._control.person(f"P{len(self.everybody) + 1}")
            self._asks_of[one.id] = 0
            self.people.append(one)
            self.everybody.append(one)
        return rng.choice(self.people)

    def _channel(self, rng: Random) -> str:
        return f"room-{rng.randrange(CHANNELS)}"

    def _words(self, rng: Random) -> str:
        return f"{rng.choice(['a lighthouse', 'two boats', 'a harbor at dusk'])} c{next(self._numbers):05d}"

    def _note(self, key: str, person: Person, channel_id: str, way: str, since_s: float | None = None) -> None:
        now_s = self._now_s()
        self.asks.append(Asked(key, person.id, channel_id, now_s, way, now_s if since_s is None else since_s))
        self._asks_of[person.id] += 1

    async def _slash(self, person: Person, channel: str, way: str, command: str = "imagine", **options: Any) -> None:
        made = await person.slash(channel, command, **options)
        self._note(f"i:{made.id}", person, self._box.world.interactions[made.id].channel_id, way)

    async def words(self, person: Person, rng: Random) -> None:
        channel = "dm" if rng.random() < 0.15 else self._channel(rng)
        await self._slash(person, channel, "slash", prompt=self._words(rng))

    async def several(self, person: Person, rng: Random) -> None:
        await self._slash(person, self._channel(rng), "slash", prompt=self._words(rng), count=rng.randint(2, 3))

    async def private(self, person: Person, rng: Random) -> None:
        await self._slash(
            person, self._channel(rng), "private", prompt=self._words(rng), count=rng.randint(1, 3), private=True
        )

    async def image_set(self, person: Person, rng: Random) -> None:
        """Request a set that may need two messages. The seed decides how many images come."""
        await self._slash(person, self._channel(rng), "set", prompt=self._words(rng), set=12)

    async def story(self, person: Person, rng: Random) -> None:
        await self._slash(person, self._channel(rng), "story", command="story", prompt=self._words(rng))

    async def attached(self, person: Person, rng: Random) -> None:
        file = File("photo.png", png(rng))
        await self._slash(person, self._channel(rng), "attachment", prompt=self._words(rng), image1=file)

    async def mention(self, person: Person, rng: Random, files: tuple[File, ...] = ()) -> None:
        channel = self._channel(rng)
        said = await person.say(channel, f"<@{self._box.world.bot_id}> {self._words(rng)}", files)
        self._note(f"m:{said}", person, self._box.world.messages[said].channel_id, "mention")

    async def mention_with_image(self, person: Person, rng: Random) -> None:
        await self.mention(person, rng, (File("photo.png", png(rng)),))

    async def menu(self, person: Person, rng: Random) -> None:
        """Open the edit form on the member's own image. ``stir`` fills the modal when it has opened."""
        said = await person.say(self._channel(rng), "look", [File("photo.png", png(rng))])
        await person.menu("Edit image", self._json(self._box.world.messages[said]))

    def _json(self, message: Message) -> dict[str, Any]:
        return self._box.world.message_json(message)

    async def stir(self, rng: Random, *, cancelling: bool) -> None:
        """Fill the open modals, and press a few of the visible buttons."""
        for modal in list(self._box.world.modals.values()):
            person = next((one for one in self.everybody if one.id == modal.person_id), None)
            if person is not None:
                values = {"words": self._words(rng)}
                said = await self._control.post("/act/modal", person=person.id, modal=modal.id, values=values)
                self._note(f"i:{said['interaction']}", person, modal.channel_id, "modal", made_s(modal.id))
        for message in self._recent():
            await self._maybe_press(self._json(message), rng, cancelling)
        await self._share_some(rng, 0.1)

    def _recent(self, *, private: bool = False) -> list[Message]:
        most = RECENT_PRIVATE if private else RECENT
        newest = itertools.islice(reversed(self._box.world.messages.values()), most)
        bot = self._box.world.bot_id
        return [one for one in newest if one.author_id == bot and (one.ephemeral_for is not None) == private]

    async def _share_some(self, rng: Random, chance: float) -> None:
        for message in self._recent(private=True):
            if rng.random() < chance:
                await self._maybe_share(message)

    async def _maybe_share(self, message: Message) -> None:
        """Press Share, as often as it is there: a press whose process died is repeated, and may come twice."""
        card, owner_id = self._json(message), message.ephemeral_for
        if (owner := next((one for one in self.everybody if one.id == owner_id), None)) is None:
            return
        with suppress(Refused):  # it is no result, or it is shared
            _, _, job, number = button_id(card, "Share").split(":")
            self.shared.add((int(job), int(number)))
            await owner.press(card, "Share")

    async def _maybe_press(self, message: dict[str, Any], rng: Random, cancelling: bool) -> None:
        labels = {part.get("label") for part in components_of(message)}
        if "Cancel" in labels and rng.random() < (0.9 if cancelling else 0.1):
            await self._press_once(message, "Cancel", rng)
        if "Generate again" in labels and rng.random() < 0.04:
            await self._press_once(message, "Generate again", rng)
        if "Edit image" in labels and rng.random() < 0.03:
            await self._press_once(message, "Edit image", rng)
        if "Delete" in labels and rng.random() < 0.02:
            await self._press_once(message, "Delete", rng)

    async def _press_once(self, message: dict[str, Any], label: str, rng: Random) -> None:
        if (message["id"], label) in self._pressed or (label != "Cancel" and not images_of(message)):
            return
        self._pressed.add((message["id"], label))
        owner = self._owner(message)
        person = owner if owner is not None and label in ("Cancel", "Delete") else await self.a_member(rng)
        try:
            button_id(message, label)
            made = await person.press(message, label)
        except Refused:
            return  # it has changed meanwhile, as under anybody's finger
        if label == "Delete":
            self.deleted.add(message["id"])
        if label == "Generate again":
            self._note(f"i:{made.id}", person, message["channel_id"], "again")

    def _owner(self, message: dict[str, Any]) -> Person | None:
        """Return the member whose request a message answers."""
        about = message.get("interaction_metadata")
        there = (message.get("message_reference") or {}).get("message_id")
        asked = None if there is None else self._box.world.messages.get(there)
        user_id = about["user"]["id"] if about else (asked.author_id if asked else None)
        return next((one for one in self.everybody if one.id == user_id), None)

    async def batch(self, point: Point, rng: Random, *, stories: bool) -> None:
        """Send the requests that make *point* likely, and a few others."""
        faults, ways = self._towards(point, stories)
        for name, arguments in faults:
            await self._control.arm(name, **arguments)
        if rng.random() < 0.5:
            name, arguments = rng.choice(FAULTS)
            await self._control.arm(name, **arguments)
        others = [
            self.words,
            self.several,
            self.private,
            self.attached,
            self.mention,
            self.mention_with_image,
            self.menu,
        ]
        others += [self.image_set] if self.with_sets else []
        others += [self.story] if stories else []
        await self._share_some(rng, 0.5)
        beside = [rng.choice(others) for _ in range(rng.randint(1, 3))]
        for way in [*ways, *beside]:
            with suppress(Refused):  # the command is not registered while the bot is away
                await way(await self.a_member(rng), rng)

    def _towards(self, point: Point, stories: bool) -> tuple[list[Fault], list[Way]]:
        # What others ask for beside it takes some of them, too.
        refuse: Fault = ("prompt_rejected", {"times": 3})
        hook: Fault = ("token_expired", {"times": 20})
        recipes: dict[str, tuple[list[Fault], list[Way]]] = {
            "follow-up": ([refuse], [self.words]),
            "read by token": ([("discord_reset_after", {"match": "/callback", "times": 2})], [self.words, self.words]),
            "delete by token": ([refuse], [self.words]),
            "failed": ([refuse], [self.words]),
            NOTIFIED: ([refuse], [self.words]),
            "message": ([], [self.mention, self.private]),
            "history": ([], [self.mention] * 4),  # on a busy machine some get a card, whose result edits it
            "read": ([hook, ("expired_link", {"times": 4})], [self.words, self.words]),
            "edit": ([hook], [self.words, self.mention]),
            "delete": ([refuse, hook], [self.words, self.words]),
            "open direct": ([refuse], [self.mention, self.mention]),
            DIRECT: ([refuse], [self.mention, self.mention]),
            "file": ([], [self.attached, self.mention_with_image]),
            "requested": ([], [self.attached]),
            CALL: ([], [self.words, self.words]),
            CREATE: ([], [self.several]),
            "task query": ([], [self.several, self.several]),
            CANCEL: ([], [self.several] * 4),
            "submitted": ([], [self.several]),
            STREAM: ([], [self.story]),
            "canceled": ([], [self.words] * 9),
            ANY: ([], [self.words, self.several, self.mention]),
            ADOPTED: ([], [self.words, self.several, self.mention]),
        }
        return recipes.get(point.what, ([], [self.words, self.attached, self.private]))
