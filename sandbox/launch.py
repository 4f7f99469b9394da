"""Start a program that uses discord.py, with discord.py's three addresses set to the sandbox.

``python -m sandbox.launch bot.py``
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from sandbox.site.sitecustomize import use_sandbox


def main() -> None:
    """Set discord.py's addresses, which is all that the sandbox touches, and run the program."""
    use_sandbox()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
