"""Ids of buttons, selects, forms, result files and nonces: built and parsed here, and nowhere else.

An id alone says what a component does, so components keep working after a restart. "w1" names the format: a button
that Discord still shows keeps its meaning as long as this prefix stays.
"""

from __future__ import annotations

import re
from enum import StrEnum

JOB_DIGITS, SNOWFLAKE_DIGITS = 18, 20  # a larger job id fits into no database; Discord's ids have up to 20 digits


class Verb(StrEnum):
    """What a component does. The value is part of its custom id."""

    AGAIN = "again"
    EDIT = "edit"
    CHANGE = "change"
    DETAILS = "details"
    HISTORY = "history"
    STAR = "star"
    DELETE = "delete"
    CANCEL = "cancel"
    CHOOSE_IMAGES = "choose"
    EDIT_MESSAGE = "editmessage"
    CANCEL_ALBUM = "cancelalbum"
    SHOW_QUOTA = "quota"
    OLDER_RECEIPTS = "receipts"
    NEWEST_RECEIPTS = "newest"
    FORGET = "forget"
    PART = "part"
    BEFORE_AFTER = "before"
    VARY = "vary"
    LARGER = "larger"
    ALLOW_CHARACTER = "allow"
    DENY_CHARACTER = "deny"
    WITHDRAW_CHARACTER = "withdraw"
    SHOW_CHARACTER = "showcharacter"
    TURN = "turn"  # to another image of a private card
    SHARE = "share"
    STEP = "step"  # the select of a history
    PREVIOUS_SERVERS = "serversback"
    NEXT_SERVERS = "servers"
    REPORT = "report"  # the select of reasons, about a message


USAGE = r"w1:usage:(?P<part>view|theme|days):(?P<view>images|spending):(?P<days>\d{1,2}):(?P<theme>dark|light)"


def usage_id(part: str, view: str, days: int, theme: str) -> str:
    """Return the custom id of a component under the usage: what it changes, and what is shown then."""
    return f"w1:usage:{part}:{view}:{days}:{theme}"


class StyleVerb(StrEnum):
    """What a button of the managers' list of styles does. The value is part of its custom id."""

    ADD = "add"
    EDIT = "edit"
    BARE = "bare"
    DELETE = "delete"
    LIST = "list"


STYLE = rf"w1:style:(?P<verb>{'|'.join(StyleVerb)}):(?P<id>\d{{1,18}})"
STYLE_CHOICE = r"w1:styles:(?P<page>\d)"
STYLE_PART = r"w1:stylepart:(?P<name>aspect_ratio|model):(?P<id>\d{1,18})"
STYLE_FORM = re.compile(r"w1:styleform:(?P<id>\d{1,18}):[0-9a-f]{8,16}")


def style_id(verb: StyleVerb, its_id: int) -> str:
    """Return the custom id of a button about a style; 0 is none."""
    return f"w1:style:{verb}:{its_id}"


def style_choice_id(page: int) -> str:
    """Return the custom id of a select of styles."""
    return f"w1:styles:{page}"


def style_part_id(name: str, its_id: int) -> str:
    """Return the custom id of the select of a style's aspect ratio or model."""
    return f"w1:stylepart:{name}:{its_id}"


def style_form_id(its_id: int, nonce: int) -> str:
    """Return the custom id of the form of a style, with a nonce as in ``form_id``; 0 is a new style."""
    return f"w1:styleform:{its_id}:{nonce:x}"


SETTING = r"w1:setting:(?P<name>aspect_ratio|model|count|private|language)"


def setting_id(name: str) -> str:
    """Return the custom id of the select of one of a member's own settings."""
    return f"w1:setting:{name}"


def component_id(verb: Verb, its_id: int) -> str:
    """Return the custom id of a component about one job, message or person."""
    return f"w1:{verb}:{its_id}"


def template(verb: Verb, digits: int = JOB_DIGITS) -> str:
    r"""Return the regular expression of ``component_id``, with the number as group *id*."""
    return rf"w1:{verb}:(?P<id>\d{{1,{digits}}})"


def is_about(custom_id: str, job_id: int) -> bool:
    """Return whether a custom id is that of any component of this job."""
    return re.fullmatch(rf"w1:\w+:{job_id}(?::\d{{1,2}})?", custom_id) is not None


def numbered_id(verb: Verb, job_id: int, number: int) -> str:
    """Return the id of a button about one of several results by its number."""
    return f"w1:{verb}:{job_id}:{number}"


def numbered(verb: Verb) -> str:
    r"""Return the regular expression of ``numbered_id``, with the groups *id* and *number*."""
    return rf"w1:{verb}:(?P<id>\d{{1,{JOB_DIGITS}}}):(?P<number>\d{{1,2}})"


PICK = rf"w1:pick:(?P<id>\d{{1,{JOB_DIGITS}}}):(?P<number>\d{{1,2}})"


def pick_id(job_id: int, number: int) -> str:
    """Return the id of the button that edits one of several results by its number."""
    return f"w1:pick:{job_id}:{number}"


