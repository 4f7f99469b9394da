"""Only this machine's own page may call the control port, and a browser runs no script there but ours."""

from __future__ import annotations

import pytest
from aiohttp import WSServerHandshakeError

from sandbox.people import File
from tests.sandbox.conftest import WireBot


def policy(headers: dict[str, str]) -> dict[str, str]:
    """Return each directive of the Content-Security-Policy with its sources."""
    parts = (part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize(
    "path", ["/", "/page/app.js", "/page/0123456789ab/app.js", "/people", "/files/0", "/nowhere", "/changes", "/state"]
)
async def test_every_answer_forbids_foreign_and_inline_scripts(wire: WireBot, path: str) -> None:
    cdn = wire.box.cdn

    async with wire.session.get(wire.box.control + path) as answer:
        headers = dict(answer.headers)

    assert policy(headers) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": f"'self' blob: {cdn}",
        "media-src": f"'self' {cdn}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer"


STRANGERS = {
    "another site": {"Origin": "https://example.com"},
    "a file": {"Origin": "null"},
    "another port, such as that of the CDN": {"Origin": "http://127.0.0.1:1"},
    "this port by another protocol": {"Origin": "https://127.0.0.1"},
    "another name": {"Host": "sandbox.example.com"},
    "a name that leads here": {"Host": "127.0.0.1.nip.io:80"},
    "no name": {"Host": "[::"},
    "another port": {"Host": "127.0.0.1:1"},
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
async def test_a_page_of_another_site_can_do_nothing(wire: WireBot, headers: dict[str, str]) -> None:
    before = wire.box.clock.elapsed_s()

    async with wire.session.post(wire.box.control + "/clock", json={"advance_s": 3600}, headers=headers) as answer:
        status = answer.status

    assert status == 403
    assert wire.box.clock.elapsed_s() - before < 60


async def test_a_page_of_another_site_does_not_hear_of_changes(wire: WireBot) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await wire.session.ws_connect(wire.box.control + "/changes", headers={"Origin": wire.box.cdn})


async def test_a_host_with_a_user_is_no_name_of_this_machine(wire: WireBot) -> None:
    host = wire.box.control.removeprefix("http://")

    async with wire.session.get(wire.box.control + "/people", headers={"Host": f"evil.example@{host}"}) as answer:
        assert answer.status == 403


async def test_the_pages_own_calls_are_answered(wire: WireBot) -> None:
    headers = {"Origin": wire.box.control}

    async with wire.session.post(wire.box.control + "/clock", json={"advance_s": 1}, headers=headers) as answer:
        status = answer.status

    assert status == 200


@pytest.mark.parametrize(
    ("name", "kind"), [("a.html", "text/plain"), ("a.js", "text/plain"), ("a.svg", "image/svg+xml")]
)
async def test_a_posted_file_runs_nothing_in_a_browser(wire: WireBot, name: str, kind: str) -> None:
    await wire.ana.say(wire.channel, "", [File(name, b"<script>document.title = 'ran'</script>")])
    (message,) = await wire.ana.messages(wire.channel)

    async with wire.session.get(message["attachments"][0]["url"]) as answer:
        found = policy(dict(answer.headers))

    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == (kind, "nosniff")
    assert (found["sandbox"], found["default-src"]) == ("", "'none'")
