"""Every sentence of the bot, except those about errors (cogs/text/errors.py).

They stand here in English; cogs/text/i18n.py translates them. Facts that come from outside are numbers
and Wan's own ids; a prompt is never repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cogs.text import operator_alerts
from cogs.text.errors import SENTENCES
from cogs.text.i18n import ENGLISH, Translator
from imagegen.errors import Reason, WanvasError
from imagegen.model import Facts, Failure, Job, Shrink, StopReason
from imagegen.policy import quota
from imagegen.reports import BlockKind, BotStatus, BudgetAlert, QueueEntry, Quotas, QuotaStatus, Receipt
from imagegen.states import State

REQUEST = " (request {request_id})"

ALLOWANCES = {
    "member": "your allowance in this server today",
    "person": "your allowance over all servers today",
    "server": "this server's allowance this month",
    "attempts": "your attempts today",
    "member_with_grant": "your allowance in this server today, with your extra images,",
    "paid": "the images that may be generated for you today",
}
NAMES = {
    "member": "You, in this server, today",
    "person": "You, everywhere, today",
    "server": "This server, this month",
    "grant": "Extra images for you, this month",
    "attempts": "Attempts today",
    "paid": "Images generated for you today, delivered or not",
}
ORDINALS = {  # by the plural rule of English; other languages have their own word for all four
    "one": "{number}st in line",
    "two": "{number}nd in line",
    "few": "{number}rd in line",
    "other": "{number}th in line",
}
NOTES = {
    "first_frame": "its first frame",
    "flattened": "transparency made white",
    "turned": "turned upright",
    "converted": "colours converted",
    "uncorrected": "its color profile can't be read, so colors may differ",
    "reduced": "made smaller",
}

# What is refused for its words, or for who asks, is told to that person alone, also where no interaction is alive.
ALONE = frozenset(
    {
        Reason.MODERATION,
        Reason.COPYRIGHT,
        Reason.PROMPT_BLOCKED,
        Reason.MODERATION_PAUSE,
        Reason.MEMBER_BLOCKED,
        Reason.SERVER_BLOCKED,
        Reason.PERSON_BLOCKED,
    }
)

CEILINGS = {"money_day": "today", "money_month": "this month"}
BOT_PAUSED = (
    "The bot is paused: it takes nothing new and sends nothing. What was sent is finished. /operator resume goes on."
)
NAME_WHOM_TO_BLOCK = (
    "Choose a person, or enter a server's id: 15 to 19 digits. Nothing was changed. Copy the id from the server's menu "
    "(turn on Developer Mode in Discord first)."
)
BOT_RESUMED = "The bot goes on."
ANNOUNCED = "Members now read this beside their allowances: {announcement}"
NOTHING_ANNOUNCED = "Nothing is announced any more."
NOTHING_CHANGED = "It was so already. Nothing was changed."
WORDS_STORED = "-# Stored: {words}. Check what they refuse with `/studio test-prompt`."
PROMPT_REFUSED = "This prompt would be refused here. It holds {words}."
PROMPT_PASSES = "No blocked word of this server is in this prompt."
BLOCKED = "{member} may no longer use the bot in this server."
UNBLOCKED = "{member} may use the bot in this server again."
LOGGED = "{requester} · {model} · {images} · [Go to it]({jump})"
RULES = {  # the fields of imagegen.policy.server_settings.Place, as a manager reads them
    "member_images_per_day": "a member's images a day",
    "images_per_month": "this server's images a month",
    "tiers": "tiers",
    "exempt_roles": "exempt roles",
    "channels": "channels",
    "age_restricted_only": "age-restricted channels only",
    "spoiler": "images as spoilers",
    "blocked_words": "blocked words",
    "log_channel_id": "log channel",
    "paused": "paused",
}
DECIDED = {"blocked": "blocked", "granted": "granted this month to"}  # about a member
MY_DATA = (
    "This is everything the bot keeps about you, with your input images that are still kept, as far as they fit. Only "
    "you can see it."
)
FORGET_FIRST = (
    "This erases the words and the given images of everything you asked for, everywhere, and cancels what still "
    "waits. What was counted stays counted, without the words. Messages already posted stay too: take them away with "
    "Delete."
)
UNSEEN_TILE = "In a channel that you cannot see now."
OLDER_STEPS = "Older steps are left out."
MESSAGE_GONE = "Its message is gone, or out of the bot's reach."
FORGOTTEN_WORDS = "(forgotten)"
NOTHING_FOUND = "There is nothing of that kind. Images appear here once they were shown."
NO_REQUESTS = "No requests yet."
CONSENT = {
    "allow": "Others may edit the images that you post, and your avatar. `/consent` takes it back at any time.",
    "never": "Nobody but you can have the bot edit the images that you post, or your avatar. What was made already "
    "stays.",
}
WORDS_BACK = "The image that these words were for can no longer be reached. Nothing was counted. Use Edit on it again."
NO_IMAGES = "There is no image in that message. Nothing was counted. Choose a message that has one."
UNSEEN_REPLY = (
    "I cannot see the message you replied to: Discord shows me other people's images only through a menu. Nothing "
    "was counted. Right-click that message (or hold it) and choose Apps ▸ Edit image."
)
PATCH_NEEDS_RESULT = (
    "`s/old/new/` changes a few words of a prompt. Nothing was counted. Send it in reply to a result of mine."
)
PATCH_NOT_FOUND = (
    "Those words are not in its prompt. Nothing was counted. Take them as they stand in it: `s/old/new/`, and `\\/` "
    "for a slash."
)
PATCH_TAKES_NO_FILES = (
    "`s/old/new/` keeps the images of a result, so I can't use your file. Nothing was counted. Send the patch "
    "without it, or say what should change without the slashes."
)
UNREAD_ROLE_MENTION = (
    "Discord doesn't show me messages that mention my role. Nothing was counted. Mention me by my own name, or use "
    "/imagine."
)
COMMAND_AS_WORDS = (
    "That looks like a command, but Discord sent it as text. Nothing was counted. Type / and choose the command from "
    "the list, or send your prompt without the slash."
)
FILES_NEEDED = (
    "That request came with images, and they are no longer kept. Nothing was counted. Attach them again in the form."
)
NOT_YOUR_WORDS = "Those words are somebody else's. Nothing was changed. Ask in words of your own."
NO_DETAILS = "Nothing is known of this image any more. Nothing was changed."
NOT_YOURS = "Only whoever asked for it, or a moderator here, can do that. Nothing was changed."
ALREADY_SENT = "It is being painted already, so it can no longer be canceled. Nothing was changed."
ASKED_TO_CANCEL = (
    "I've asked the image service to cancel this request. If it has already started, you still get the image, and it "
    "uses your quota."
)
WAITS_AT_WAN = "Waiting at the image service"
CANCELING = "Canceling"
TOO_LATE_TO_CANCEL = "Too late to cancel: generating"
WORDS_REFUSED = "The words are left out: the AutoMod of this server does not let them through."
CANCELED = "Canceled. Nothing was counted."
CANNOT_WRITE_HERE = (
    "I may not write in that channel, so I answer here. Nothing was counted. Ask a manager to allow it, or use "
    "/imagine there, which needs no permission."
)
NOT_ACCEPTED = "This was not accepted. Nothing was counted. Say it differently."
NOT_ACCEPTED_FROM = "This was not accepted. Nothing was counted. I could not send you a direct message with the reason."
# Told alone for who asks, not for what was said: other words would not help.
OF_A_PERSON = frozenset({Reason.MEMBER_BLOCKED, Reason.SERVER_BLOCKED, Reason.PERSON_BLOCKED, Reason.MODERATION_PAUSE})
PAUSED_BY_OPERATOR = "Waiting: the bot's operator has paused it. Nothing is counted meanwhile."
PAUSED = "Waiting: the operator's account at the image service needs attention. Nothing is counted meanwhile."
MODEL_PAUSED = (
    "Waiting: the image service refuses {model} for now, and the operator knows. Nothing is counted meanwhile. "
    "You can cancel and choose another model."
)
TURNED_AWAY = "Waiting: the image service takes no requests for now. Nothing is counted meanwhile."
WAITS_FOR: Mapping[str, str] = {Reason.BOT_PAUSED: PAUSED_BY_OPERATOR, Reason.TURNED_AWAY: TURNED_AWAY}
GOES_ON = "The story goes on"
STOPPING = "It stops in a moment. What has been told stays, and only the images in it are counted."
CUTS: Mapping[StopReason, str] = {
    StopReason.BROKEN: "The image service broke off here. What came is kept, and only its images are counted.",
    StopReason.REFUSED: "The image service's moderation stopped it here. What came is kept, and only its "
    "images are counted.",
    StopReason.CANCELED: "Stopped here, as asked. What came is kept, and only its images are counted.",
    StopReason.KILLED: "The bot was started anew while this was told. What came is kept, and only its images are "
    "counted.",
    StopReason.TOO_LONG: "It went on for longer than can be shown, and was stopped here.",
}
UNSHOWN = "There is more of it, but Discord takes no further message here: what is missing is not counted."
LOST = "image {number} could not be fetched: left out, not counted"
LEFT_OUT = "image {number} is {mb} MB, more than Discord takes here: left out, not counted"
ORIGINS = {
    "replied": "from the message replied to",
    "own": "from the message that asks",
    "message": "from the message that was edited",
    "form": "added in the form",
}
REFITS = {
    Shrink.SAVED: "image {number} saved as JPEG to fit",
    Shrink.REDUCED: "image {number} saved as JPEG and made smaller to fit",
}

BAR = 10  # characters of an allowance's bar
UNKNOWN = "…"  # a fact that an older row does not hold


class _Known(dict[str, str | int]):
    """Facts as a sentence asks for them: a missing one must not keep the sentence from being said."""

    def __missing__(self, _name: str) -> str:
        return UNKNOWN


def sentence_for(reason: str, facts: Facts, translate: Translator = ENGLISH) -> str:
    """The sentence of a reason, with its facts; the general one where this version knows no such reason."""
    known = Reason(reason) if reason in Reason._value2member_map_ else Reason.INTERNAL
    named = _Known(facts)
    named["allowance"] = translate(ALLOWANCES.get(str(facts.get("allowance", "")), "your allowance"))
    if "channels" in facts:
        named["channels"] = " ".join(f"<#{channel_id}>" for channel_id in str(facts["channels"]).split(","))
    text = translate(SENTENCES[known], named)
    return text + (translate(REQUEST, named) if facts.get("request_id") else "")


def instead_of(reason: str, translate: Translator = ENGLISH) -> str:
    """What is said in the channel where somebody takes no direct message with a sentence for them alone."""
    return translate(NOT_ACCEPTED_FROM if reason in OF_A_PERSON else NOT_ACCEPTED)


def sentence(error: WanvasError | Failure, translate: Translator = ENGLISH) -> str:
    """What a person is told of an error, or of a job that failed."""
    return sentence_for(error.reason, error.facts, translate)


def waiting(waiting: QueueEntry, translate: Translator = ENGLISH, ready_at: datetime | None = None) -> str:
    """What a waiting card says; coarse enough not to change with each job before it.

    Discord's clients count the time to *ready_at* down by themselves; None: nothing is said of it.
    """
    if waiting.paused_model:
        return translate(MODEL_PAUSED, model=waiting.paused_model)
    if waiting.paused:
        return translate(WAITS_FOR.get(waiting.paused, PAUSED))
    place = translate(_being_made(waiting)) if waiting.position == 0 else _place(waiting.position, translate)
    if ready_at is None:
        return place
    return translate("{place}, expected <t:{ready_at}:R>", place=place, ready_at=round(ready_at.timestamp()))


def _being_made(waiting: QueueEntry) -> str:
    """What a request that was sent is said to do."""
    if waiting.state is not State.SUBMITTED or not (waiting.may_be_stopped or waiting.cancel_asked):
        return "Painting"
    if not waiting.may_be_stopped:
        return TOO_LATE_TO_CANCEL
    return CANCELING if waiting.cancel_asked else WAITS_AT_WAN


def canceled(job: Job | None) -> str:
    """What pressing Cancel has done; *job* as it stands after that, None where it could no longer be canceled."""
    if job is not None and job.state is State.CANCELED:
        return CANCELED
    if job is None or not job.may_be_stopped:
        return ALREADY_SENT
    return ASKED_TO_CANCEL if job.waits_at_wan else STOPPING


def _place(position: int, translate: Translator) -> str:
    if position == 1:
        return translate("Next in line")
    step = next(step for most, step in ((10, 1), (50, 5), (200, 20), (position, 100)) if position <= most)
    rounded = -(-position // step) * step
    place = translate(ORDINALS[ENGLISH.locale.ordinal_form(rounded)], number=rounded)
    return place if step == 1 else translate("about {place}", place=place)


def left(remaining: Sequence[QuotaStatus], translate: Translator = ENGLISH) -> str:
    """How many more images somebody may have, by the numbers that /quota shows; nearest quota first, as /quota has it.

    The nearest one with what was granted besides; where another one has less than both, that one.
    """
    nearest, *others = (one for one in remaining if one.name in quota.IMAGE_COUNTERS)
    extra = sum(one.left for one in others if one.name == quota.GRANT)
    wider = min((one for one in others if one.name != quota.GRANT), key=lambda one: one.left, default=nearest)
    if wider.left < nearest.left + extra and wider is not nearest:
        name = translate(ALLOWANCES[wider.name])
        return translate("{left} left of {limit} ({allowance})", left=wider.left, limit=wider.limit, allowance=name)
    said = translate("{left} left of today's {limit}", left=nearest.left, limit=nearest.limit)
    return translate("{left} and {extra} extra", left=said, extra=extra) if extra else said


def counted(job: Job, shown: int, quotas: Quotas | None, translate: Translator = ENGLISH) -> str:
    """What a result took from the quota, and what is left. *quotas* were read while the request was still held."""
    if shown == job.request.count:
        taken = translate("{shown} counted", shown=shown)
    else:
        taken = translate("{shown} of {count} came, {shown} counted", shown=shown, count=job.request.count)
    return taken if quotas is None else translate.listed([taken, left(quota.settled_quotas(quotas, shown), translate)])


def told(job: Job, shown: int, quotas: Quotas | None, translate: Translator = ENGLISH) -> str:
    """What a story took from the quota; its model decides how many images of those asked for it makes."""
    taken = translate("{shown} of at most {count} images, {shown} counted", shown=shown, count=job.request.count)
    return taken if quotas is None else translate.listed([taken, left(quota.settled_quotas(quotas, shown), translate)])


def how_it_ended(job: Job, translate: Translator = ENGLISH, *, unshown: bool = False) -> list[str]:
    """Why a story has no end, or not here."""
    cut = None if job.made is None else job.made.cut
    return [translate(text) for text in ((CUTS[cut],) if cut else ()) + ((UNSHOWN,) if unshown else ())]


def lost(numbers: Sequence[int], translate: Translator = ENGLISH) -> list[str]:
    """One line for each image that could not be had."""
    return [translate(LOST, number=number) for number in numbers]


def request(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """By what Wan knows it."""
    request_id = job.made.request_id if job.made is not None else ""
    return [translate("request {request_id}", request_id=request_id)] if request_id else []


def numbered(numbers: Sequence[int], translate: Translator = ENGLISH) -> list[str]:
    """What the images of a card are called, as Edit calls them, where one of them is left out."""
    if len(numbers) < 2 or list(numbers) == list(range(1, len(numbers) + 1)):
        return []
    return [translate("in reading order: {images}", images=translate.listed([_called(n, translate) for n in numbers]))]


def _called(number: int, translate: Translator) -> str:
    return translate("image {number}", number=number)


def given(job: Job, translate: Translator = ENGLISH) -> list[str]:
    """Which images a result was made from: their order, and what was put right on the way."""
    number = job.input_count
    lines = [translate("from {number} images, in the order given", number=number)] if number > 1 else []
    origins = [] if number < 2 else job.request.origins[:number]
    if stood := [
        translate("image {position}: {origin}", position=position, origin=_origin(origin, translate))
        for position, origin in enumerate(origins, start=1)
    ]:
        lines = [translate("made from {images}", images=translate.listed(stood))]
    for position, notes in enumerate(job.input_notes, start=1):
        if said := translate.listed([translate(NOTES[note]) for note in notes if note in NOTES]):
            lines.append(translate("image {position}: {notes}", position=position, notes=said))
    return lines


def _origin(origin: str, translate: Translator) -> str:
    """Where an image stood: in a message, or in an option of a command. File names are anybody's to choose."""
    return translate(ORIGINS[origin]) if origin in ORIGINS else translate.name(origin)


