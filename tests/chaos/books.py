"""Compare what the sandbox generated and showed, what the ledger says, and what each member was notified of."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from sqlalchemy import Engine, RowMapping, select

from imagegen.store import tables, tables_jobs
from imagegen.store.audit import audit
from sandbox.discord.session import is_shard_of
from sandbox.record import Entry
from sandbox.world import World
from tests.chaos.crowd import Asked, made_s
from tests.chaos.launch import Move
from tests.chaos.lives import around, at_s
from tests.chaos.points import ADOPTED, CREATE, DELIVERING
from tests.chaos.seen import Effect, Seen
from tests.chaos.trigger import NOBODY, Sent

LOST, TWICE, DOUBLE, PAID, AGAIN = "lost", "counted wrong", "double messages", "paid twice", "sent again"
STALE, LEDGER, FENCE, WRONG = "stale cards", "ledger", "written by a former owner", "not understood"
FORMER_SENT, FORMER_SHOWN, REMOVED = "sent by a former owner", "delivered by a former owner", "removed delivered images"
LEAKED = "private images that everybody saw"
EVERY = (LEAKED, LOST, TWICE, DOUBLE, STALE, PAID, AGAIN, LEDGER, FENCE, FORMER_SENT, FORMER_SHOWN, REMOVED, WRONG)

OWNING = ("submitting", DELIVERING, ADOPTED)  # the process that wrote such a move owned the job from then on
SOON_S = 4.0  # a request is acknowledged and accepted within that time, unless the process died


@dataclass(frozen=True)
class Killed:
    """A process that was killed, or put to sleep.

    *ready_at_s* is when a process of its shard listened again, or when the process woke. *adopted*: another process
    owned its jobs by then, which cannot be if the process was alone.
    """

    pid: int
    at_s: float
    ready_at_s: float
    shard: tuple[int, int]  # whose events it heard: a server's, or also direct messages
    adopted: bool = True


@dataclass
class Books:
    """All records of one run: of the sandbox, the store, the members and the kills."""

    world: World
    seen: Seen
    asks: list[Asked]
    deleted: set[str]
    sent: list[Sent]
    record: list[Entry]
    moves: list[Move]
    kills: list[Killed]
    wrong: list[str]
    jobs: list[RowMapping] = field(default_factory=list)
    ledger: list[RowMapping] = field(default_factory=list)
    counters: list[RowMapping] = field(default_factory=list)
    broken: tuple[str, ...] = ()
    shared: set[tuple[int, int]] = field(default_factory=set)  # by job and number: their members pressed Share
    quota: dict[str, tuple[int, int]] = field(default_factory=dict)  # per person: left, of, in hundredths of an image
    found: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _bill: Counter[tuple[str, int]] = field(default_factory=Counter)  # images billed, by prompt and seed

    def read(self, engine: Engine) -> None:
        """Read the tables that the comparison needs."""
        with engine.connect() as tx:
            self.jobs = list(tx.execute(select(tables_jobs.jobs).order_by(tables_jobs.jobs.c.id)).mappings())
            self.ledger = list(tx.execute(select(tables.ledger)).mappings())
            self.counters = list(tx.execute(select(tables.counters)).mappings())
            self.broken = audit(tx)

    def compare(self) -> list[tuple[str, str]]:
        """Return (kind, sentence) for every broken promise."""
        self.found = [(LEDGER, sentence) for sentence in self.broken] + [(WRONG, text) for text in self.wrong]
        self.seen.read_private()
        self._count()
        for entry in self.record:
            if (asked := _asked_for(entry)) is not None:
                self._bill[asked] += int(entry.get("billed") or 0)
        for job in self.jobs:
            self._shown(job)
            self._money(job, [sent for sent in self.sent if sent.is_of(job)])
        self._told()
        self._unaccepted()
        self._cards()
        self._quotas()
        self._fences()
        self._former_owners()
        self._removed()
        return self.found

    def _say(self, kind: str, text: str) -> None:
        self.found.append((kind, text))

    def _count(self) -> None:
        self.counts.update(asked=len(self.asks), jobs=len(self.jobs), sent=len(self.sent))
        self.counts.update(job["state"] for job in self.jobs)
        self.counts["billed"] = sum(int(entry.get("billed") or 0) for entry in self.record)
        self.counts["shown"] = len({image for seen in self.seen.messages.values() for image in seen.images})

    # What was delivered, and how much quota that used.

    def _shown(self, job: RowMapping) -> None:
        results = self.seen.results_of(job["id"])
        if double := self.seen.at_once(job["id"]):
            said = [
                f"{name} in {self.seen.messages[name].channel_id}: {self.seen.messages[name].texts}" for name in double
            ]
            self._say(DOUBLE, f"job {job['id']} was in {len(double)} messages at once ({'; '.join(said)})")
        if job["ended_at"] is None or job["notified_at"] is None:
            self._say(LOST, f"job {job['id']} is {job['state']} and its requester was not notified")
        images = {image for name in results for image in self.seen.messages[name].images
                    if image[0] == job["id"]}  # fmt: skip
        if len(images) < (job["delivered"] or 0):
            self._say(LOST, f"job {job['id']} used {job['delivered']} of the quota and delivered {len(images)}")
        if len(images) > (job["delivered"] or 0):
            self._say(TWICE, f"job {job['id']} delivered {len(images)} and used {job['delivered']} of the quota")
        self._leaked(job, results)
        self._gone(job, results)
        self._astray(job, results)

    def _leaked(self, job: RowMapping, results: set[str]) -> None:
        """Nobody but its requester sees a private result, but for the images that they shared."""
        direct = self.world.bot_dm(str(job["user_id"])).id
        seen = [(name, self.seen.messages[name]) for name in results if job["private"]]
        open_ones = [(name, one.images) for name, one in seen if not one.is_private and one.channel_id != direct]
        self.counts["shared"] += len(open_ones)
        if leaked := [name for name, images in open_ones if not images <= self.shared]:
            self._say(LEAKED, f"job {job['id']} is private, and message {leaked[0]} shows its images to everybody")

    def _gone(self, job: RowMapping, results: set[str]) -> None:
        """A result stays until its members delete the message."""
        stands = any(name in self.world.messages or name in self.deleted for name in results)
        if results and not stands and job["state"] == "done":
            self._say(LOST, f"job {job['id']} was delivered in a message that is gone")

    def _astray(self, job: RowMapping, results: set[str]) -> None:
        """A result is delivered in the channel of its request, or by DM to its requester."""
        there = {ask.channel_id for ask in self.asks if ask.key == job["key"]}
        there.add(self.world.bot_dm(str(job["user_id"])).id)
        if astray := [name for name in results if self.seen.messages[name].channel_id not in there]:
            self._say(LOST, f"job {job['id']} was delivered elsewhere, in message {astray[0]}")

    # What was sent to Wan, and what of it was paid.

    def _money(self, job: RowMapping, sends: list[Sent]) -> None:
        doubts = 0
        for sent, after in pairwise(sends):
            if sent.refused or self._task_failed(sent):
                continue
            known = self._outcome(job, sent, after)
            if known is not None and known.remote_id:
                self._say(PAID, f"job {job['id']}: its task {known.remote_id} was stored, and another task was created")
            elif known is not None or not self._died(sent, after):
                self._say(AGAIN, f"job {job['id']}: sent again, though no process had died during the first send")
            doubts += 1
        if doubts > 1:
            self._say(AGAIN, f"job {job['id']}: sent again {doubts} times in doubt")
        self.counts["sent again in doubt"] += doubts
        self._paid(job, sends)

    def _task_failed(self, sent: Sent) -> bool:
        """Return whether Wan said that the task generated nothing."""
        return sent.kind == CREATE and bool(sent.task_id) and not self.billed(sent)

    def billed(self, sent: Sent) -> int:
        """Return how many images Wan billed for one request that was answered."""
        return sum(int(entry.get("billed") or 0) for entry in self.record
                   if sent.request_id and entry.get("request_id") == sent.request_id)  # fmt: skip

    def _outcome(self, job: RowMapping, sent: Sent, after: Sent) -> Move | None:
        """Return the move that stored the task or the images of *sent* before *after* was sent, or None."""
        between = [move for move in self.moves if move.job_id == job["id"] and sent.at_s < move.at_s < after.at_s]
        return next((move for move in between if move.state in ("submitted", "generated")), None)

    def _died(self, sent: Sent, after: Sent) -> bool:
        """Return whether the sender of *sent* died, or slept, before *after* was sent.

        A socket that no process holds belonged to a dead process. A sleeping process sends nothing: what a busy sandbox
        reads meanwhile was sent before.
        """
        mine = [kill for kill in self.kills if kill.pid == sent.pid and kill.adopted]
        dead = [kill for kill in mine if kill.at_s <= after.at_s and sent.at_s <= kill.ready_at_s]
        return bool(dead) or sent.pid == NOBODY

    def _paid(self, job: RowMapping, sends: list[Sent]) -> None:
        """The settled budget, and the server's share, cover all that Wan billed, also for a resend in doubt."""
        billed = sum(self._bill[sent.prompt, sent.seed] for sent in sends[:1])
        for name in ("budget_day", "share"):
            mine = [row for row in self.ledger if row["job_id"] == job["id"] and row["name"] == name]
            covered = sum(row["amount"] for row in mine if row["entry"] == "settle") // job["price_microusd"]
            if billed > covered:
                self._say(TWICE, f"job {job['id']}: Wan billed {billed}, the ledger settled {covered} of {name}")

    # What each member was notified of.

    def _told(self) -> None:
        """The requester of each failed job was notified once, or once more for each death during that."""
        ways = {ask.key: ask for ask in self.asks}
        pool: defaultdict[str, int] = defaultdict(int)
        for job in self.jobs:
            if job["state"] != "failed":
                continue
            said = self._answers(job["key"], str(job["user_id"]))
            if job["key"] not in ways:
                self._say(WRONG, f"job {job['id']} has an unknown key: {job['key']}")
            if len(said) > 1:
                self._said_twice(job, said)
            if not said:
                pool[str(job["user_id"])] += 1
        for ask in self._refused():
            if not self._answers(ask.key, ask.person_id):
                pool[ask.person_id] += 0  # never accepted: see _unaccepted
        for person_id, wanting in pool.items():
            loose = len(self.seen.direct_sentences(person_id)) + sum(
                reply_to is None for reply_to, _ in self.seen.open_sentences(person_id)
            )
            if loose < wanting:
                self._say(LOST, f"{wanting} jobs of person {person_id} failed, and {loose} sentences were said")

    def _said_twice(self, job: RowMapping, said: list[str]) -> None:
        """A private sentence has no nonce, and the bot cannot search for it: in doubt it is sent again."""
        ended_s, told_s = job["ended_at"].timestamp(), job["notified_at"].timestamp()
        died = [kill for kill in self.kills if ended_s <= kill.at_s <= told_s]
        openly = [text for text in said if text.startswith("<@")]  # a sentence with a nonce is never sent again
        if len(said) - 1 > len(died) or len(openly) > 1:
            self._say(DOUBLE, f"job {job['id']}: said {len(said)} times: {said[0]!r}")
        self.counts["said again in doubt"] += len(said) - 1

    def _answers(self, key: str, person_id: str) -> list[str]:
        """Return the sentences that certainly answer one request."""
        kind, _, name = key.partition(":")
        own = self.seen.private_sentences(name) if kind == "i" else []
        return own + [text for reply_to, text in self.seen.open_sentences(person_id) if reply_to == name]

    def _refused(self) -> list[Asked]:
        accepted = {job["key"] for job in self.jobs}
        return [ask for ask in self.asks if ask.key not in accepted]

    def _unaccepted(self) -> None:
        """A request without a job was refused with a sentence, or reached no process that lived to accept it."""
        for ask in self._refused():
            if self._answers(ask.key, ask.person_id) or self.seen.direct_sentences(ask.person_id):
                self.counts["refused"] += 1
            elif self._unheard(ask.channel_id, ask.since_s, ask.at_s) or self._misbehaved(ask):
                self.counts["never accepted"] += 1
            else:
                text = f"{ask.way} {ask.key} of person {ask.person_id} became no job, and the member got no answer"
                self._say(LOST, text + around(self, ask.key.partition(":")[2], ask.at_s))

    def _unheard(self, channel_id: str, since_s: float, at_s: float) -> bool:
        """Return whether the process of that channel's shard was dead between *since_s* and soon after *at_s*.

        discord.py keeps an open modal in its process only: a modal of a dead process gets no answer.
        """
        server_id = self.world.channels[channel_id].server_id
        died = [kill for kill in self.kills if is_shard_of(kill.shard, server_id)]
        return any(kill.at_s <= at_s + SOON_S and since_s <= kill.ready_at_s for kill in died)

    def _misbehaved(self, ask: Asked) -> bool:
        """Return whether an armed fault hit the acknowledgement of a request, or the opening of its modal."""
        opened = [entry for entry in self.record if entry.get("fault") and entry.get("path", "").endswith("/callback")]
        cut = ask.since_s < ask.at_s and any(abs(at_s(entry) - ask.since_s) < 1 for entry in opened)
        return cut or self._unacknowledged(ask.key.partition(":")[2], ask.at_s)

    def _unacknowledged(self, name: str, then_s: float) -> bool:
        """Return whether an armed fault cut or failed a callback, or called a new token expired."""
        near = [entry for entry in self.record if "path" in entry and 0 <= at_s(entry) - then_s < SOON_S]
        dead = any(entry.get("status") == 401 and "/webhooks/" in entry["path"] for entry in near)
        return dead or any(entry.get("fault") and f"/{name}/" in entry["path"] for entry in near)

    # What is still visible.

    def _cards(self) -> None:
        accepted = {job["key"] for job in self.jobs}
        original = {made.original_id: made for made in self.world.interactions.values() if made.original_id}
        for name in self.seen.still_thinking():
            made = original.get(name)
            born_s = 0.0 if made is None else made_s(made.id)
            explained = made is not None and (
                self._unheard(made.channel_id, born_s, born_s) or self._unacknowledged(made.id, born_s)
            )
            if self._is_out_of_reach(name):
                self.counts["private, out of reach"] += 1
            elif made is None or f"i:{made.id}" in accepted or not explained:
                about = "" if made is None else around(self, made.id, born_s)
                self._say(STALE, f"message {name} thinks for ever{about}")
            else:
                self.counts["thinking, never accepted"] += 1
        for name in itertools.filterfalse(self._is_out_of_reach, self.seen.stale_cards()):
            self._say(STALE, f"message {name}{self._job_at(name)} is a stale card: {self.seen.messages[name].texts}")

    def _is_out_of_reach(self, name: str) -> bool:
        """Return whether only a token that was refused leads to a private message: then it stays as it is."""
        dead = [entry for entry in self.record if entry.get("status") == 401]
        is_dead = any(entry.get("path", "").endswith(f"/messages/{name}") for entry in dead)
        return is_dead and self.world.messages[name].ephemeral_for is not None

    def _job_at(self, name: str) -> str:
        found = [job["id"] for job in self.jobs if str(json.loads(job["address"]).get("message_id")) == name]
        return f" of job {found[0]}" if found else ""

    # Quotas.

    def _quotas(self) -> None:
        used: Counter[str] = Counter()
        for job in self.jobs:
            if job["scope"].startswith("g:"):
                names = self.seen.results_of(job["id"])
                images = {p for name in names for p in self.seen.messages[name].images if p[0] == job["id"]}
                used[str(job["user_id"])] += len(images) * job["weight"]
        for person_id, (left, limit) in self.quota.items():
            if left != limit - used[person_id]:
                text = f"person {person_id} used {used[person_id]} of {limit}/100, and /quota shows {left}/100 left"
                self._say(TWICE, text)
        for row in self.counters:
            if row["reserved"] or row["reserved_adjustment"]:
                amount = f"{row['reserved']} and {row['reserved_adjustment']}/100"
                self._say(LEDGER, f"{amount} of {row['name']} {row['subject']} stay reserved for no job")

    def _fences(self) -> None:
        for move in self.moves:
            if move.knew_epoch is not None and move.knew_epoch != move.epoch:
                text = f"{move.transaction} of job {move.job_id} knew epoch {move.knew_epoch}, the row had {move.epoch}"
                self._say(FENCE, text)

    # What a process did with a job that another process owned by then.

    def _former_owners(self) -> None:
        for job in self.jobs:
            for sent in (sent for sent in self.sent if sent.is_of(job)):
                self._by_its_owner(FORMER_SENT, job["id"], sent.kind, sent.pid, sent.at_s)
        # A process that received the press shared them: it need not own the job.
        shared = {job_id for job_id, _ in self.shared}
        for effect in self.seen.effects:
            if effect.job_id not in shared and not self._display_taken_over(effect):
                self._by_its_owner(FORMER_SHOWN, effect.job_id, effect.kind, effect.pid, effect.at_s)

    def _by_its_owner(self, wrong: str, job_id: int, kind: str, pid: int, at_s: float) -> None:
        """Report an effect by a process other than the owner.

        The owner is the process that wrote the highest epoch before then: a line written late has a lower epoch. Of one
        epoch it is the last writer: a story that an adoption ends keeps its epoch, and its delivery has the next.
        """
        owned = [move for move in self.moves if move.job_id == job_id and move.at_s <= at_s and move.state in OWNING]
        owner = max(owned, key=lambda move: (move.epoch, move.at_s), default=None)
        if pid != NOBODY and owner is not None and owner.pid != pid:
            self._say(wrong, f"job {job_id}: {kind} by {pid} {at_s - owner.at_s:.2f} s after {owner.pid} had claimed")

    def _display_taken_over(self, effect: Effect) -> bool:
        """Return whether a process took over a dead process's display, which it may do before it adopts the job."""
        before = [move for move in self.moves if move.job_id == effect.job_id and move.at_s <= effect.at_s]
        owners = {move.pid for move in before if move.state in OWNING}
        gone = {kill.pid for kill in self.kills if kill.at_s <= effect.at_s}
        return effect.pid not in owners and bool(owners) and owners <= gone

    def _removed(self) -> None:
        """Report images that the bot itself removed. Images of a story may have moved into another message."""
        asked = {job_id for name in self.deleted for job_id, _ in self.seen.messages[name].images}
        stories = {job["id"] for job in self.jobs if job["call"] == "stream"}
        there = {image for seen in self.seen.messages.values() if seen.gone_s == inf for image in seen.holds}
        for name, seen in self.seen.messages.items():
            gone = {image for image in seen.holds if image[0] not in asked} if seen.removed_by is not None else ()
            if lost := [image for image in gone if image[0] not in stories or image not in there]:
                self._say(REMOVED, f"job {lost[0][0]}: {len(lost)} images in message {name} by {seen.removed_by}")


def _asked_for(entry: Entry) -> tuple[str, int] | None:
    """Return the prompt and the seed of a request in the local Wan's record, or None."""
    body = entry.get("body")
    if not isinstance(body, dict) or "input" not in body:
        return None
    content = [part for message in body["input"]["messages"] for part in message["content"]]
    return " ".join(part["text"] for part in content if "text" in part), int(body["parameters"].get("seed", -1))


def left_of(text: str) -> tuple[int, int] | None:
    """Return the first quota of a /quota answer in hundredths of an image: left, of how many."""
    found = re.search(r"(\d*)(½?) of (\d+) left", text)
    return None if found is None else (int(found[1] or 0) * 100 + (50 if found[2] else 0), int(found[3]) * 100)
