"""The tables of docs/models.md match the catalogue. ``python -m tests.test_models_docs`` writes them again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from imagegen.image_request import ImageRequest
from imagegen.model import UNITS_PER_IMAGE, Call
from imagegen.wan.calls import PLATFORM_TIMEOUT_S
from imagegen.wan.catalogue import MODELS, SOURCES, TASK_ONLY_REGIONS, cost, price_microusd
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.record import Mode, Model, Price

DOC = Path(__file__).parent.parent / "docs" / "models.md"
TABLE = re.compile(r"(<!-- (\w+): [^\n]* -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def offered_table() -> Iterator[str]:
    yield "| model | good for | weight | price of an image in Singapore | input images | images a request | confirmed |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for model in MODELS.values():
        images, count = _most(model)
        costs = [cost(model, use, ImageRequest(""), 0, SINGAPORE, {}, {}) for use in model.modes]
        weighs = _by_use(model, [f"{each.weight / UNITS_PER_IMAGE:g}" for each in costs])
        counted = _by_use(model, [f"${each.image_microusd / 1_000_000:g}" for each in costs])
        sure = f"no: {model.doubts}" if model.doubts else "yes"
        yield f"| `{model.name}` | {model.intent} | {weighs} | {counted} | {images} | {count} | {sure} |"


def _by_use(model: Model, figures: list[str]) -> str:
    """Return a figure of *model*, or one for each use if they differ."""
    if len(set(figures)) == 1:
        return figures[0]
    return ", ".join(f"{use} {figure}" for use, figure in zip(model.modes, figures, strict=True))


def _most(model: Model) -> tuple[str, int]:
    modes = model.modes.values()
    return f"up to {max(mode.images[1] for mode in modes)}".replace("up to 0", "none"), max(m.max_count for m in modes)


def models_table() -> Iterator[str]:
    yield (
        "| model | use | input images | longest prompt, negative prompt "
        "| results | `W*H`: pixels, aspect ratio | sizes by name | calls | time limit | further options | source |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for model in MODELS.values():
        for use, mode in model.modes.items():
            yield f"| `{model.name}` | {use} | {_mode(mode)} |"


def _mode(mode: Mode) -> str:
    images = "–".join(str(number) for number in dict.fromkeys(mode.images))
    longest = f", each at most {mode.max_image_aspect:g}:1" if mode.max_image_aspect else ""
    unit = "tokens" if mode.counts_tokens else "characters"
    return " | ".join(
        (
            images + longest,
            f"{mode.prompt_chars:,} {unit}, {mode.negative_chars or 'none'}",
            "1" if mode.max_count == 1 else f"1–{mode.max_count}",
            _size(mode),
            ", ".join(mode.keywords) or "–",
            ", ".join(mode.calls),
            _answered_in(mode),
            _options(mode),
            f"[{mode.source}]",
        )
    )


def _size(mode: Mode) -> str:
    """Return which sizes a request can name."""
    if not mode.takes_size:
        return "none"
    if mode.sizes:
        return ", ".join(mode.sizes)
    least, most = mode.area_px
    lowered = f" (accepted from {least - mode.tolerance_px:,})" if mode.tolerance_px else ""
    sides = f", sides {mode.side_px[0]} to {mode.side_px[1]}" if mode.side_px[0] > 1 else ""
    return f"{least:,} to {most:,}{lowered}, 1:{mode.max_aspect:g} to {mode.max_aspect:g}:1{sides}"


def _answered_in(mode: Mode) -> str:
    """Return the time limit of a synchronous call."""
    if Call.SYNC not in mode.calls:
        return "–"
    return f"{mode.answer_timeout_s:g} s; several images, high quality or thinking: {PLATFORM_TIMEOUT_S:g} s"


def _options(mode: Mode) -> str:
    """Return what members may ask for beyond the usual options."""
    names = {"color_palette": "palette", "thinking_mode": "thinking", "prompt_extend": "enhancing"}
    found = [word for name, word in names.items() if name in mode.parameters]
    return ", ".join([*found, *[f"{mode.boxes} boxes an image"] * bool(mode.boxes)]) or "–"


def prices_table() -> Iterator[str]:
    yield "| model | region | requests a minute | at once | calls | price in the documents | counted as |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for model in MODELS.values():
        for region in model.regions:
            calls = "tasks only" if region in TASK_ONLY_REGIONS else "all"
            counted = f"${price_microusd(model, region, {}) / 1_000_000:g}"
            cells = (f"{model.per_s[region] * 60:g}", str(model.in_flight), calls, _prices(model, region), counted)
            yield f"| `{model.name}` | `{region}` | {' | '.join(cells)} |"


def _prices(model: Model, region: str) -> str:
    inputs = [f"{_price(model.input_price, region)} each input image"] if model.input_price else []
    return "; ".join([*(_price(price, region) + _condition(price) for price in model.prices), *inputs])


def _price(price: Price, region: str) -> str:
    yuan = f"¥{price.cny[region]:g}" if region in price.cny else ""
    dollars = f"${price.usd[region]:g}" if region in price.usd else ""
    return ", ".join(part for part in (dollars, yuan) if part) or "unknown"


def _condition(price: Price) -> str:
    size = "" if price.max_px is None else f" to {price.max_px:,} px"
    enhanced = {None: "", True: " rewritten", False: " as written"}[price.enhanced]
    return size + enhanced


def sources_table() -> Iterator[str]:
    yield "| tag | document | text of |"
    yield "| --- | --- | --- |"
    for tag, source in SOURCES.items():
        where = f"<{source.address}>" if source.address.startswith("https://") else source.address
        yield f"| [{tag}] | {source.title}, {where} | {source.read} |"


TABLES = {"offered": offered_table, "models": models_table, "prices": prices_table, "sources": sources_table}


def written(text: str) -> str:
    return TABLE.sub(lambda found: found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3], text)


def test_the_tables_are_what_the_catalogue_says() -> None:
    text = DOC.read_text(encoding="utf-8")

    assert [found[1] for found in TABLE.findall(text)] == [*TABLES]
    assert text == written(text), "run python -m tests.test_models_docs"


if __name__ == "__main__":
    DOC.write_text(written(DOC.read_text(encoding="utf-8")), encoding="utf-8")
