"""The sentences about characters that cannot be registered or used."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.text.sentences import NOTHING_CHANGED, Sentence, not_used
from imagegen.errors import Reason

CHARACTERS: Mapping[Reason, Sentence] = {
    Reason.CHARACTER_NAME: Sentence(
        "That can't be a character's name: use up to {limit} letters and digits, with single spaces, hyphens or "
        "apostrophes between them.",
        NOTHING_CHANGED,
        "Choose a name like Momo.",
    ),
    Reason.CHARACTER_EXISTS: Sentence(
        "You already have a character “{name}”.",
        NOTHING_CHANGED,
        "Choose another name, or delete that character first.",
    ),
    Reason.TOO_MANY_CHARACTERS: Sentence(
        "You already have {limit} characters, the most per person.", NOTHING_CHANGED, "Delete one first."
    ),
    Reason.CHARACTER_WAITS: not_used(
        "The person “{name}” shows hasn't allowed it yet.", "Ask them to answer my question, or leave out the name."
    ),
    Reason.CHARACTER_NOT_ALLOWED: Sentence(
        "That person doesn't let others use images of them.", NOTHING_CHANGED, "Choose images of someone else."
    ),
    Reason.PERSON_NOT_HERE: Sentence(
        "I can only send that question to people in this server.",
        NOTHING_CHANGED,
        "Choose a member of the server, in one of its channels.",
    ),
    Reason.ASKED_TODAY: Sentence("You've already asked that person today.", NOTHING_CHANGED, "Try again tomorrow."),
    Reason.ASKED_MANY_TODAY: Sentence("You've asked enough people for today.", NOTHING_CHANGED, "Try again tomorrow."),
    Reason.CHARACTER_OF_OTHERS: not_used(
        "“{name}” shows a person who has allowed that to another member only.",
        "Use Edit image on the result, or save a character of your own.",
    ),
    Reason.NO_CHARACTER: Sentence(
        "That character doesn't exist anymore.", NOTHING_CHANGED, "Use /character list to see all that there are."
    ),
}
