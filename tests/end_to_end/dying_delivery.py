"""Start bot.py as sandbox.launch does, with one defect: the loop of the status cards dies."""

from cogs.delivery.status_cards import StatusCards
from sandbox import launch


async def die(self: StatusCards) -> None:
    raise RuntimeError("a defect of ours")


if __name__ == "__main__":
    StatusCards.run = die  # type: ignore[method-assign]  # the defect itself
    launch.main()
