"""Each sentence about an error says what happened, what happened to the quota, and what to do next, in few words."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from cogs.text import phrases
from cogs.text.errors import SENTENCES
from cogs.text.i18n import ENGLISH, Translator, translator_for
from cogs.text.sentences import QUOTA_CLAUSES, USED_UP
from imagegen.errors import Reason
from tests.cogs.text.test_i18n import FILES, sentences

MAX_CHARS = 240
QUOTA_FACTS = {"used", "limit", "resets_at"}
FACTS: dict[Reason, set[str]] = {
    Reason.PROMPT_TOO_LONG: {"length", "limit", "model"},
    Reason.NEGATIVE_PROMPT_TOO_LONG: {"length", "limit", "model"},
    Reason.TOO_MANY_IMAGES: {"count", "limit", "model"},
    Reason.COUNT_OUT_OF_RANGE: {"count", "limit", "model"},
    Reason.SEED_OUT_OF_RANGE: {"limit"},
    Reason.MODEL_NOT_OFFERED: {"model", "offered"},
    Reason.MODEL_NEEDS_IMAGE: {"model"},
    Reason.MODEL_TAKES_NO_IMAGES: {"model"},
    Reason.MODEL_MAKES_NO_STORY: {"model"},
    Reason.MODEL_MAKES_NO_IMAGE_SET: {"model"},
    Reason.OPTION_NOT_TAKEN: {"model", "option"},
    Reason.PARTS_CLASH: {"part", "beside"},
    Reason.PALETTE_TOO_LONG: {"length", "limit"},
    Reason.PALETTE_COLOR_UNREADABLE: {"position"},
    Reason.PALETTE_SHARE_UNREADABLE: {"position"},
    Reason.PALETTE_COUNT: {"count", "least", "limit"},
    Reason.PALETTE_SHARES: {"total"},
    Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT: {"model"},
    Reason.MEMBER_QUOTA_USED: QUOTA_FACTS,
    Reason.PERSON_QUOTA_USED: QUOTA_FACTS,
    Reason.SERVER_QUOTA_USED: QUOTA_FACTS,
    Reason.SERVER_SHARE_USED: QUOTA_FACTS,
    Reason.DAY_BUDGET_USED: QUOTA_FACTS,
    Reason.MONTH_BUDGET_USED: QUOTA_FACTS,
    Reason.ATTEMPTS_USED: QUOTA_FACTS,
    Reason.TOO_MANY_ALTERNATIVES: {"limit"},
    Reason.NO_ROOM_FOR_ALL: {"count", "limit"},
    Reason.PAID_IMAGES_USED: QUOTA_FACTS,
    Reason.CHANNEL_CLOSED: {"counted"},
    Reason.MORE_THAN_LEFT: {"quota", "requested", "left", "resets_at"},
    Reason.MORE_UNITS_THAN_LEFT: {"quota", "needed", "remaining", "left", "resets_at"},
    Reason.LESS_THAN_ONE_LEFT: {"quota", "needed", "remaining", "left", "resets_at"},
    Reason.TOO_MANY_QUEUED: {"limit"},
    Reason.STARS_USED: {"limit"},
    Reason.QUEUE_FULL: {"limit"},
    Reason.PERSON_INPUTS_FULL: {"limit_mb"},
    Reason.INPUT_ERASED: {"position"},
    Reason.REFERENCE_GONE: {"name"},
    Reason.CHARACTER_NAME: {"limit"},
    Reason.CHARACTER_EXISTS: {"name"},
    Reason.TOO_MANY_CHARACTERS: {"limit"},
    Reason.CHARACTER_WAITS: {"name"},
    Reason.CHARACTER_OF_OTHERS: {"name"},
    Reason.REFERENCES_FULL: {"limit_mb"},
    Reason.STYLE_GONE: {"name"},
    Reason.STYLE_NAME_TAKEN: {"name"},
    Reason.STYLE_NAME_UNUSABLE: {"limit"},
    Reason.STYLE_TOO_LONG: {"length", "limit"},
    Reason.STYLES_FULL: {"limit"},
    Reason.MODERATION_PAUSE: {"resets_at"},
    Reason.MY_DATA_TOO_SOON: {"resets_at"},
    Reason.CHANNEL_NOT_ALLOWED: {"channels"},
    Reason.EDITS_NOT_ALLOWED: {"position"},
    Reason.FILE_NOT_AN_IMAGE: {"file"},
    Reason.FILE_EMPTY: {"file"},
    **{key: {"model"} for key in (Reason.MODEL_PAUSED, Reason.MODEL_REFUSED, Reason.CALL_REFUSED, Reason.WAN_SETUP)},
    Reason.SETTING_OUT_OF_RANGE: {"limit"},
    Reason.BLOCKED_WORD_TOO_SHORT: {"limit"},
    Reason.READS_TOO_FAST: {"wait_s"},
    Reason.PRESSED_TWICE: {"wait_s"},
    Reason.IMAGE_TOO_SMALL: {"width_px", "height_px", "limit_px"},
    Reason.IMAGE_TOO_LONG: {"limit"},
    Reason.IMAGE_FORMAT: {"kind"},
    Reason.IMAGE_TOO_LARGE: {"kind", "megapixels", "limit_megapixels"},
    Reason.IMAGE_FILE_TOO_LARGE: {"limit_mb"},
    Reason.IMAGES_TOO_LARGE_TOGETHER: {"limit_mb"},
}
WIDEST_FACTS: dict[str, str | int] = {  # the widest value of each fact that is realistic
    "quota": "in this server today, extra images included",
    "requested": 4,
    "channels": ", ".join(["#general-image-generation"] * 5),
    "count": 100,
    "counted": 4,
    "file": "The copy you attached",
    "height_px": 20_000,
    "image": "The copy you attached",
    "kind": "JPEG 2000",
    "least": 3,
    "left": 100,
    "length": 100_000,
    "limit": 2_147_483_647,
    "limit_mb": 100,
    "limit_megapixels": 100,
    "limit_px": 1_000,
    "megapixels": 10_000,
    "model": "Lettering (qwen-image-2.1-turbo)",
    "offered": "Standard, Draft, Detailed, Lettering, Edit",
    "other": "Lettering (qwen-image-2.1-turbo)",
    "option": "that aspect ratio",
    "part": "that aspect ratio",
    "beside": "a negative prompt",
    "name": "a" * 32,
    "needed": "1012½ images",
    "position": 10,
    "remaining": "1012½",
    "resets_at": "in 23 hours",
    "total": "100.01",
    "used": 1_000,
    "wait_s": 600,
    "width_px": 20_000,
}
TRANSLATORS = [ENGLISH, *(translator_for(file.stem) for file in FILES)]
TIMESTAMP = re.compile(r"<t:([^:]*):R>")  # clients show a text in its place
BANNED = re.compile(
    r"\b(pictures?|paint(s|ed|ing)?|allowances?|ceilings?|counted|held|lines?|places?|asks?|askers?|(?<!blocked )words|"
    r"shapes?|outlines?|made|tell|tells|told|tales?|family|library|rules?|bell|desk|voice|anew|whoever|nobody|anybody)\b",
    re.IGNORECASE,
)
# The glossary forbids "ask" as a noun. As a verb, it says what to do.
ASK = re.compile(r"\b(Ask|ask) (the|a|one|them)\b")
# Refusals of the bot itself: imagegen has no error for them.
REFUSALS = (
    phrases.NOT_YOUR_PROMPT,
    phrases.LOST_IMAGE,
    phrases.NO_IMAGES,
    phrases.INPUTS_NEEDED,
    phrases.REPLY_NOT_VISIBLE,
    phrases.SUBSTITUTION_NEEDS_RESULT,
    phrases.SUBSTITUTION_NOT_FOUND,
    phrases.SUBSTITUTION_TAKES_NO_FILES,
    phrases.UNREAD_ROLE_MENTION,
    phrases.COMMAND_AS_TEXT,
    phrases.CANNOT_POST,
    phrases.NOT_ACCEPTED,
    phrases.NOT_ACCEPTED_FROM,
    phrases.CHOOSE_WHOM_TO_BLOCK,
)


def width(text: str) -> int:
    """Return how many characters a person sees."""
    return len(TIMESTAMP.sub(r"\1", text))


def test_each_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_sentence_has_three_parts(reason: Reason) -> None:
    sentence = SENTENCES[reason]

    assert re.fullmatch(r"[^.]+(\d\.\d[^.]*)?\.", sentence.happened)
    assert sentence.quota in QUOTA_CLAUSES
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence.next)
    assert sentence.quota != USED_UP or "used all {limit}" in sentence.happened


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_of_the_bot_itself_has_three_parts(text: str) -> None:
    happened, quota, next_step = re.fullmatch(
        r"(.+?[.]) (It didn't use your quota\.|Nothing changed\.) ([A-Z].+\.)", text
    ).groups()  # type: ignore[union-attr]  # a text that does not match fails here

    assert happened
    assert quota in QUOTA_CLAUSES
    assert next_step


@pytest.mark.parametrize("reason", Reason)
def test_a_sentence_uses_only_the_facts_of_its_reason(reason: Reason) -> None:
    text = SENTENCES[reason].text(ENGLISH, {name: f"{{{name}}}" for name in WIDEST_FACTS})
    named = {name for _, name, _, _ in Formatter().parse(text) if name}

    assert named <= FACTS.get(reason, set()) | ({"image", "file"} if reason.name.startswith("IMAGE_") else set())


@pytest.mark.parametrize("translate", TRANSLATORS, ids=lambda one: str(one.locale))
@pytest.mark.parametrize("reason", Reason)
def test_an_error_sentence_is_short_in_every_language(reason: Reason, translate: Translator) -> None:
    text = SENTENCES[reason].text(translate, WIDEST_FACTS)

    assert width(text) <= MAX_CHARS, text
    assert "{" not in text


@pytest.mark.parametrize("translate", TRANSLATORS, ids=lambda one: str(one.locale))
def test_every_sentence_is_short_in_every_language(translate: Translator) -> None:
    known = {
        name: WIDEST_FACTS.get(name, "…") for text in sentences() for _, name, _, _ in Formatter().parse(text) if name
    }

    assert {said for text in sentences() if width(said := translate(text, known)) > MAX_CHARS} == set()


def test_no_sentence_uses_a_word_that_the_glossary_replaces() -> None:
    banned = {text: BANNED.search(re.sub(r"\{[^}]*\}|`[^`]*`", "", ASK.sub("", text))) for text in sentences()}

    assert {text: match[0] for text, match in banned.items() if match} == {}
