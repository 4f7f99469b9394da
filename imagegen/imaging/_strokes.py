"""Find what a person scribbled on a copy of an image. Runs in a child process, like _decode.py.

The copy is what a phone's markup saves: another size, with the noise of a JPEG, sometimes cut off a little at the
edges. So lay it over the original first, and then take for a stroke only what no pixel nearby in the original explains.

The answer is JSON: ``{"boxes": [[left, top, right, bottom], …]}``, one for each stroke, in pixels of the original; no
box if there is no stroke; ``{"other": true}`` if the copy does not show the original.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from math import ceil, floor

from PIL import Image, ImageChops, ImageFilter

COMPARE_PX = 512  # the long side of the copies that are compared
MAX_CUT = 0.2  # of a side, at each edge
# How a cut is searched: in square copies of so many pixels, in these steps.
ALIGNED = ((64, (0.04, 0.02, 0.01)), (192, (0.005, 0.0025, 0.00125)))
BLUR_PX = 0.8  # a thin line is lighter or darker in a copy of another size
NEARBY_PX = 2  # how far two images may be off that were laid over each other
VISIBLE = 40  # of 255: a stroke differs from everything nearby by more than this in a channel
MAX_SHIFT = 24  # of 255, in the colors of the whole copy
JOIN_PX = 4  # strokes that are nearer than twice this are one
MIN_STROKE_PX = 8  # of area
CRUMB = 50  # a stroke with this part of the largest stroke's area, or less, is what a JPEG left of its edge
MAX_STROKES = 50
OTHER_SHARE = 0.6  # if more of the image is new, the copy is of another image, or nothing is left to edit around
OUTLINE, KEPT_SHARE = 24, 0.91  # of 255; a copy kept 94 % of the outlines in the samples, another image 88 % at most
FEW_OUTLINES_PX = 100
BLACK, WHITE, FAR = b"\0", b"\xff", 1 << 16
Cut = tuple[float, float, float, float]
Pick = Callable[[Image.Image, Image.Image], Image.Image]


@dataclass
class _Stroke:
    """Pixels that belong together: the box around them, and their number."""

    left: int
    top: int
    right: int
    bottom: int
    area: int
    part_of: _Stroke | None = None

    def whole(self) -> _Stroke:
        """Return the stroke that this one became a part of."""
        stroke = self
        while stroke.part_of is not None:
            stroke = stroke.part_of
        return stroke

    def take(self, other: _Stroke) -> None:
        """Make *other* a part of this stroke."""
        if other is self:
            return
        self.left, self.top = min(self.left, other.left), min(self.top, other.top)
        self.right, self.bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        self.area, other.part_of = self.area + other.area, self


def strokes(data: bytes, original_bytes: int) -> bytes:
    """Return the answer for two images as _decode.py saved them: the original, and the copy behind it."""
    original, copy = (_opened(part) for part in (data[:original_bytes], data[original_bytes:]))
    cut = _cut_of(original, copy)
    seen = copy.copy()
    seen.thumbnail((COMPARE_PX, COMPARE_PX))
    laid = original.resize(seen.size, Image.Resampling.BOX, _edges(original, cut))
    shifts = _tone_shifts(laid, seen)
    seen = _shifted(seen, shifts)
    mask = _new_pixels(laid, seen)
    if max(map(abs, shifts)) > MAX_SHIFT or _is_other(laid, seen, mask):
        return json.dumps({"other": True}).encode()
    return json.dumps({"boxes": [_on_original(stroke, mask, original, cut) for stroke in _found(mask)]}).encode()


def _opened(data: bytes) -> Image.Image:
    """Return an image as RGB."""
    return Image.open(io.BytesIO(data), formats=("PNG", "JPEG")).convert("RGB")


def _edges(image: Image.Image, cut: Cut) -> Cut:
    """Return what is left of *image*, in pixels, after a share of each side is cut off."""
    left, top, right, bottom = cut
    return left * image.width, top * image.height, (1 - right) * image.width, (1 - bottom) * image.height


def _cut_of(original: Image.Image, copy: Image.Image) -> Cut:
    """Return the share that the copy lacks at each edge: the cut where the outlines fit best.

    Search in small copies first, and then from what was found, and from no cut, in larger ones.
    """
    guesses = _first_guesses(original.width / original.height, copy.width / copy.height)
    for side_px, steps in ALIGNED:
        best = _best_cut(original, copy, guesses, side_px, steps)
        guesses = [best, *guesses]
    return best


def _best_cut(
    original: Image.Image, copy: Image.Image, guesses: Sequence[Cut], side_px: int, steps: Sequence[float]
) -> Cut:
    """Return the cut where the outlines fit best in copies of *side_px*: the best guess, moved in smaller *steps*."""
    middle = original.resize((2 * side_px, 2 * side_px), Image.Resampling.BOX)
    steep = _steepness(copy.resize((side_px, side_px), Image.Resampling.BOX))

    @cache
    def cost(cut: Cut) -> int:
        laid = middle.resize(steep.size, Image.Resampling.BOX, _edges(middle, cut))
        return _misfit(_steepness(laid), steep)

    best = min(guesses, key=cost)
    for step in steps:
        while (better := min(_neighbors(best, step), key=cost)) != best and cost(better) < cost(best):
            best = better
    return best


def _first_guesses(aspect: float, other_aspect: float) -> list[Cut]:
    """Return no cut, and the cuts that explain another aspect ratio."""
    across, down = max(0.0, 1 - other_aspect / aspect), max(0.0, 1 - aspect / other_aspect)
    return [(0, 0, 0, 0)] + [
        (across * part, down * part, across * (1 - part), down * (1 - part))
        for part in (0, 0.5, 1)
        if max(across, down) * max(part, 1 - part) <= MAX_CUT
    ]


def _neighbors(cut: Cut, step: float) -> Iterator[Cut]:
    """Yield cuts that differ from *cut* by *step* at one edge, or that move both edges of a side."""
    for changes in ((0,), (1,), (2,), (3,), (0, 2), (1, 3)):
        for way in (step, -step):
            moved = list(cut)
            for sign, edge in zip((1, -1), changes, strict=False):
                moved[edge] = min(MAX_CUT, max(0.0, moved[edge] + sign * way))
            left, top, right, bottom = moved
            yield left, top, right, bottom


def _misfit(one: Image.Image, other: Image.Image) -> int:
    """Return how much two images differ. A stroke counts little more than noise, whatever its color is."""
    counts = ImageChops.difference(one, other).convert("L").histogram()
    return sum(min(value, VISIBLE) * count for value, count in enumerate(counts))


def _new_pixels(original: Image.Image, copy: Image.Image) -> Image.Image:
    """Return white where *copy* has what nothing nearby in *original* explains, else black."""
    original, copy = (image.filter(ImageFilter.GaussianBlur(BLUR_PX)) for image in (original, copy))
    darkest, lightest = (_spread(original, pick, NEARBY_PX) for pick in (ImageChops.darker, ImageChops.lighter))
    beyond = ImageChops.add(ImageChops.subtract(copy, lightest), ImageChops.subtract(darkest, copy))
    red, green, blue = beyond.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return strongest.point([0] * VISIBLE + [255] * (256 - VISIBLE))


def _spread(image: Image.Image, pick: Pick, reach_px: int) -> Image.Image:
    """Return for each pixel what *pick* takes of all pixels within *reach_px*: twenty times as fast as a rank filter.

    Pixels at an edge also see those at the other edge, which hides a stroke there at most by *reach_px*.
    """
    for across, down in ((1, 0), (0, 1)):
        steps = range(-reach_px, reach_px + 1)
        image = reduce(pick, (ImageChops.offset(image, across * step, down * step) for step in steps))
    return image


def _tone_shifts(original: Image.Image, copy: Image.Image) -> list[int]:
    """Return how much lighter most of *copy* is in each channel: some apps change the colors a little."""
    pairs = zip(original.split(), copy.split(), strict=True)
    return [_median(ImageChops.subtract(after, before, 1, 128)) - 128 for before, after in pairs]


def _shifted(image: Image.Image, shifts: Sequence[int]) -> Image.Image:
    """Return *image* darker by *shifts* of its channels."""
    tables = [[min(255, max(0, value - shift)) for value in range(256)] for shift in shifts]
    return image.point([entry for table in tables for entry in table])


def _median(channel: Image.Image) -> int:
    """Return the middle value of a channel."""
    left = channel.width * channel.height // 2
    for value, count in enumerate(channel.histogram()):
        left -= count
        if left < 0:
            return value
    return 255


def _is_other(original: Image.Image, copy: Image.Image, mask: Image.Image) -> bool:
    """Return whether *copy* shows another image: too much is new, or outlines beside the strokes are in one alone."""
    if mask.histogram()[255] > OTHER_SHARE * mask.width * mask.height:
        return True
    beside = ImageChops.invert(_spread(mask, ImageChops.lighter, JOIN_PX))
    return min(_kept_share(original, copy, beside), _kept_share(copy, original, beside)) < KEPT_SHARE


def _kept_share(image: Image.Image, other: Image.Image, beside: Image.Image) -> float:
    """Return the share of the outlines of *image* that *other* has nearby; 1 if *image* has hardly any."""
    outlines = ImageChops.multiply(_outlines(image, OUTLINE), beside)
    kept = ImageChops.multiply(outlines, _spread(_outlines(other, OUTLINE // 2), ImageChops.lighter, NEARBY_PX))
    count = outlines.histogram()[255]
    return kept.histogram()[255] / count if count > FEW_OUTLINES_PX else 1.0


def _outlines(image: Image.Image, least: int) -> Image.Image:
    """Return white where neighboring pixels differ by *least* or more."""
    return _steepness(image).point([0] * least + [255] * (256 - least))


def _steepness(image: Image.Image) -> Image.Image:
    """Return how much neighboring pixels differ: the same in a copy that is a little lighter."""
    gray = image.convert("L")
    return ImageChops.subtract(_spread(gray, ImageChops.lighter, 1), _spread(gray, ImageChops.darker, 1))


def _found(mask: Image.Image) -> list[_Stroke]:
    """Return the strokes of *mask*, the largest first. Pieces that are near each other are one stroke."""
    width, height = mask.size
    near, pixels = _spread(mask, ImageChops.lighter, JOIN_PX).tobytes(), mask.tobytes()
    every: list[_Stroke] = []
    above: list[tuple[int, int, _Stroke]] = []
    for row in range(height):
        here = []
        for begin, end in _runs(near[row * width : (row + 1) * width]):
            stroke = _piece(pixels[row * width + begin : row * width + end], begin, row)
            here.append((begin, end, stroke))
            every.append(stroke)
            for its_begin, its_end, other in above:
                if its_begin < end and begin < its_end:
                    other.whole().take(stroke.whole())
        above = here
    wholes = sorted((stroke for stroke in every if stroke.part_of is None), key=lambda stroke: -stroke.area)
    least = max([MIN_STROKE_PX, *(stroke.area // CRUMB for stroke in wholes[:1])])
    return [stroke for stroke in wholes[:MAX_STROKES] if stroke.area >= least]


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each run of white pixels begins and ends."""
    end = 0
    while (begin := row.find(WHITE, end)) >= 0:
        end = row.find(BLACK, begin)
        end = len(row) if end < 0 else end
        yield begin, end


def _piece(row: bytes, begin: int, top: int) -> _Stroke:
    """Return the white pixels of a part of a row that begins at *begin*; without any, a piece of no extent."""
    first = row.find(WHITE)
    if first < 0:
        return _Stroke(FAR, FAR, -FAR, -FAR, 0)
    return _Stroke(begin + first, top, begin + row.rfind(WHITE) + 1, top + 1, row.count(WHITE))


def _on_original(stroke: _Stroke, mask: Image.Image, original: Image.Image, cut: Cut) -> list[int]:
    """Return the edges of *stroke* in pixels of the original."""
    left, top, right, bottom = _edges(original, cut)
    across, down = (right - left) / mask.width, (bottom - top) / mask.height
    return [
        floor(left + stroke.left * across),
        floor(top + stroke.top * down),
        min(original.width, ceil(left + stroke.right * across)),
        min(original.height, ceil(top + stroke.bottom * down)),
    ]
