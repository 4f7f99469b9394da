"""Everything that was ever visible in the channels, even in a message that was deleted since."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from itertools import combinations
from math import inf
from typing import Any

from sandbox.people import LOADING, text_of
from sandbox.world import World
from tests.chaos.trigger import CAUSE, NOBODY

FILE = re.compile(r"wanvas-(\d+)-(\d+)\.")
SENTENCE = re.compile(r"\b(quota|used)\b")


@dataclass
class Sighting:
    """One message of the bot: every image and every text that it ever showed."""

    channel_id: str
    reply_to: str | None
    images: set[tuple[int, int]] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    shown_s: float = inf  # when its images became visible
    gone_s: float = inf
    holds: set[tuple[int, int]] = field(default_factory=set)  # the images that it shows, or showed at its deletion
    removed_by: int | None = None  # the process that deleted it
    is_private: bool = False  # only its requester sees it


@dataclass(frozen=True)
class Effect:
    """A request that created or changed a message with images of a job."""

    job_id: int
    kind: str
    pid: int
    at_s: float


def _overlap(one: Sighting, other: Sighting) -> bool:
    together = one.shown_s < other.gone_s and other.shown_s < one.gone_s
    return together and bool(one.images & other.images)


class Seen:
    """Records the world's events. Private messages cause no events, and are read at the end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages: dict[str, Sighting] = {}
        self.effects: list[Effect] = []
        world.on_event.append(self._note)

    def _note(self, name: str, body: dict[str, Any], _where: object) -> None:
        kind, pid, at_s = CAUSE.get(("", NOBODY, 0.0))
        if name == "MESSAGE_DELETE" and body["id"] in self.messages:
            gone = self.messages[body["id"]]
            gone.gone_s, gone.removed_by = time.time(), pid if kind else None
        if name not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or body["author"]["id"] != self._world.bot_id:
            return
        reply_to = (body.get("message_reference") or {}).get("message_id")
        seen = self.messages.setdefault(body["id"], Sighting(body["channel_id"], reply_to))
        own = json.dumps({name: body[name] for name in ("components", "attachments", "content")})
        seen.holds = {(int(job), int(number)) for job, number in FILE.findall(own)}
        seen.images |= seen.holds
        if kind:
            self.effects += [Effect(job_id, kind, pid, at_s) for job_id in {job_id for job_id, _ in seen.holds}]
        seen.texts.append(text_of(body))
        if seen.images:
            seen.shown_s = min(seen.shown_s, time.time())

    def read_private(self) -> None:
        """Record the private messages that have images now."""
        for message in self._world.messages.values():
            files = {
                (int(job), int(number)) for job, number in FILE.findall(" ".join(f.filename for f in message.files))
            }
            if message.ephemeral_for is not None and files:
                texts = [text_of(message.body)]
                self.messages[message.id] = Sighting(message.channel_id, None, files, texts, is_private=True)

    def results_of(self, job_id: int) -> set[str]:
        """Return the messages that ever showed an image of that job."""
        return {name for name, seen in self.messages.items() if any(job == job_id for job, _ in seen.images)}

    def at_once(self, job_id: int) -> list[str]:
        """Return the messages that showed an image of that job while another message showed it too."""
        results = {name: self.messages[name] for name in self.results_of(job_id)}
        pairs = [pair for pair in combinations(results, 2) if _overlap(results[pair[0]], results[pair[1]])]
        return sorted({name for pair in pairs for name in pair})

    def private_sentences(self, interaction_id: str) -> list[str]:
        """Return the private sentences that answered an interaction."""
        made = self._world.interactions[interaction_id]
        found = [self._world.messages.get(name) for name in (made.original_id or "", *made.followups)]
        said = [text_of(message.body) for message in found if message is not None and message.ephemeral_for]
        return [text for text in said if SENTENCE.search(text)]

    def direct_sentences(self, person_id: str) -> list[str]:
        """Return the sentences in a person's DM."""
        channel = self._world.bot_dm(person_id).id
        there = [seen for seen in self.messages.values() if seen.channel_id == channel and not seen.images]
        return [text for seen in there for text in seen.texts if SENTENCE.search(text)]

    def open_sentences(self, person_id: str) -> list[tuple[str | None, str]]:
        """Return the sentences to one person in channels: (the message that is answered, the sentence)."""
        there = [seen for seen in self.messages.values() if not seen.images]
        said = [(seen.reply_to, [text for text in seen.texts if f"<@{person_id}>" in text and SENTENCE.search(text)])
                for seen in there]  # fmt: skip
        return [(reply_to, texts[-1]) for reply_to, texts in said if texts]

    def still_thinking(self) -> list[str]:
        """Return the messages that still show "thinking"."""
        return [message.id for message in self._world.messages.values() if int(message.body["flags"]) & LOADING]

    def stale_cards(self) -> list[str]:
        """Return the messages that still show a status card without a result."""
        at_wan = "Generating|Waiting at the image service|Canceling|Too late to cancel"
        waits = re.compile(rf"^({at_wan}|Next in queue|(about )?\d+(st|nd|rd|th) in queue|Waiting:)")
        bots = [message for message in self._world.messages.values() if message.author_id == self._world.bot_id]
        return [message.id for message in bots if waits.search(text_of(message.body)) and not message.files]
