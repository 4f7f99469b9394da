"""Import everything that Pillow would import later: an isolated process can open no file, so it can import nothing."""

from __future__ import annotations

import warnings

from PIL import AvifImagePlugin, Image, ImageColor, ImageFile, ImagePalette, TiffImagePlugin, WebPImagePlugin

# PNG, JPEG, GIF and BMP come with preinit.
LAZILY_IMPORTED = (AvifImagePlugin, ImageColor, ImageFile, ImagePalette, TiffImagePlugin, WebPImagePlugin)


def load_codecs() -> None:
    """Prepare Pillow to open and save every format that the bot reads."""
    warnings.simplefilter("ignore")  # Pillow warns of images that this code checks itself
    Image.MAX_IMAGE_PIXELS = None  # this code has a lower limit of its own
    Image.preinit()
    AvifImagePlugin.__dict__["DEFAULT_MAX_THREADS"] = 1  # an isolated process cannot start threads
