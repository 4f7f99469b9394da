"""Start bot.py as sandbox.launch does, and kill it at one moment of a review, which DIES_AT names."""

from __future__ import annotations

import os
import signal
from typing import Any

from cogs.delivery.review_cards import ReviewCards
from imagegen.review import Review
from sandbox import launch

BEFORE_CARD, AFTER_CARD, AFTER_SHOW, AFTER_WITHHOLD = "before_card", "after_card", "after_show", "after_withhold"
AFTER = {AFTER_CARD: (ReviewCards, "post_held"), AFTER_SHOW: (Review, "show"), AFTER_WITHHOLD: (Review, "withhold")}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    point = os.environ.get("DIES_AT", "")
    owner, name = AFTER.get(point, (ReviewCards, "post_held"))
    original = getattr(owner, name)

    async def deadly(*args: Any, **more: Any) -> Any:
        if point == BEFORE_CARD:
            die()
        result = await original(*args, **more)
        if point in AFTER:
            die()
        return result

    setattr(owner, name, deadly)
    launch.main()


if __name__ == "__main__":
    main()
