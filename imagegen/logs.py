"""Log lines: one fact each, without secrets.

Never pass a prompt, a token, a key or a signed link to a log. Log the job id instead.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from functools import partial
from traceback import TracebackException
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, MutableMapping
    from contextlib import AbstractContextManager
    from typing import Any

    from structlog.typing import ExcInfo

# Paths and queries carry signed links and interaction tokens, so both are removed from logged addresses.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22): tokens stand in the path.
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s'\"?]+")
_LINK = re.compile(r"https?://[^\s'\"]+")  # with its query: one pass over a link that contains links
_KEY = re.compile(r"\bsk-[\w-]+")
_PASSWORD = re.compile(r"(\b\w+://[^\s/@:]*:)[^\s/@]+@")  # of a database
_DATA = re.compile(r"\bdata:[\w/.+-]+;base64,[\w+/=-]+")
LINE_EVERY_S = 60.0  # of what may fail thousands of times a second
MAX_KINDS = 100
# The messages of these errors and of their kinds may quote what people wrote, as int("a prompt") does.
QUOTING = (ValueError, LookupError)

# Warnings of discord.py at each start that mean nothing here (2.7.1), by the name of the logger.
MEANINGLESS = {
    "discord.client": (  # the bot never joins a voice channel
        "PyNaCl is not installed, voice will NOT be supported",
        "davey is not installed, voice will NOT be supported",
    ),
    # Of the client that asks for the application before the bot starts, and never connects to the gateway.
    "discord.state": ("Guilds intent seems to be disabled. This may cause state related issues.",),
    # The intent is for prefix commands, which the bot has none of. What MESSAGE_CONTENT decides, `check` says.
    "discord.ext.commands.bot": ("Privileged message content intent is missing, commands may not work as expected.",),
}


def _has_meaning(meaningless: Collection[str], record: logging.LogRecord) -> bool:
    return record.msg not in meaningless


def about_job(job_id: int) -> AbstractContextManager[None]:
    """Put ``job`` into every line that this task, and the tasks that it starts, log in the block.

    That includes the lines of discord.py and aiohttp. A thread of the store is no task: name the job there.
    """
    return structlog.contextvars.bound_contextvars(job=job_id)


def now_about_job(job_id: int) -> None:
    """Put ``job`` into every further line of this task, which a request has just become."""
    structlog.contextvars.bind_contextvars(job=job_id)


def redact(text: str) -> str:
    """Return *text* without interaction tokens, queries of links, API keys, passwords of databases, and files."""
    bare = _LINK.sub(lambda found: _without_query(found[0]), _TOKEN.sub(r"\1…", text))
    return _KEY.sub("…", _PASSWORD.sub(r"\1…@", _DATA.sub("data:…", bare)))


def _without_query(link: str) -> str:
    path, query, _ = link.partition("?")
    return path + ("…" if query else "")


def _traceback(exc_info: ExcInfo) -> str:
    """Return a traceback in which no error quotes what people wrote: its place and its type say enough."""
    found = TracebackException(*exc_info)
    waiting = [found]
    while waiting:
        each = waiting.pop()
        if issubclass(each.exc_type, QUOTING):
            each._str = "…"  # type: ignore[attr-defined]  # private, and the only way to keep the frames
        waiting += [cause for cause in (each.__cause__, each.__context__, *(each.exceptions or ())) if cause]
    return "".join(found.format()).rstrip()


class LoopErrors:
    """Logs errors that no task awaits: a handler for asyncio, whose own lines quote each error and its arguments.

    Each kind has one line a minute: an accept loop without a free descriptor fails 10,000 times a second.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._line_s: dict[tuple[str, type], float] = {}

    def log(self, _loop: object, context: Mapping[str, Any]) -> None:
        """Log what failed, and the traceback of its error."""
        what, error = context["message"].partition("(")[0], context.get("exception")
        if self._is_due((what, type(error))):
            structlog.get_logger(__name__).error("loop_error", what=what, exc_info=error)

    def _is_due(self, kind: tuple[str, type]) -> bool:
        now_s = self._now_s()
        if now_s - self._line_s.get(kind, float("-inf")) < LINE_EVERY_S:
            return False
        if len(self._line_s) >= MAX_KINDS:
            self._line_s.clear()
        self._line_s[kind] = now_s
        return True


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}


def set_up_logs(log_format: str) -> None:
    """Write one line per event to standard error: JSON or text, as *log_format* says; auto: text on a terminal."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
        _redact_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name, sentences in MEANINGLESS.items():
        logging.getLogger(name).addFilter(partial(_has_meaning, sentences))
    # discord.py's INFO events repeat our own, and alembic's are of no use to an operator.
    for name in ("discord", "alembic", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
