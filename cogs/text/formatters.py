"""Put numbers and names into the sentences of cogs/text/phrases.py and cogs/text/errors.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cogs.text import phrases, review
from cogs.text.errors import SENTENCES
from cogs.text.i18n import ENGLISH, Translator
from cogs.text.image_amounts import images_named, images_text, quota_named
from cogs.text.markdown import plain
from cogs.text.models import fact_words, full_name
from cogs.text.request_errors import request_sentence
from cogs.text.sentences import USED, USED_WEIGHED
from imagegen.errors import Reason, WanvasError
from imagegen.model import UNITS_PER_IMAGE, Facts, Failure, Job
from imagegen.policy import quota
from imagegen.reports import QueueEntry, Quotas, QuotaStatus
from imagegen.states import State

BAR = 10  # characters of the bar that shows what is left
UNKNOWN = "…"  # stands for a fact that an older row does not have
# A queue position is rounded up to a step of the second number, as far as the first.
ROUNDING = ((10, 1), (50, 5), (200, 20))
COARSEST = 100
IN_UNITS = "_units"  # the end of the names of facts that are amounts of a quota of images


class _Known(dict[str, str | int]):
    """Facts for a sentence. A missing fact becomes UNKNOWN instead of an error."""

    def __missing__(self, _name: str) -> str:
        return UNKNOWN


def sentence_for(reason: str, facts: Facts, translate: Translator = ENGLISH) -> str:
    """Return the sentence of *reason* with its facts, and Wan's request id in small print below it.

    A reason that this version does not know gets the sentence of a defect.
    """
    known = Reason.of(reason) or Reason.INTERNAL
    filled = _Known(facts)
    name = str(facts.get("quota", ""))
    filled["quota"] = translate(phrases.QUOTAS.get(name, phrases.UNKNOWN_QUOTA))
    filled |= _amounts(facts, translate)
    filled |= {
        "image": _named("Image {position}", filled, translate),
        "file": _named("File {position}", filled, translate),
    }
    if "channels" in facts:
        filled["channels"] = translate.nouns([f"<#{channel_id}>" for channel_id in str(facts["channels"]).split(",")])
    if "name" in facts:
        filled["name"] = plain(str(facts["name"]))
    filled |= fact_words(facts, translate)
    found = request_sentence(SENTENCES[known], known, facts)
    if found.quota == USED and _is_weighed(facts):
        found = replace(found, quota=USED_WEIGHED)
        filled["quota_used"] = quota_named(int(facts["counted_units"]), translate)
    text = found.text(translate, filled)
    if facts.get("said"):
        text = f"{text}\n{translate(review.SAID, said=plain(str(facts['said'])))}"
    return f"{text}\n-# {translate(phrases.REQUEST_ID, filled)}" if facts.get("request_id") else text


def _named(numbered: str, facts: Facts, translate: Translator) -> str:
    """Return what an error calls an input image: by its number, or the copy that shows which part to edit."""
    return translate("The copy you attached") if "copy" in facts else translate(numbered, facts)


def _is_weighed(facts: Facts) -> bool:
    """Return whether the images that *facts* count use more or less than one image of the quota each."""
    units = facts.get("counted_units")
    return units is not None and units != int(facts["counted"]) * UNITS_PER_IMAGE


def _amounts(facts: Facts, translate: Translator) -> dict[str, str]:
    """Return the amounts of quota among *facts* as images: the fact ``limit_units`` 250 is ``limit`` 2½."""
    units = {name.removesuffix(IN_UNITS): int(fact) for name, fact in facts.items() if name.endswith(IN_UNITS)}
    return {
        name: (images_named if name == "needed" else images_text)(amount, translate) for name, amount in units.items()
    }


def sentence(error: WanvasError | Failure, translate: Translator = ENGLISH) -> str:
    """Return what a person reads about an error or a failed job."""
    return sentence_for(error.reason, error.facts, translate)


def instead_of(reason: str, translate: Translator = ENGLISH) -> str:
    """Return what to say in the channel when a private sentence cannot be sent as a direct message."""
    return translate(phrases.NOT_ACCEPTED_FROM if reason in phrases.REASONS_ABOUT_A_PERSON else phrases.NOT_ACCEPTED)


def queue_status(entry: QueueEntry, translate: Translator = ENGLISH, ready_at: datetime | None = None) -> str:
    """Return the first line of a status card, coarse enough that one finished job does not change all cards.

    Discord's clients count down to *ready_at* by themselves. None leaves the time out.
    """
    if entry.paused_model:
        return translate(phrases.MODEL_PAUSED, model=full_name(entry.paused_model, translate))
    if entry.paused:
        return translate(phrases.PAUSES.get(entry.paused, phrases.PAUSED))
    is_sent = entry.position == 0
    status = translate(_progress(entry)) if is_sent else _position(entry.position, translate)
    if ready_at is None:
        return status
    until = phrases.GENERATING_UNTIL if is_sent else phrases.QUEUED_UNTIL
    return translate(until, status=status, ready_at=round(ready_at.timestamp()))


def _progress(entry: QueueEntry) -> str:
    """Return what a request that was sent is doing."""
    if entry.state is not State.SUBMITTED or not (entry.may_be_stopped or entry.cancel_requested):
        return phrases.GENERATING
    if not entry.may_be_stopped:
        return phrases.TOO_LATE_TO_CANCEL
    return phrases.CANCELING if entry.cancel_requested else phrases.WAITS_AT_WAN


def _position(position: int, translate: Translator) -> str:
    if position == 1:
        return translate(phrases.NEXT_IN_QUEUE)
    step = next((step for most, step in ROUNDING if position <= most), COARSEST)
    rounded = -(-position // step) * step
    said = translate(phrases.ORDINALS[ENGLISH.locale.ordinal_form(rounded)], number=rounded)
    return said if step == 1 else translate(phrases.ROUNDED, position=said)


def canceled(job: Job | None) -> str:
    """Return what Cancel has done. *job* is None when it could no longer be canceled."""
    if job is not None and job.state is State.CANCELED:
        return phrases.CANCELED
    if job is None or not job.may_be_stopped:
        return phrases.ALREADY_SENT
    return phrases.ASKED_TO_CANCEL if job.waits_at_wan else phrases.STOPPING


def quota_left(remaining: Sequence[QuotaStatus], translate: Translator = ENGLISH) -> str:
    """Return how many more images a member can have. *remaining* has the nearest quota first, as /quota shows it.

    The nearest quota counts together with granted images. If another quota has less left than both, return that one.
    """
    nearest, *others = (one for one in remaining if one.name in quota.IMAGE_COUNTERS)
    extra = sum(one.left for one in others if one.name == quota.GRANT)
    wider = min((one for one in others if one.name != quota.GRANT), key=lambda one: one.left, default=nearest)
    if wider.left < nearest.left + extra and wider is not nearest:
        name = translate(phrases.QUOTAS[wider.name])
        return translate(phrases.LEFT_OF_QUOTA, quota=name, **_left(wider, translate))
    left = translate(phrases.LEFT_TODAY, **_left(nearest, translate))
    return translate(phrases.LEFT_WITH_EXTRA, left=left, extra=images_text(extra, translate)) if extra else left


def _left(one: QuotaStatus, translate: Translator) -> dict[str, str]:
    """Return what is left of a quota, and its limit, as text."""
    return {"left": _amount(one.name, one.left, translate), "limit": _amount(one.name, one.limit, translate)}


def _amount(name: str, amount: int, translate: Translator) -> str:
    """Return an amount of the quota *name*: of images, or of attempts."""
    return images_text(amount, translate) if name in quota.IN_UNITS else str(amount)


def quota_used(job: Job, shown: int, quotas: Quotas | None, translate: Translator = ENGLISH) -> str:
    """Return what a result used and what is left. *quotas* were read while the job's images were still reserved."""
    count, used = job.request.count, quota_named(shown * job.weight, translate)
    if job.weight == UNITS_PER_IMAGE:
        text = translate(phrases.USED if shown == count else phrases.SOME_USED, shown=shown, count=count)
    elif shown == count:
        text = translate.plural(*phrases.WEIGHED, shown, quota=used)
    else:
        text = translate(phrases.SOME_WEIGHED, shown=shown, count=count, quota=used)
    return _with_left(text, shown * job.weight, quotas, translate)


