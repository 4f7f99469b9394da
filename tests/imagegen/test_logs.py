"""Secrets stay out of logs."""

import asyncio
import errno
import io
import itertools
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from imagegen import logs

WRITTEN = "heronry"  # by a person


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("PATCH https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24/messages/@original", "aW50ZXJhY3Rpb24"),
        ("POST /api/v10/interactions/7/aW50ZXJ/callback?with_response=1", "aW50ZXJ"),
        ("GET https://dashscope-result.oss.aliyuncs.com/1.png?Expires=1&Signature=s3cret gave 403", "s3cret"),
        ("POST https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24?wait=true gave 404", "aW50ZXJhY3Rpb24"),
        ("FATAL: cannot connect to postgresql://wanvas:pelican-pa55@db/wanvas", "pelican-pa55"),
        ("Invalid image: data:image/png;base64,iVBORw0KGgo=", "iVBORw0KGgo"),
        ("Incorrect API key provided: sk-0123456789abcdef", "sk-0123456789abcdef"),
    ],
)
def test_tokens_keys_and_signed_links_are_removed_from_a_line(line: str, secret: str) -> None:
    assert secret not in logs.redact(line)


def test_what_is_no_secret_stays_readable() -> None:
    line = "GET https://cdn.discordapp.com/attachments/1/2/a.png gave 404"

    assert logs.redact(line) == line


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Set up logs as the bot does, and return a function that returns the lines written so far."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", written)
    logs.set_up_logs("json")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_a_traceback_does_not_quote_what_a_person_wrote(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        try:
            int(WRITTEN)
        except ValueError as error:
            raise ExceptionGroup("both", [KeyError(WRITTEN), RuntimeError("a defect of ours")]) from error
    except ExceptionGroup:
        logging.getLogger("some.package").exception("It failed: %s", "https://example.org/?sig=heronry")

    (line,) = lines()
    assert WRITTEN not in str(line)
    assert all(told in line["exception"] for told in ("ValueError", "KeyError", "RuntimeError: a defect of ours"))


async def test_an_error_that_no_task_awaits_is_logged_without_its_message(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.LoopErrors().log)

    loop.call_soon(int, WRITTEN)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    (line,) = lines()
    assert (line["event"], "ValueError" in line["exception"], WRITTEN in str(line)) == ("loop_error", True, False)


def test_an_error_of_the_loop_that_repeats_has_one_line_a_minute(lines: Callable[[], list[dict[str, Any]]]) -> None:
    clock = itertools.chain.from_iterable((at_s, at_s) for at_s in (0.0, 0.1, 59.0, 60.0, 61.0))
    errors = logs.LoopErrors(clock.__next__)
    accept, callback = "socket.accept() out of system resource", "Exception in callback"

    for _ in range(5):
        errors.log(None, {"message": accept, "exception": OSError(errno.EMFILE, "Too many open files")})
        errors.log(None, {"message": callback, "exception": KeyError(WRITTEN)})

    assert [line["what"] for line in lines()] == ["socket.accept", callback] * 2


async def test_tasks_that_run_at_once_log_each_its_own_job(lines: Callable[[], list[dict[str, Any]]]) -> None:
    async def deliver() -> None:
        await asyncio.sleep(0)
        logging.getLogger("some.package").warning("rate limited")

    async def work(job_id: int) -> None:
        with logs.about_job(job_id):
            logs.now_about_job(job_id + 10)
            async with asyncio.TaskGroup() as group:
                group.create_task(deliver())
        logging.getLogger("some.package").warning("the next job")

    await asyncio.gather(*map(work, range(3)))

    found = [(line["event"], line.get("job")) for line in lines()]
    assert found[:3] == [("rate limited", 10), ("rate limited", 11), ("rate limited", 12)]
    assert found[3:] == [("the next job", None)] * 3


def test_warnings_that_mean_nothing_here_are_left_out(lines: Callable[[], list[dict[str, Any]]]) -> None:
    for name, sentences in logs.MEANINGLESS.items():
        for sentence in (*sentences, "Another warning"):
            logging.getLogger(name).warning(sentence)

    assert [line["event"] for line in lines()] == ["Another warning"] * len(logs.MEANINGLESS)
