"""docs/operating.md says what the code asks Discord and Wan for. ``make docs`` writes the table of costs again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import bot
from hosting.installs import PERMISSIONS
from imagegen.settings import MessageContent, Settings
from imagegen.wan.catalogue import MODELS, price_microusd
from imagegen.wan.hosts import SINGAPORE, region_of
from tests.test_readme import ROOT

PAGE = ROOT / "docs" / "operating.md"
COST = re.compile(r"(<!-- cost: [^\n]* -->\n).*?(<!-- /cost -->)", re.DOTALL)
USD = 1_000_000  # in micro-dollars
# Discord's words for people -> discord.py's names.
PERMISSION_NAMES = {"View Channels": "read_messages"}


def cost_table() -> Iterator[str]:
    """Return what an image costs in Singapore, and how many images the default budgets pay."""
    day, month = (Settings.model_fields[f"budget_usd_per_{window}"].default for window in ("day", "month"))
    yield f"| model | an image | images for US${day:g} a day | images for US${month:g} a month |"
    yield "| --- | --- | --- | --- |"
    for name, model in MODELS.items():
        price = price_microusd(model, SINGAPORE, {})
        yield f"| `{name}` | US${price / USD:g} | {int(day * USD) // price:,} | {int(month * USD) // price:,} |"


def written(text: str) -> str:
    """Return *text* with the table that the code gives."""
    return COST.sub(lambda found: found[1] + "\n".join(cost_table()) + "\n" + found[2], text)


def section(heading: str) -> str:
    """Return the text below a heading of the page, up to the next heading."""
    return re.split(r"^#+ ", PAGE.read_text(encoding="utf-8").split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]


def first_column(heading: str) -> list[str]:
    """Return the first cell of each row of a section's table."""
    return re.findall(r"^\| (?!-)(.+?) \|", section(heading), re.MULTILINE)[1:]


def test_the_costs_are_those_of_the_catalogue() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == written(text), "`make docs` writes it again"


def test_each_permission_that_the_invitation_asks_for_has_its_reason() -> None:
    named = [PERMISSION_NAMES.get(name, name.lower().replace(" ", "_")) for name in first_column("Permissions")]

    assert sorted(named) == sorted(name for name, asked in PERMISSIONS if asked)


def test_each_intent_that_the_bot_asks_for_has_its_reason() -> None:
    asked = bot.intents_for(Settings(message_content=MessageContent.ON), None)  # type: ignore[arg-type]  # not looked at

    names = {"Guild Messages": "guild_messages", "Direct Messages": "dm_messages"}
    named = [names.get(name, name.lower().replace(" ", "_")) for name in first_column("Intents")]
    assert sorted(named) == sorted(name for name, is_asked in asked if is_asked)


def test_each_host_of_the_table_belongs_to_its_region() -> None:
    rows = re.findall(r"^\| .*?`([a-z0-9-]+)` \| (.+) \|$", section("Open the account at Wan"), re.MULTILINE)

    hosts = [(region, host) for region, cells in rows for host in re.findall(r"`(https://\S+)`", cells)]
    assert len(hosts) == 7
    assert [
        region for region, host in hosts if region_of(host.replace("WORKSPACE", "ws-1").lower(), "") != region
    ] == []


def test_each_event_of_the_table_is_logged_somewhere() -> None:
    sources = [path for room in ("cogs", "hosting", "imagegen") for path in (ROOT / room).rglob("*.py")]
    logged = "\n".join(path.read_text(encoding="utf-8") for path in sources)

    events = [event for cell in first_column("Read the log") for event in re.findall(r"`(\w+)`", cell)]
    assert len(events) > 20
    assert [event for event in events if f'"{event}"' not in logged] == []


def main() -> None:
    """Write the table of docs/operating.md again."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
