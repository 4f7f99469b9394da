"""The README's animation is one that ``make demo`` filmed."""

from __future__ import annotations

from PIL import Image

from tests.pictures.demo import FILE, MOST_BYTES, VIEW


def test_the_animation_shows_a_whole_request_and_is_light() -> None:
    with Image.open(FILE) as film:
        durations_ms = []
        for number in range(film.n_frames):  # type: ignore[attr-defined]  # a GIF has it
            film.seek(number)
            durations_ms.append(film.info["duration"])

        assert film.size == (VIEW.width_px, VIEW.height_px)
        assert len(durations_ms) > 40
        assert 10_000 < sum(durations_ms) < 60_000
        assert film.info["loop"] == 0

    assert FILE.stat().st_size < MOST_BYTES