def left_out(sizes: Sequence[tuple[int, int]], translate: Translator = ENGLISH) -> list[str]:
    """One line for each (number, bytes) that Discord does not take."""
    return [translate(LEFT_OUT, number=number, mb=f"{size / 1024**2:.1f}") for number, size in sizes]


def refits(found: Sequence[tuple[int, Shrink | None]], translate: Translator = ENGLISH) -> list[str]:
    """One line for each image, by its number, that could not be uploaded as it was made."""
    return [translate(REFITS[refit], number=number) for number, refit in found if refit is not None]


def quota_line(remaining: QuotaStatus, translate: Translator = ENGLISH) -> str:
    """One allowance as a bar, what is left of it, and when it is whole again."""
    name = translate(NAMES.get(remaining.name, remaining.name))
    filled = round(remaining.left / remaining.limit * BAR) if remaining.limit else 0
    bar = "▰" * filled + "▱" * (BAR - filled)
    held = translate(", {held} on their way", held=remaining.held) if remaining.held else ""
    resets_at = round(remaining.resets_at.timestamp())
    facts: dict[str, str | int] = {
        "bar": bar,
        "left": remaining.left,
        "limit": remaining.limit,
        "held": held,
        "resets_at": resets_at,
    }
    return f"**{name}**\n" + translate("{bar} {left} left of {limit}{held}\n-# full again <t:{resets_at}:R>", facts)


