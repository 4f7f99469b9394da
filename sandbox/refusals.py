"""Turn the errors of the control port's calls into answers: a status, and a sentence for the person who called."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.discord.errors import DiscordError


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer ``{"error": "<sentence>"}``: with 400 if the call is refused, with 404 or 405 if there is no such call."""
    try:
        return await handler(request)
    except (KeyError, ValueError, OverflowError, DiscordError) as error:
        return web.json_response({"error": _sentence(error)}, status=400)
    except web.HTTPClientError as error:
        return web.json_response({"error": f"{request.method} {request.path}: {error.reason}."}, status=error.status)


def _sentence(error: Exception) -> str:
    said = f"There is nothing with the id or name {error.args[0]!r}" if isinstance(error, KeyError) else str(error)
    return said if said.endswith((".", "!", "?")) else f"{said}."
