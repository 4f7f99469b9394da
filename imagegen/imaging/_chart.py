"""Draw a chart of bars. Runs in a process of its own: ``python -P -m imagegen.imaging._chart`` (charts.py).

Stdin is JSON: *days*, their labels; *bars*, from bottom to top: [name, [value for each day]]; *sign*, before each
number; *dark*. The answer, on stdout, is a PNG. The text has digits and Latin letters only: the library's own font has
few others.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from imagegen.imaging.isolation import hide_this_process, limit_this_process

SIZE, DPI = (12.0, 6.0), 100  # inches, and pixels for each: 1200 × 600
FONT, SMALL_FONT = 22, 19  # points: a phone shows the chart at a third of its width
LABELS = 7  # the most days that are named under the bars
MOST_BARS = 6  # models with a color of their own
MOST_DIGITS = 56  # that fit above the bars, side by side
FEW_CENTS = 0.2  # dollars: lines below have a third decimal
MAX_MEMORY_BYTES, MAX_PNG_BYTES = 768 * 1024 * 1024, 4 * 1024 * 1024  # it takes 80 MB, and 270 of addresses


@dataclass(frozen=True)
class Theme:
    """Colors that color-blind people tell apart too: https://jfly.uni-koeln.de/color/ (2026-11-30)."""

    ground: str
    ink: str
    grid: str
    bars: tuple[str, ...]


DARK = Theme(
    "#23272e", "#e8eaed", "#454c57", ("#56b4e9", "#e69f00", "#2fbf8f", "#cc79a7", "#f0e442", "#e8743b", "#9aa0a6")
)
LIGHT = Theme(
    "#ffffff", "#24292f", "#d5d9de", ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a8087")
)
Bars = Sequence[tuple[str, Sequence[float]]]
Number = Callable[[float], str]


def chart(data: bytes) -> bytes:
    """Return the chart of *data*."""
    wanted = json.loads(data)
    figure = draw_chart(wanted["days"], wanted["bars"], wanted["sign"], DARK if wanted["dark"] else LIGHT)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=figure.get_facecolor(), metadata={"Software": None})
    return out.getvalue()


def draw_chart(days: Sequence[str], bars: Bars, sign: str, theme: Theme) -> Figure:
    """Draw the bars of each day on each other, with their sum above where there is room."""
    margins = ConstrainedLayoutEngine(w_pad=0.25, h_pad=0.2)
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor=theme.ground, layout=margins)
    FigureCanvasAgg(figure)
    axes, tops, width = figure.subplots(), [0.0] * len(days), min(0.72, 0.12 * len(days))
    for (name, values), color in zip(together(bars), theme.bars, strict=False):
        axes.bar(range(len(days)), values, width, tops, color=color, label=name)
        tops = [top + value for top, value in zip(tops, values, strict=True)]
    axes.set_ylim(0, max([*tops, 0.0]) * 1.12 or 1)
    number = partial(_number, sign=sign, decimals=2 if max([*tops, 0.0]) >= FEW_CENTS else 3)
    _style(axes, days, theme, number, whole=not sign)
    _write_totals(axes, tops, theme, number)
    if bars:
        columns = min(3, len(together(bars)))
        style: dict[str, Any] = {"ncols": columns, "frameon": False, "fontsize": SMALL_FONT, "labelcolor": theme.ink}
        figure.legend(loc="outside upper left", **style)
    return figure


def together(bars: Bars) -> Bars:
    """Return *bars* with the smallest ones summed, if they are more than there are colors."""
    if len(bars) <= MOST_BARS + 1:
        return bars
    rest = bars[MOST_BARS:]
    summed = [sum(values) for values in zip(*(values for _, values in rest), strict=True)]
    return [*bars[:MOST_BARS], (f"+{len(rest)}", summed)]


def _style(axes: Axes, days: Sequence[str], theme: Theme, number: Number, *, whole: bool) -> None:
    """Name the days and the lines, and leave out what says nothing."""
    every = -(-len(days) // LABELS)
    named = [at for at in range(len(days)) if (len(days) - 1 - at) % every == 0]
    axes.set_xticks(named, [days[at] for at in named])
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.tick_params(colors=theme.ink, labelsize=FONT, length=0, pad=8)
    axes.set_facecolor(theme.ground)
    axes.grid(axis="y", color=theme.grid, linewidth=1.5)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)


def _write_totals(axes: Axes, tops: Sequence[float], theme: Theme, number: Number) -> None:
    """Write the sum of each day above its bars, unless the numbers would touch each other."""
    texts = [number(top) if top else "" for top in tops]
    if len(tops) * max(map(len, texts)) > MOST_DIGITS:
        return
    style: dict[str, Any] = {"ha": "center", "color": theme.ink, "fontsize": SMALL_FONT}
    for at, (top, text) in enumerate(zip(tops, texts, strict=True)):
        axes.annotate(text, (at, top), (0, 4), textcoords="offset points", **style)


def _number(value: float, *, sign: str, decimals: int) -> str:
    """Return a number of images, or an amount of money."""
    return f"{sign}{value:.{decimals if sign else 0}f}"


def main() -> None:
    """Draw the chart of stdin into stdout."""
    hide_this_process()
    limit_this_process(MAX_MEMORY_BYTES, MAX_PNG_BYTES)
    sys.stdout.buffer.write(chart(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
