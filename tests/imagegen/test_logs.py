"""Secrets stay out of logs."""

import pytest

from imagegen import logs


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("PATCH https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24/messages/@original", "aW50ZXJhY3Rpb24"),
        ("POST /api/v10/interactions/7/aW50ZXJ/callback?with_response=1", "aW50ZXJ"),
        ("GET https://dashscope-result.oss.aliyuncs.com/1.png?Expires=1&Signature=s3cret gave 403", "s3cret"),
        ("POST https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24?wait=true gave 404", "aW50ZXJhY3Rpb24"),
        ("Incorrect API key provided: sk-0123456789abcdef", "sk-0123456789abcdef"),
    ],
)
def test_tokens_keys_and_signed_links_are_removed_from_a_line(line: str, secret: str) -> None:
    assert secret not in logs.redact(line)


def test_what_is_no_secret_stays_readable() -> None:
    line = "GET https://cdn.discordapp.com/attachments/1/2/a.png gave 404"

    assert logs.redact(line) == line