def forgotten(erased: int, translate: Translator = ENGLISH) -> str:
    """What /forget-me did."""
    done = translate.plural("{number} request is forgotten.", "{number} requests are forgotten.", erased)
    return f"{done} " + translate("What is being made now is forgotten when it has ended.")


def receipt(account: Receipt, prompt: str, translate: Translator = ENGLISH) -> str:
    """One request as the books have it: when, what was held, what came of it and why. *prompt* is safe to show."""
    job, asked_at = account.job, round(account.job.asked_at.timestamp())
    head = translate("**#{number}** · <t:{asked_at}:f> · {prompt}", number=job.id, asked_at=asked_at, prompt=prompt)
    return f"{head}\n-# {_came_of(account, translate)}"


def _came_of(account: Receipt, translate: Translator) -> str:
    held, counted, job = account.held, account.counted, account.job
    if counted is None:
        return translate("{held} held, not over yet", held=held)
    if job.failure is not None and counted:
        facts: dict[str, str | int] = {"held": held, "counted": counted, "why": sentence(job.failure, translate)}
        return translate("{held} held, {counted} counted: {why}", facts)
    if job.failure is not None:
        return translate("{held} held, {held} returned: {why}", held=held, why=sentence(job.failure, translate))
    if counted == held:
        return translate("{held} held, {counted} counted", held=held, counted=counted)
    return translate("{held} held, {counted} counted, the rest returned", held=held, counted=counted)


