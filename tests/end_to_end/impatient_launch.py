"""Start the bot without its patience: a Discord that fails is given up within a second."""

from __future__ import annotations

from hosting import connect
from sandbox import launch


def main() -> None:
    connect.COMMAND_S = connect.START_S = 0.5
    launch.main()


if __name__ == "__main__":
    main()
