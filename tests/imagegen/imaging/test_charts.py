"""Charts are readable in dark and light, and the library that draws them is in no process of the bot's."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

from imagegen.imaging.charts import Charts
from imagegen.imaging.children import ROOT

DARK, LIGHT = (0x23, 0x27, 0x2E), (0xFF, 0xFF, 0xFF)
BLUE, ORANGE = (0x56, 0xB4, 0xE9), (0xE6, 0x9F, 0x00)
DAYS = [f"11-{day:02}" for day in range(1, 31)]


def colors(data: bytes) -> dict[tuple[int, ...], int]:
    """Return how many pixels of a chart have each color."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.size == (1200, 600)
    return {color: count for count, color in image.getcolors(1 << 20) or [] if isinstance(color, tuple)}


async def test_the_bars_of_each_model_stand_on_the_color_of_the_theme() -> None:
    charts, bars = Charts(), {"wan2.6-t2i": [4.0, 0.0, 2.0], "wan2.6-image": [2.0, 1.0, 0.0]}
    more_than_colors = {f"model-{number}": [float(number)] * 30 for number in range(14)}

    dark = colors(await charts.draw(DAYS[:3], bars, sign="", dark=True))
    light = colors(await charts.draw(DAYS, more_than_colors, sign="$", dark=False))

    assert max(dark, key=lambda color: dark[color]) == DARK
    assert 1.7 < dark[BLUE] / dark[ORANGE] < 2.2  # six images to three, and the legend
    assert {LIGHT, ORANGE} <= light.keys()


async def test_no_use_is_drawn_and_a_chart_that_cannot_be_drawn_is_empty() -> None:
    charts = Charts()

    assert max(none := colors(await charts.draw(DAYS, {}, sign="$", dark=True)), key=lambda color: none[color]) == DARK
    assert await charts.draw(DAYS, {"too short": [1.0]}, sign="", dark=True) == b""


def test_no_other_process_imports_the_library() -> None:
    imports = re.compile(
        r"^\s*(?:from|import) (?:matplotlib|numpy|imagegen\.imaging\._chart)\b|import .*\b_chart\b", re.M
    )
    files = [file for room in ("imagegen", "cogs", "hosting") for file in Path(ROOT, room).rglob("*.py")]
    code = "import sys, imagegen.imaging._zygote; print({'matplotlib', 'numpy'} & set(sys.modules))"
    words = [sys.executable, "-c", code]

    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert [file.name for file in files if imports.search(file.read_text("utf-8"))] == ["_chart.py"]
    assert done.stdout == "set()\n"
