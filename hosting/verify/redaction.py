"""Remove from a text what must not be published: secrets, signed links, ids. A report passes here as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from imagegen.logs import redact
from imagegen.settings import Settings
from imagegen.wan.hosts import public_host

MAX_CHARS = 500
MAX_READ_CHARS = 4000  # of a text that is then cleaned and cut
GONE = "…"

_LINK_PATH = re.compile(r"(https?://[^\s/'\"?#@]+)[^\s'\"]*")
_USER_AND_PASSWORD = re.compile(r"(\b\w+://)[^\s/@]*@")
_QUERY = re.compile(r"\?[^\s?]*=\S*")
# A bot's token: its id, a time and a signature. https://discord.com/developers/docs/reference#authentication
_BOT_TOKEN = re.compile(r"[\w-]{20,80}\.[\w-]{5,20}\.[\w-]{20,80}")
_RUN = re.compile(r"[\w+=-]{40,}")  # interaction tokens and base64; the id of a request to Wan has 36 characters
_ID = re.compile(r"(?<!\d)\d{17,20}(?!\d)")  # of a server, channel, message or person at Discord


@dataclass(frozen=True)
class Redaction:
    """Removes *secrets*, which this set-up has, and everything that looks like a secret, a signed link or an id."""

    secrets: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the redaction for a set-up."""
        url = settings.dashscope_http_base_url
        host = urlsplit(url).hostname or ""
        workspace = host.partition(".")[0] if public_host(url) != host else ""
        found = [secret.get_secret_value() for secret in (settings.discord_token, settings.dashscope_api_key)]
        found += [settings.database_url.get_secret_value(), settings.wan_workspace, workspace]
        return cls(tuple(sorted({secret for secret in found if secret}, key=len, reverse=True)))

    def clean(self, text: str) -> str:
        """Return *text* in one line of at most MAX_CHARS, without anything that must not be published."""
        for secret in self.secrets:
            text = re.sub(_whole(secret), GONE, text, flags=re.IGNORECASE)  # hosts are written in lower case
        if len(text) > MAX_READ_CHARS:
            text = text[:MAX_READ_CHARS].rpartition(" ")[0]  # no half of a secret is left at the end
        text = _USER_AND_PASSWORD.sub(rf"\1{GONE}@", redact(text))
        text = _LINK_PATH.sub(rf"\1/{GONE}", text)
        for pattern in (_QUERY, _BOT_TOKEN, _RUN, _ID):
            text = pattern.sub(GONE, text)
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + GONE


def _whole(secret: str) -> str:
    """Return the pattern of *secret* as a whole word: a workspace may be named like a part of a word."""
    return rf"(?<![\w-]){re.escape(secret)}(?![\w-])"