def story_quota_used(job: Job, shown: int, quotas: Quotas | None, translate: Translator = ENGLISH) -> str:
    """Return what a story used. The model decides how many of the requested images it generates."""
    units = shown * job.weight
    template = phrases.STORY_USED if job.weight == UNITS_PER_IMAGE else phrases.STORY_WEIGHED
    used = translate(template, shown=shown, count=job.request.count, quota=quota_named(units, translate))
    return _with_left(used, units, quotas, translate)


def set_reserved(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return what an image set may use at most, while it is generated; nothing for another request."""
    if not job.request.image_set:
        return []
    template = phrases.SET_RESERVED if job.weight == UNITS_PER_IMAGE else phrases.SET_WEIGHED
    count = job.request.count
    return [translate(template, count=count, quota=quota_named(count * job.weight, translate))]


def _with_left(used: str, units: int, quotas: Quotas | None, translate: Translator) -> str:
    return (
        used if quotas is None else translate.listed([used, quota_left(quota.settled_quotas(quotas, units), translate)])
    )


def story_end(job: Job, translate: Translator = ENGLISH, *, unshown: bool = False) -> list[str]:
    """Return why a story stopped early, and that a part of it is missing."""
    stop = None if job.made is None else job.made.stop_reason
    lines = [phrases.STOPS[stop]] if stop else []
    lines += [phrases.PART_MISSING] if unshown else []
    return [translate(line) for line in lines]


def request_id(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Return Wan's id of a result, or nothing."""
    found = job.made.request_id if job.made is not None else ""
    return [translate(phrases.REQUEST_ID, request_id=found)] if found else []


def quota_bar(one: QuotaStatus, translate: Translator = ENGLISH) -> str:
    """Return a quota's title, its bar with what is left, and when it resets."""
    title = translate(phrases.QUOTA_TITLES.get(one.name, one.name))
    filled = round(one.left / one.limit * BAR) if one.limit else 0
    facts: dict[str, str | int] = {
        "bar": "▰" * filled + "▱" * (BAR - filled),
        **_left(one, translate),
        "reserved": translate(phrases.RESERVED, reserved=_amount(one.name, one.reserved, translate))
        if one.reserved
        else "",
        "resets_at": round(one.resets_at.timestamp()),
    }
    bar = phrases.ATTEMPTS_BAR if one.name == quota.ATTEMPTS else phrases.QUOTA_BAR
    return f"**{title}**\n{translate(bar, facts)}"


def quota_line(one: QuotaStatus, translate: Translator = ENGLISH) -> str:
    """Return a quota in one line: what is left of it, and when it resets."""
    title = translate(phrases.QUOTA_TITLES.get(one.name, one.name))
    return translate(
        phrases.QUOTA_LINE, title=title, resets_at=round(one.resets_at.timestamp()), **_left(one, translate)
    )


def erased(requests: int, translate: Translator = ENGLISH) -> str:
    """Return what /forget-me did."""
    done = translate.plural("{number} request erased.", "{number} requests erased.", requests)
    return f"{done} {translate(phrases.ERASE_LATER)}"


def tile(job: Job, number: int | str, prompt: str, jump: str | None, translate: Translator = ENGLISH) -> str:
    """Return a result in a list: its prompt, safe to show, its requester, its time, and any link to its message."""
    facts: dict[str, str | int] = {
        "number": number,
        "prompt": prompt,
        "requester": f"<@{job.requester.user_id}>",
        "asked_at": round(job.requested_at.timestamp()),
        "jump": jump or "",
    }
    return translate(phrases.TILE if jump else phrases.TILE_WITHOUT_LINK, facts)