MODEL_CHARS = 40  # of a model's name; the longest has 20
STYLE_MARK = "~"  # behind the id of a form: before the id of the style of the refused request
PRIVATE_MARK = "!"  # behind the id of a form: the results of the refused request were to be private
REWORD = (
    r"w1:reword:(?P<form>edit(?:\.\d{1,2})?|step|change|words|story|set|palette):(?P<id>\d{1,20})"
    rf"(?:{STYLE_MARK}(?P<style>\d{{1,18}}))?(?P<private>!?):"
    rf"(?P<message>\d{{1,20}})(?::(?P<model>[a-z0-9.-]{{1,{MODEL_CHARS}}}))?"
)


def reword_id(form: str, message_id: int, model: str | None = None) -> str:
    """Return the id of the button that opens *form* again with the prompt of a message; 0: the message it is under.

    *form* may end with STYLE_MARK and the id of a style, and with PRIVATE_MARK. *model* is selected in the form.
    """
    known = model is not None and re.fullmatch(rf"[a-z0-9.-]{{1,{MODEL_CHARS}}}", model)
    return f"w1:reword:{form}:{message_id}:{model}" if known else f"w1:reword:{form}:{message_id}"


REVIEW = r"w1:review:(?P<what>remove|block|dismiss|show|withhold):(?P<id>\d{1,18})"


def review_id(what: str, job_id: int) -> str:
    """Return the id of a manager's button on a card about a job. ``is_about`` does not take the card for a result."""
    return f"w1:review:{what}:{job_id}"


WITHHOLD = re.compile(r"w1:withhold:(?P<id>\d{1,18}):[0-9a-f]{8,16}")


def withhold_id(job_id: int, nonce: int) -> str:
    """Return the custom id of the form in which a manager says why a result is withheld."""
    return f"w1:withhold:{job_id}:{nonce:x}"


# The nonce makes each opened form different: a mobile client shows the first content that it saw of an id again.
# https://github.com/discord/discord-api-docs/issues/7554 (2026-11-25)
FORM = re.compile(
    r"w1:form:(?P<form>edit(?:\.\d{1,2})?|words|story|set|palette|(?:step|change)(?!:\d{19})):(?P<id>\d{1,20})(?::[0-9a-f]{8,16})?"
)


def form_id(form: str, nonce: int) -> str:
    """Return the custom id of a modal. *form* is ``<kind>:<id>``: of a message (edit), or of a job (step, change).

    The kind ``edit.3`` edits image 3 of the message alone.
    """
    return f"w1:form:{form}:{nonce:x}"


def picked_in(form: str) -> int | None:
    """Return the number of the image that a form is about alone; None if it is about each image of its message."""
    _, _, number = form.partition(":")[0].partition(".")
    return int(number) if number else None


# The panel of a server's settings. Each press says what it does: "on" pressed twice turns on once.
PANEL = re.compile(
    r"w1:studio:(?P<act>page|more|on|off|list|gone|pick|form|undo):(?P<what>[a-z_]{1,30}):(?P<number>\d{1,17})"
)
# *shown* is what the form showed, so that it overwrites nothing that another manager has changed since.
PANEL_FORM = re.compile(r"w1:studioform:(?P<what>limits|tier|words|prompt):(?P<shown>[0-9a-f.]{0,32}):[0-9a-f]{8,16}")


def panel_id(act: str, what: str, number: int = 0) -> str:
    """Return the id of a component of the panel: *act* is done to the page or setting *what*."""
    return f"w1:studio:{act}:{what}:{number}"


def panel_form_id(what: str, shown: str, nonce: int) -> str:
    """Return the custom id of a form of the panel."""
    return f"w1:studioform:{what}:{shown}:{nonce:x}"


_RESULT = re.compile(
    r"/(?:SPOILER_)?(?P<name>wanvas-(?P<job>\d{1,18})-(?P<number>\d{1,2})\.(?:png|jpeg|webp|gif|avif|bmp))(?:\?|$)"
)


def result_file_name(job_id: int, number: int, extension: str) -> str:
    """Return the file name of a result. It has letters, digits and hyphens only: ``attachment://`` finds no others."""
    return f"wanvas-{job_id}-{number}.{extension}"


def review_file_name(job_id: int, number: int, extension: str) -> str:
    """Return the file name of an image on a manager's card. ``result_in`` does not take it for a result."""
    return f"review-{job_id}-{number}.{extension}"


def result_in(url: str) -> tuple[int, int, str] | None:
    """Return the job id, the image's number and the file name that a link of Discord's names, or None."""
    found = _RESULT.search(url)
    return None if found is None else (int(found["job"]), int(found["number"]), found["name"])


def nonce(kind: str, *ids: int) -> str:
    """Return the nonce of a message: the same for each try to send it, so that Discord takes it once.

    Discord takes 25 characters, so a kind beside a message's id is one letter.
    https://discord.com/developers/docs/resources/message#create-message (2026-11-22)
    """
    return "-".join(("w1", kind, *map(str, ids)))
