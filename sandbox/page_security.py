"""Protect the control port: only this machine's own page may call it, and no script but ours runs in that page."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.world import World

LOCAL_NAMES = ("127.0.0.1", "localhost")


def guard(world: World) -> Middleware:
    """Return a middleware that refuses calls from other sites, and sends the page's security headers.

    A page of another site can send requests to this port, also under a name of its own that leads here.
    https://owasp.org/www-community/attacks/csrf (2026-11-29)
    """

    @web.middleware
    async def guarded(request: web.Request, handler: object) -> web.StreamResponse:
        if not _is_local(request):
            return web.json_response({"error": "only a page of this address may call this address"}, status=403)
        response: web.StreamResponse = await handler(request)  # type: ignore[operator]  # aiohttp's handler
        if not response.prepared:
            response.headers.update(_headers(world.cdn))
        return response

    return guarded


def _is_local(request: web.Request) -> bool:
    """Return whether the request names this machine as its host, and comes from a page of this port or from none."""
    origin = request.headers.get("Origin")
    named = urlsplit(f"//{request.host}").hostname in LOCAL_NAMES
    return named and (origin is None or origin == f"http://{request.host}")


def _headers(cdn: str) -> dict[str, str]:
    """Return the headers of each answer. *cdn* is the address that images come from.

    https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP (2026-11-29)
    """
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        f"img-src 'self' blob: {cdn}",
        f"media-src 'self' {cdn}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
