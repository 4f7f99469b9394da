"""Images that tests draw."""

import io

from PIL import Image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(size: tuple[int, int] = (400, 300), left: str = "red", right: str = "blue") -> Image.Image:
    """Two colours side by side, so that up, down, left and right can be told."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image
