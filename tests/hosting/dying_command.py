"""Run ``bot.py`` with the arguments behind two numbers: a step, and the signal that the process gets at this step.

A step is a statement, a begin or a commit of a transaction, or a file that gets its name. Tables are copied in batches
of a few rows, so that there are many steps.
"""

import os
import runpy
import sys
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from imagegen.store import copying

STEPS = ("before_cursor_execute", "begin", "commit")


def main() -> None:
    last, number, steps = int(sys.argv[1]), int(sys.argv[2]), count(1)

    def step(*_: Any, **__: Any) -> None:
        if next(steps) == last:
            os.kill(os.getpid(), number)

    for name in STEPS:
        event.listen(Engine, name, step)
    sys.addaudithook(lambda name, _: step() if name == "os.rename" else None)
    copying.BATCH_ROWS, copying.BATCH_ROWS_OF = 5, {}
    sys.argv = ["bot.py", *sys.argv[3:]]
    runpy.run_path(str(Path(__file__).parents[2] / "bot.py"), run_name="__main__")


if __name__ == "__main__":
    main()
