"""No secret, signed link or id is left in a text that is published."""

from __future__ import annotations

from time import process_time

import pytest

from hosting.verify.redaction import MAX_CHARS, MAX_READ_CHARS, Redaction
from imagegen.settings import Settings

TOKEN = "MTE5MDAwMDAwMDAwMDAwMDAw.Gh0sTz.dGhpcy1pcy1ub3QtYS1yZWFsLXRva2VuLWF0LW"
INTERACTION = "aW50ZXJhY3Rpb246MTE5MDAwMDAwMDAwMDAwMDAwOlJlYWxseVNlY3JldFRva2Vu"
SETTINGS = Settings(
    _env_file=None, discord_token=TOKEN, dashscope_api_key="sandbox-s3cr3t", wan_workspace="ws-Two",
    dashscope_http_base_url="https://llm-One.ap-southeast-1.maas.aliyuncs.com/api/v1",
    database_url="postgresql://bot:hunter2@db.example/wanvas",
)  # fmt: skip
REDACTION = Redaction.of(SETTINGS)
# Each text with what must not be left of it.
SECRETS = [
    (f"Bot {TOKEN} was refused", TOKEN[-20:]),
    (f"another bot's token: {TOKEN.replace('Gh0sTz', 'AAAAAA')}!", TOKEN[-20:]),
    ("the key sandbox-s3cr3t is refused", "s3cr3t"),
    ("the key sk-0123456789abcdef is refused", "0123456789"),
    ("POST /api/v10/interactions/7/aW50ZXJ/callback", "aW50ZXJ"),
    (f"the token {INTERACTION} has expired", "ZXJhY3"),
    (f"PATCH https://discord.com/api/v10/webhooks/1/{INTERACTION}/messages/@original", "aW50"),
    ("https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1d/a.png?Expires=1&Signature=s3cret", "s3cret"),
    ("dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1d/a.png?Expires=1&Signature=s3cret", "s3cret"),
    ("https://cdn.discordapp.com/attachments/1190000000000000001/2/a.png?ex=1&hm=s3cret", "s3cret"),
    ("https://cdn.discordapp.com/attachments/7/2/a.png", "/7/"),
    ("workspace ws-Two has no access", "ws-Two"),
    ("cannot connect to LLM-one.ap-southeast-1.maas.aliyuncs.com:443", "LLM-one"),
    ("could not connect to postgresql://bot:hunter2@db.example/wanvas", "hunter2"),
    ("could not connect to postgresql+psycopg://bot:hunter2@db.example/wanvas", "hunter2"),
    ("message 1190000000000000001 in <#1190000000000000002>", "11900000"),
    ("data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUg" * 4, "iVBORw0"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_no_secret_is_left(text: str, secret: str) -> None:
    assert secret in text

    assert secret not in REDACTION.clean(text)


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_text_that_is_cut_leaves_no_half_of_a_secret(text: str, secret: str) -> None:
    for room in range(MAX_READ_CHARS - 12 - len(text), MAX_READ_CHARS):
        assert secret[: len(secret) // 2 + 1] not in REDACTION.clean(f"https://a/{'x' * room} {text}")


@pytest.mark.parametrize(
    "text",
    [
        "Wan's answer: InvalidApiKey (HTTP 401).",
        "Request 0f0e8a52-6a0e-9d4c-8a5b-5c1d6b3a9d10 took 27.4 s.",
        "The links lead to dashscope-result-wlcb-acdr-1.oss-cn-wulanchabu-acdr-1.aliyuncs.com with https.",
        "1280*1280 as asked for, 2,345,678 bytes.",
        "You see two images?",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert REDACTION.clean(text) == text


def test_a_text_becomes_one_bounded_line() -> None:
    cleaned = REDACTION.clean("two\nlines\x00 and " + "more " * 1000)

    assert cleaned.startswith("two lines and more ")
    assert len(cleaned) == MAX_CHARS


@pytest.mark.parametrize("text", ["a" * 10**6, "-" * 10**6, "?=" * 500_000, "1." * 500_000, "x://" * 250_000])
def test_an_endless_text_is_cleaned_at_once(text: str) -> None:
    began_s = process_time()

    REDACTION.clean(text)

    assert process_time() - began_s < 0.5
