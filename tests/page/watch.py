"""What no page may do: throw, log an error, break its content security policy, or ask another machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError

OWN = {"blob", "data", "about"}  # schemes that send nothing


@dataclass
class Watch:
    """Collects the faults of every page of the contexts that it is told to watch."""

    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("weberror", self._thrown)
        context.on("console", self._logged)
        context.on("request", self._requested)

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[list[str]]:
        """In the block, take a fault that *pattern* finds for no fault. Yield those that happened."""
        before = len(self.faults)
        happened: list[str] = []
        try:
            yield happened
        finally:
            new = self.faults[before:]
            happened += [fault for fault in new if re.search(pattern, fault)]
            self.faults[before:] = [fault for fault in new if fault not in happened]

    def _thrown(self, error: WebError) -> None:
        self.faults.append(f"thrown: {error.error.message}")

    def _logged(self, message: ConsoleMessage) -> None:
        # Chromium logs each violation of the content security policy, and each answer of 400 and more, as an error.
        if message.type == "error":
            self.faults.append(f"logged: {message.text} ({message.location.get('url', '')})")

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.hostname != "127.0.0.1" and address.scheme not in OWN:
            self.faults.append(f"requested: {request.url}")