def tile(job: Job, number: int | str, prompt: str, jump: str, translate: Translator = ENGLISH) -> str:
    """A result in a list: its words, safe to show, whose it is, when, and the way to it."""
    return translate(
        "**{number}** {prompt}\n-# {requester} · <t:{asked_at}:f> · [Go to it]({jump})",
        number=number, prompt=prompt, requester=f"<@{job.requester.user_id}>", asked_at=round(job.asked_at.timestamp()),
        jump=jump,
    )  # fmt: skip


def warning(warned: BudgetAlert, translate: Translator = ENGLISH) -> str:
    """How much of a money ceiling is gone, for the operator."""
    facts: dict[str, str | int] = {"percent": warned.percent, "money": _money(warned.ceiling, translate)}
    return translate("{percent} % of the money is gone: {money}. At 100 % nothing more is sent.", facts)


def _money(ceiling: QuotaStatus, translate: Translator) -> str:
    gone, limit = ((amount / 1_000_000) for amount in (ceiling.used + ceiling.held, ceiling.limit))
    when = translate(CEILINGS[ceiling.name])
    return translate("US${gone} of US${limit} {when}", gone=f"{gone:.2f}", limit=f"{limit:.2f}", when=when)


def _whom(kind: BlockKind, its_id: int, translate: Translator) -> str:
    return f"<@{its_id}>" if kind is BlockKind.PERSON else translate("server {number}", number=f"`{its_id}`")


