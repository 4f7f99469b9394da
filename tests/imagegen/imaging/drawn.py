"""Draw images for tests."""

import io

from PIL import Image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return *image* as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(size: tuple[int, int] = (400, 300), left: str = "red", right: str = "blue") -> Image.Image:
    """Return two colors side by side, so that a test can tell up, down, left and right."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image
