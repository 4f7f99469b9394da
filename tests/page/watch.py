"""What no page may do: throw, log an error, break its content security policy, or ask another machine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError

OWN = {"blob", "data", "about"}  # schemes that send nothing


@dataclass
class Watch:
    """Collects the faults of every page of the contexts that it is told to watch."""

    seen: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("weberror", self._thrown)
        context.on("console", self._logged)
        context.on("request", self._requested)

    def expect(self, pattern: str) -> None:
        """Take what *pattern* finds for no fault, in the whole test."""
        self._expected.append(pattern)

    def faults(self) -> list[str]:
        """Return what happened and was not expected."""
        return [fault for fault in self.seen if not any(re.search(pattern, fault) for pattern in self._expected)]

    def reset(self) -> None:
        """Forget what happened and what was expected, before the next test with the same page."""
        self.seen.clear()
        self._expected.clear()

    def _thrown(self, error: WebError) -> None:
        self.seen.append(f"thrown: {error.error.message}")

    def _logged(self, message: ConsoleMessage) -> None:
        # Chromium logs each violation of the content security policy, and each answer of 400 and more, as an error.
        if message.type == "error":
            self.seen.append(f"logged: {message.text} ({message.location.get('url', '')})")

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.hostname != "127.0.0.1" and address.scheme not in OWN:
            self.seen.append(f"requested: {request.url}")
