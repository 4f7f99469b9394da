"""Protect the control port: only this machine's own page may call it, and no script but ours runs in that page."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.world import World

LOCAL_NAMES = ("127.0.0.1", "localhost")
HTTP_PORT = 80  # which browsers leave out of Host


def protect(app: web.Application, world: World) -> None:
    """Refuse calls from other sites, and send the page's security headers with each answer.

    A page of another site can send requests to this port, also under a name of its own that leads here.
    https://owasp.org/www-community/attacks/csrf (2026-11-29)
    """

    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_headers(world.cdn))
        response.headers.setdefault("Cache-Control", "no-cache")

    app.middlewares.append(_only_local)
    app.on_response_prepare.append(add_headers)


@web.middleware
async def _only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not _is_local(request):
        return web.json_response({"error": "Only a page of this address may call this address."}, status=403)
    return await handler(request)


def _is_local(request: web.Request) -> bool:
    """Return whether the request names this port of this machine as its host, and comes from its page or from none."""
    port = request.get_extra_info("sockname", ("", 0))[1]
    hosts = {f"{name}:{port}" for name in LOCAL_NAMES} | ({*LOCAL_NAMES} if port == HTTP_PORT else set())
    return request.host in hosts and request.headers.get("Origin") in (None, f"http://{request.host}")


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
    }
