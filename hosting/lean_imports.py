"""Import the bot's modules at less cost: bot.py imports this module before all others, and calls ``end`` after them."""

from __future__ import annotations

import gc
import sys
from typing import Any

_modules: dict[str, Any] = sys.modules

gc.disable()  # of 140,000 objects that the imports make, 2,000 are garbage in the end
# structlog imports rich if some tool for developers has installed it. No log line here uses it, and it takes 5 MB.
_modules.setdefault("rich", None)


def end() -> None:
    """Collect garbage again from now on, but never look at what the imports made: it stays."""
    if _modules.get("rich", ...) is None:
        del _modules["rich"]
    gc.freeze()
    gc.enable()
