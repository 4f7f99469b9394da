"""Import everything that Pillow would import later: an isolated process can open no file, so it can import nothing."""

from __future__ import annotations

import warnings
from importlib import import_module

from PIL import Image, ImageColor, ImageFile, ImagePalette

# Pillow reads the EXIF of an AVIF with its TIFF plugin. PNG, JPEG, GIF and BMP come with preinit.
PLUGINS = {"WEBP": ("WebPImagePlugin",), "TIFF": ("TiffImagePlugin",), "AVIF": ("AvifImagePlugin", "TiffImagePlugin")}
LAZILY_IMPORTED = (ImageColor, ImageFile, ImagePalette)


def load_codecs(*kinds: str) -> None:
    """Import what opens *kinds*, and what saves a PNG or a JPEG."""
    warnings.simplefilter("ignore")  # Pillow warns of images that this code checks itself
    Image.MAX_IMAGE_PIXELS = None  # this code has a lower limit of its own
    Image.preinit()
    plugins = {plugin: import_module(f"PIL.{plugin}") for kind in kinds for plugin in PLUGINS.get(kind, ())}
    if avif := plugins.get("AvifImagePlugin"):
        avif.__dict__["DEFAULT_MAX_THREADS"] = 1  # an isolated process cannot start threads
