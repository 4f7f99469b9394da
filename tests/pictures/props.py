"""What people of the scenes attach."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from sandbox.people import File


def sketch(background: str = "teal", size: tuple[int, int] = (640, 480)) -> File:
    """Return a small drawing as a file."""
    image = Image.new("RGB", size, background)
    pen = ImageDraw.Draw(image)
    width, height = size
    pen.ellipse((width * 0.35, height * 0.2, width * 0.65, height * 0.7), fill="white")
    pen.rectangle((0, height * 0.8, width, height), fill="navy")
    out = io.BytesIO()
    image.save(out, "PNG")
    return File("sketch.png", out.getvalue())