def blocked(kind: BlockKind, its_id: int, cancelled: int | None, translate: Translator = ENGLISH) -> str:
    """What /operator block did; *canceled* None: nothing, it was so already."""
    whom = _whom(kind, its_id, translate)
    if cancelled is None:
        return translate("No change: {whom} was blocked already.", whom=whom)
    ended = translate.plural(
        "{number} waiting request was canceled.", "{number} waiting requests were canceled.", cancelled
    )
    return translate("Blocked everywhere: {whom}.", whom=whom) + (f" {ended}" if cancelled else "")


def unblocked(kind: BlockKind, its_id: int, was: bool, translate: Translator = ENGLISH) -> str:
    """What /operator unblock did."""
    text = "Unblocked: {whom}." if was else "No change: {whom} was not blocked."
    return translate(text, whom=_whom(kind, its_id, translate))


def _blocks(found: BotStatus, translate: Translator) -> str:
    """How many are blocked, and the newest of them."""
    newest = translate.listed(
        [
            translate(
                "{whom} since <t:{at}:d>",
                whom=_whom(block.kind, block.its_id, translate),
                at=round(block.at.timestamp()),
            )
            for block in found.blocks
        ]
    )
    return translate("blocked: {number}, newest first: {newest}", number=found.blocked, newest=newest)


def status(found: BotStatus, translate: Translator = ENGLISH) -> list[str]:
    """How the bot stands, a line each."""
    lines = [
        translate("{waiting} waiting, {in_flight} in flight, {to_show} to be shown", waiting=found.waiting,
              in_flight=found.in_flight, to_show=found.to_show),
        *(_money(ceiling, translate) for ceiling in found.spending),
        translate.plural("{number} process at work", "{number} processes at work", found.processes),
    ]  # fmt: skip
    if found.notice.paused:
        lines.insert(0, f"**{translate('Paused by you')}**")
    lines += [f"**{operator_alerts.paused(pause, translate)}**" for pause in found.paused]
    if found.failures:
        failed = translate.listed([f"{reason} × {number}" for reason, number in found.failures.items()])
        lines.append(translate("failed in 24 hours: {failed}", failed=failed))
    if found.blocked:
        lines.append(_blocks(found, translate))
    return lines
