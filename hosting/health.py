"""Ask the running bot whether it is healthy. A container does this every 30 s, so this file needs no package.

``python -IS hosting/health.py`` starts in a hundredth of the time of ``python bot.py health``, which asks the same.
"""

import os
import socket
import sys

DEFAULT_PORT = 8080  # of the setting HEALTH_PORT
TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 65536  # a line for each part that is not healthy


def trouble(port: int) -> str:
    """Return what is wrong with the bot that serves /healthz on *port*; empty if nothing is, or for port 0: off."""
    if port == 0:
        return ""
    try:
        head, _, found = _answer(port).partition("\r\n\r\n")
    except OSError as error:
        return str(error)
    return "" if head.split(" ")[1:2] == ["200"] else found.strip() or "no answer"


def _answer(port: int) -> str:
    """Return the whole answer of /healthz. HTTP/1.0: the server closes the connection after it."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as link:
        link.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        while len(answer) < MAX_ANSWER_BYTES and (part := link.recv(MAX_ANSWER_BYTES)):
            answer += part
    return answer.decode("utf-8", "replace")


def main() -> None:
    """Exit with a sentence if the bot whose port is in the environment is not healthy."""
    if found := trouble(int(os.environ.get("HEALTH_PORT") or DEFAULT_PORT)):
        sys.exit(f"The bot is not healthy: {found}.")


if __name__ == "__main__":
    main()
