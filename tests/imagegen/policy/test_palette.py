"""A palette as typed becomes colors whose shares are exactly 100 %, or is refused with the reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from imagegen.errors import Reason, Refused
from imagegen.image_request import PaletteColor
from imagegen.policy.palette import COLORS, MAX_CHARS, WHOLE, hex_of, palette_text, parse_palette

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


@st.composite
def shares_with_gaps(draw: st.DrawFn) -> list[int | None]:
    """Return shares of which some are left out; the named ones leave room for the others."""
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE - 1), min_size=2, max_size=5)))
    shares: list[int | None] = [after - before for before, after in zip([0, *cuts], [*cuts, WHOLE], strict=True)]
    return [None if draw(st.booleans()) else share for share in shares]


@given(st.data(), shares_with_gaps())
def test_the_shares_of_a_palette_are_the_named_ones_and_always_whole(
    data: st.DataObject, shares: list[int | None]
) -> None:
    colors = data.draw(st.lists(HEX, min_size=len(shares), max_size=len(shares), unique=True))
    typed = [
        color if share is None else f"{color} {share // 100}.{share % 100:02}%"
        for color, share in zip(colors, shares, strict=True)
    ]

    palette = parse_palette(", ".join(typed))

    assert sum(color.share for color in palette) == WHOLE
    assert [color.hex for color in palette] == colors
    assert all(color.share >= 1 for color in palette)
    assert all(share in (None, color.share) for share, color in zip(shares, palette, strict=True))
    blank = [color.share for share, color in zip(shares, palette, strict=True) if share is None]
    assert not blank or max(blank) - min(blank) <= 1
    assert parse_palette(palette_text(palette)) == palette


NAMES = sorted({hex_of(name): name for name in ImageColor.colormap}.values(), key=len)


@given(st.lists(st.sampled_from(NAMES[-30:]), min_size=COLORS[1], max_size=COLORS[1], unique=True), st.integers(1, 99))
def test_the_text_of_a_palette_of_long_names_is_read_again(names: list[str], less: int) -> None:
    shares = [1000 + less, 1000 - less] * (COLORS[1] // 2)
    typed = [f"{hex_of(name)} {share / 100}%" for name, share in zip(names, shares, strict=True)]
    palette = parse_palette(",".join(typed))

    text = palette_text(palette)

    assert len(text) <= MAX_CHARS
    assert parse_palette(text) == palette


@given(st.text(st.sampled_from("#0123456789abcdef,;%:. tealgoldred\n％，、①"), max_size=MAX_CHARS))
def test_any_text_is_a_palette_of_whole_shares_or_refused(typed: str) -> None:
    try:
        palette = parse_palette(typed)
    except Refused as refused:
        assert refused.reason.name.startswith("PALETTE_")
        return

    assert palette == () or COLORS[0] <= len(palette) <= COLORS[1]
    assert sum(color.share for color in palette) == (WHOLE if palette else 0)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", color.hex) and color.share > 0 for color in palette)


@pytest.mark.parametrize(
    ("typed", "colors"),
    [
        ("#C2D1E6 40%, #F9F4E1, teal", [("#C2D1E6", 4000), ("#F9F4E1", 3000), ("#008080", 3000)]),
        ("red, blue, teal", [("#FF0000", 3334), ("#0000FF", 3333), ("#008080", 3333)]),
        ("c2d1e6 50, #ABC 25.5 %, Light Blue: 24.5%", [("#C2D1E6", 5000), ("#AABBCC", 2550), ("#ADD8E6", 2450)]),
        ("＃c2d1e6 ５０％，red，blue、", [("#C2D1E6", 5000), ("#FF0000", 2500), ("#0000FF", 2500)]),
        ("teal 20%, red 20%, #008080, blue", [("#008080", 5000), ("#FF0000", 2000), ("#0000FF", 3000)]),
        ("red 33%, blue 33%, teal 33%", [("#FF0000", 3400), ("#0000FF", 3300), ("#008080", 3300)]),
        ("red 20%, blue 20%, teal 61%", [("#FF0000", 2000), ("#0000FF", 2000), ("#008080", 6000)]),
        (" ,; \n", []),
    ],
)
def test_colors_are_read_as_people_type_them(typed: str, colors: list[tuple[str, int]]) -> None:
    assert parse_palette(typed) == tuple(PaletteColor(*color) for color in colors)


@pytest.mark.parametrize(
    ("typed", "reason", "facts"),
    [
        ("red, reddish, blue", Reason.PALETTE_COLOR_UNREADABLE, {"position": 2}),
        ("red, blue, #12345", Reason.PALETTE_COLOR_UNREADABLE, {"position": 3}),
        ("blue, red 0, teal", Reason.PALETTE_SHARE_UNREADABLE, {"position": 2}),
        ("blue, red 0%, teal", Reason.PALETTE_SHARE_UNREADABLE, {"position": 2}),
        ("40%, blue, teal", Reason.PALETTE_COLOR_UNREADABLE, {"position": 1}),
        ("red -5%, blue, teal", Reason.PALETTE_SHARE_UNREADABLE, {"position": 1}),
        ("red 33.333%, blue, teal", Reason.PALETTE_SHARE_UNREADABLE, {"position": 1}),
        ("#C2D1E6 nan %, blue, teal", Reason.PALETTE_SHARE_UNREADABLE, {"position": 1}),
        ("reddish 33.333%, blue, teal", Reason.PALETTE_COLOR_UNREADABLE, {"position": 1}),
        ("red, blue", Reason.PALETTE_COUNT, {"count": 2, "least": 3, "limit": 10}),
        ("red, #F00, blue", Reason.PALETTE_COUNT, {"count": 2, "least": 3, "limit": 10}),
        (",".join(f"#0000{n:02}" for n in range(11)), Reason.PALETTE_COUNT, {"count": 11, "least": 3, "limit": 10}),
        ("red 60%, blue 60%, teal", Reason.PALETTE_SHARES, {"total": "120", "without": 1}),
        ("red 50%, blue 50%, teal", Reason.PALETTE_SHARES, {"total": "100", "without": 1}),
        ("red 20%, blue 20%, teal 58.99%", Reason.PALETTE_SHARES, {"total": "98.99", "without": 0}),
        ("red 20%, blue 20%, teal 61.01%", Reason.PALETTE_SHARES, {"total": "101.01", "without": 0}),
        ("red 20%, blue 20%, teal 12.5%", Reason.PALETTE_SHARES, {"total": "52.5", "without": 0}),
        ("x" * 201, Reason.PALETTE_TOO_LONG, {"length": 201, "limit": 200}),
    ],
)
def test_a_palette_that_cannot_be_sent_is_refused_with_its_reason(
    typed: str, reason: Reason, facts: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refused:
        parse_palette(typed)

    assert (refused.value.reason, refused.value.facts) == (reason, facts)


def test_a_palette_is_shown_by_the_names_of_its_colors() -> None:
    assert palette_text(parse_palette("#008080 12.5%, #C2D1E6 40, gold")) == "teal 12.5%, #C2D1E6 40%, gold 47.5%"


def test_ten_colors_with_long_names_are_written_as_they_can_be_read_again() -> None:
    longest = sorted(ImageColor.colormap, key=lambda name: -len(name))
    codes = dict.fromkeys("#{:02X}{:02X}{:02X}".format(*ImageColor.getrgb(name)) for name in longest)
    palette = tuple(PaletteColor(code, share) for code, share in zip(codes, [1001] * 9 + [991], strict=False))

    text = palette_text(palette)

    assert len(text) <= MAX_CHARS
    assert parse_palette(text) == palette


@pytest.mark.parametrize("typed", ["红，蓝、绿色", "红色 50%，蓝 25%，绿 25％", "red, blue, green"])
def test_a_palette_may_name_its_colors_in_chinese(typed: str) -> None:
    assert [color.hex for color in parse_palette(typed)] == ["#FF0000", "#0000FF", "#008000"]
