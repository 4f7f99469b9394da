"""The sentences and the index of an album."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.text.i18n import Translator
from imagegen.model import Job

COLLECTING = "Collecting images… {images} so far, {parts} sent as files."
DONE = "Your album is done. Images: {images}. Files: {parts}."
CANCELED = "Album canceled. Images sent: {images}. Files: {parts}."
STOPPED = "I can't send more of this album here or as a direct message. Images sent: {images}. Files: {parts}."
LEFT_OUT = "Left out: {number}. The index of the last file lists them."
AT_MOST = "An album has {images} images at most. For older ones, make another album with `until:`."
PART = "Album, part {number}: {images} images"
INDEX_PART = "Album, part {number}: the index"
RESTARTS = "The bot restarts, so this album ended. You keep the files already sent. Use /album to start again."
OVER = "This album isn't in progress anymore. You keep the files already sent. Use /album to start again."
INDEX_LEFT_OUT = "Left out:"
GONE = "its message is gone, or the bot can't see it"
NOT_VISIBLE = "in a channel you can't see right now"
PRIVATE = "private: save it from the message where it arrived"
UNREADABLE = "its file can't be read"
TOO_LARGE = "larger than a file can be here"


def index_lines(name: str, job: Job, jump: str) -> str:
    """Return the lines about one image: its file, its prompt in one line, and the link to its message."""
    return f"{name}\n  {' '.join(job.request.prompt.split())}\n  {jump}\n"


def left_out_lines(left_out: Mapping[str, str], translate: Translator) -> list[str]:
    """Return the lines about images that are missing, by their names, with the reason of each."""
    if not left_out:
        return []
    return [translate(INDEX_LEFT_OUT), *(f"{name}: {translate(why)}" for name, why in left_out.items())]
