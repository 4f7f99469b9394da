"""What a setting may be: its bounds, its spellings, and the sentence about a value that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from imagegen.model import UNITS_PER_IMAGE
from imagegen.wan.catalogue import MODELS
from imagegen.wan.hosts import REGIONS, is_loopback

MIN_PRICE_USD = 0.000001  # the ledger counts in micro-dollars

# Each validator raises ValueError with words that follow the setting's name. They never repeat the value: an operator
# may have pasted a secret into the wrong line.


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("must be copied alone: it has a space, or a character that no token and no key has")
    return value


def _https_unless_loopback(url: str) -> str:
    parts = _split(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise ValueError("must begin with https:// (http:// only on this machine's loopback)")
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be https://, a host and a path, and nothing more")
    if not parts.path.rstrip("/").endswith("/api/v1"):
        raise ValueError("must end with /api/v1: the compatible-mode address generates no images")
    return url.rstrip("/")


def _loopback_only(url: str) -> str:
    if url and not (_split(url).scheme == "http" and is_loopback(url)):
        raise ValueError("must be an address on 127.0.0.1: it belongs to the sandbox")
    return url.rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # ValueError unless it is a number
    except ValueError:
        raise ValueError("must be an address") from None
    return parts


def _known_zone(name: str) -> str:
    if _is_zone(name):
        return name
    for zone in available_timezones():  # reads many folders, so only for a name in other capitals
        if zone.lower() == name.lower():
            return zone
    raise ValueError("must be the name of a time zone")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False
    return True


def _workspace(name: str) -> str:
    if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):  # as the vendor's SDK checks it
        raise ValueError("must be letters, digits, - and _, at most 64")
    return name


def _ids(text: object) -> object:
    """Return the ids in a line of .env: ``1, 2`` -> (1, 2)."""
    if not isinstance(text, str):
        return text
    parts = text.replace(",", " ").split()
    if not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        raise ValueError("must be whole numbers, separated by commas")
    return tuple(int(part) for part in parts)


def _names(text: object) -> object:
    """Return the names in a line of .env: ``wan2.6-image, wan2.6-t2i`` -> a tuple."""
    return tuple(text.lower().replace(",", " ").split()) if isinstance(text, str) else text


def _without_repeats(ids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(ids))  # an operator who is named twice would get each alert twice


def _each_once(ids: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("must name each shard once")
    return ids


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _known_region(name: str) -> str:
    if name and name not in REGIONS:  # a misspelled region would count another region's prices and limits
        raise ValueError(f"must be one of {', '.join(REGIONS)}")
    return name


def _prices(text: object) -> object:
    """Return the prices in a line of .env: ``wan2.6-image=0.03, wan2.6-t2i=0.03`` -> a mapping."""
    return _by_model(text, _price)


def _weights(text: object) -> object:
    """Return the weights in a line of .env, in units: ``z-image-turbo=0.5`` -> 50."""
    return _by_model(text, _weight)


def _by_model(text: object, read: Callable[[str], float]) -> object:
    if not isinstance(text, str):
        return text
    pairs = [part.partition("=") for part in text.lower().split(",") if part.strip()]
    found = {name.strip(): read(value.strip()) for name, _, value in pairs}
    if not found.keys() <= MODELS.keys():  # the value would have no effect
        raise ValueError(f"must name models among {', '.join(MODELS)}")
    if len(found) < len(pairs):
        raise ValueError("must name each model once")
    return found


def _weight(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2})?", text, re.ASCII) or not float(text):
        raise ValueError("must be model=images from 0.01 to 99.99, with commas between several")
    return round(float(text) * UNITS_PER_IMAGE)


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        raise ValueError("must be model=price, with commas between several") from None
    if 0 < price < MIN_PRICE_USD:  # it would count as 0, and no budget would ever be used
        raise ValueError(f"must have no price between 0 and {MIN_PRICE_USD:f} US dollars")
    return price


AnyCase = BeforeValidator(_lower)
Positive = Annotated[int, Field(ge=1, le=1_000_000)]
Images = Annotated[int, Field(ge=1, le=100_000)]  # managers may set the same values
Usd = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
Ids = Annotated[tuple[Id, ...], NoDecode, BeforeValidator(_ids), AfterValidator(_without_repeats)]
Shard = Annotated[int, Field(ge=0, lt=10_000)]
Shards = Annotated[tuple[Shard, ...], NoDecode, BeforeValidator(_ids), AfterValidator(_each_once)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Prices = Annotated[Mapping[str, Usd], NoDecode, BeforeValidator(_prices)]
Weights = Annotated[Mapping[str, int], NoDecode, BeforeValidator(_weights)]
Region = Annotated[str, AnyCase, AfterValidator(_known_region)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Workspace = Annotated[str, AfterValidator(_workspace)]
WanAddress = Annotated[str, AfterValidator(_https_unless_loopback)]
SandboxAddress = Annotated[str, AfterValidator(_loopback_only)]
Zone = Annotated[str, AfterValidator(_known_zone)]
