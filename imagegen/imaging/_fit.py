"""Save one result smaller. Runs in a child process, like _decode.py.

The answer is one line of JSON, ``{"width_px", "height_px", "reduced"}``, followed by a JPEG, or nothing if the image
cannot be saved that small.
"""

from __future__ import annotations

import io
import json

from PIL import Image

# From a quality that looks like the original down to a good one. Only then reduce the pixels.
QUALITIES = (95, 90, 85, 80)
SCALES = (0.75, 0.5, 0.35, 0.25, 0.125)


def shrink(data: bytes, most_bytes: int) -> bytes:
    """Return the answer for *data*: an image of at most *most_bytes*, as close to the original as that allows."""
    image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")).convert("RGB")
    for quality in QUALITIES:
        if len(saved := _save_jpeg(image, quality)) <= most_bytes:
            return _response(image, False, saved)
    for scale in SCALES:
        small = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
        if len(saved := _save_jpeg(small, QUALITIES[-1])) <= most_bytes:
            return _response(small, True, saved)
    return b""


def _save_jpeg(image: Image.Image, quality: int) -> bytes:
    """Return *image* as a JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=0 if quality >= 90 else -1)
    return out.getvalue()


def _response(image: Image.Image, reduced: bool, saved: bytes) -> bytes:
    """Return the line of JSON and the JPEG."""
    head = {"width_px": image.width, "height_px": image.height, "reduced": reduced}
    return json.dumps(head).encode() + b"\n" + saved
