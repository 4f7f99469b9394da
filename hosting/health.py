"""Ask the running bot how it is. A container does this every 30 s, so this file needs no package.

``python -IS hosting/health.py`` reads HEALTH_HOST and HEALTH_PORT from the environment and asks /healthz; the argument
``/readyz`` asks that page instead. ``python bot.py health`` reads .env too, and asks /readyz.
"""

import os
import socket
import sys
import time

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080  # of the settings HEALTH_HOST and HEALTH_PORT
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # a bot that listens on all is asked on loopback
TIMEOUT_S = 5.0
SERVER = "Wanvas"  # the header of each page: another program may answer 200 on this port
MAX_ANSWER_BYTES = 65536  # a line for each part that does not work
OFF = "The health page is off: HEALTH_PORT is 0."


def trouble(host: str, port: int, page: str) -> str:
    """Return what *page* of the bot on *host*:*port* says is wrong; empty if nothing is. Takes at most TIMEOUT_S."""
    try:
        head, _, found = _answer(EVERY_ADDRESS.get(host, host), port, page).partition("\r\n\r\n")
    except OSError as error:
        return f"no answer from {host} port {port} ({error.strerror or error})"
    status, *headers = head.split("\r\n")
    if f"Server: {SERVER}" not in headers:
        return f"another program answers on {host} port {port}, which HEALTH_HOST and HEALTH_PORT name"
    return "" if status.split(" ")[1:2] == ["200"] else found.strip() or f"no answer to {page}"


def _answer(host: str, port: int, page: str) -> str:
    """Return the whole answer of *page*. HTTP/1.0: the server closes the connection after it."""
    answer, end_s = b"", time.monotonic() + TIMEOUT_S
    with socket.create_connection((host, port), TIMEOUT_S) as link:
        link.sendall(b"GET %s HTTP/1.0\r\n\r\n" % page.encode("ascii"))
        while len(answer) < MAX_ANSWER_BYTES and (part := _received(link, end_s - time.monotonic())):
            answer += part
    return answer.decode("utf-8", "replace")


def _received(link: socket.socket, left_s: float) -> bytes:
    if left_s <= 0:  # bytes that come one by one would never be late
        raise TimeoutError("timed out")
    link.settimeout(left_s)
    return link.recv(MAX_ANSWER_BYTES)


def report(host: str, port: int, page: str) -> str:
    """Return a sentence about the bot that serves *page*. Exit with a sentence if something is wrong with the bot."""
    if port == 0:
        return OFF
    if found := trouble(host, port, page):
        sys.exit(f"The bot is not well: {found}.")
    return "The bot is well."


def main() -> None:
    """Exit with a sentence if something is wrong with the bot that the environment names."""
    host, port = (os.environ.get("HEALTH_HOST") or DEFAULT_HOST, os.environ.get("HEALTH_PORT") or str(DEFAULT_PORT))
    if not port.isdecimal():
        sys.exit("HEALTH_PORT is not a number.")
    print(report(host, int(port), *(sys.argv[1:] or ["/healthz"])))


if __name__ == "__main__":
    main()
