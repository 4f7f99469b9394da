"""Every setting: its name, unit, default and description. The command line reads the settings once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, IPvAnyAddress, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from imagegen.wan.calls import CallStyle
from imagegen.wan.catalogue import MODELS, WAN26_IMAGE, WAN26_T2I
from imagegen.wan.hosts import is_loopback, region_of
from imagegen.wan.lineup import ModelLineup, build_lineup


class MessageContent(StrEnum):
    """Whether to request the message-content intent."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


def _https_unless_loopback(url: str) -> str:
    if url and urlsplit(url).scheme != "https" and not (urlsplit(url).scheme == "http" and is_loopback(url)):
        raise ValueError("must begin with https:// (http:// only on this machine's loopback)")
    return url.rstrip("/")


def _loopback_only(url: str) -> str:
    if url and not is_loopback(url):
        raise ValueError("must be an address on 127.0.0.1: it belongs to the sandbox")
    return url.rstrip("/")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name} is not a time zone; write one such as Europe/Berlin") from error
    return name


def _ids(text: object) -> object:
    """Return the ids in a line of .env: ``1, 2`` -> (1, 2)."""
    return tuple(int(part) for part in text.replace(",", " ").split()) if isinstance(text, str) else text


def _names(text: object) -> object:
    """Return the names in a line of .env: ``wan2.6-image, wan2.6-t2i`` -> a tuple."""
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


def _known_models(prices: Mapping[str, float]) -> Mapping[str, float]:
    if unknown := [name for name in prices if name not in MODELS]:
        raise ValueError(f"{unknown[0]} is not one of {', '.join(MODELS)}")  # the price would have no effect
    return prices


def _prices(text: object) -> object:
    """Return the prices in a line of .env: ``wan2.6-image=0.03, wan2.6-t2i=0.03`` -> a mapping."""
    if not isinstance(text, str):
        return text
    return {name.strip(): float(price) for name, _, price in (part.partition("=") for part in text.split(",") if part)}


def unknown_settings(env_file: Path, environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each name in *env_file* or *environment* that is probably a misspelled setting."""
    known = [name.upper() for name in Settings.model_fields]
    written = {name: IN_ENVIRONMENT for name in environment} | {name: IN_ENV_FILE for name in dotenv_values(env_file)}
    found = {
        name: nearest[0]
        for name, alike in written.items()
        if name.upper() not in known and (nearest := get_close_matches(name.upper(), known, n=1, cutoff=alike))
    }
    return [f"{name} is no setting: the nearest is {ours}." for name, ours in sorted(found.items())]


# How similar a name must be to a setting, from 0 to 1, to count as a misspelling of the setting.
IN_ENV_FILE, IN_ENVIRONMENT = 0.7, 0.85  # the environment has many names that are not for this bot

Positive = Annotated[int, Field(ge=1, le=1_000_000)]
Images = Annotated[int, Field(ge=1, le=100_000)]  # managers may set the same values
Usd = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Id = Annotated[int, Field(ge=1, lt=2**63)]


class Settings(BaseSettings):
    """The whole configuration. docs/settings.md prints the description of each field."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    discord_token: SecretStr = Field(SecretStr(""), description="The bot's token, from Discord's developer portal.")
    dashscope_api_key: SecretStr = Field(SecretStr(""), description="The key of the Wan endpoint.")
    dashscope_http_base_url: Annotated[str, AfterValidator(_https_unless_loopback)] = Field(
        "https://dashscope-intl.aliyuncs.com/api/v1",
        description="Address of the Wan endpoint, with /api/v1. Its host determines the region.",
    )
    wan_region: str = Field("", description="Region of the endpoint, if its host does not name one.")
    wan_call: CallStyle = Field(
        CallStyle.AUTO,
        description="auto chooses the call style by the request; sync and tasks force one for every image.",
    )
    wan_workspace: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63})?$",  # as the vendor's SDK checks it
        description="Workspace to call, if several share a host. A workspace with a host of its own needs none.",
    )
    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (WAN26_IMAGE.name, WAN26_T2I.name),
        description="Models that members can use. docs/wan.md lists what each can do.",
    )
    model_for_prompts: str = Field(
        "",
        description="Model for a prompt without images, if the member names none. Empty: the first in MODELS that can.",
    )
    model_for_images: str = Field(
        "", description="Model for input images, if the member names none. Empty: the first in MODELS that can."
    )
    wan_answer_s: Seconds | None = Field(
        None,
        description="Seconds until the bot gives up an image that Wan does not answer for. Empty: by model and "
        "mode, as docs/wan.md lists.",
    )
    watermark: bool = Field(False, description="Whether Wan writes its watermark into the images.")
    member_images_per_day: Images = Field(20, description="Images per day for a member in one server.")
    person_images_per_day: Images = Field(
        40, description="Images per day for a person in all servers, direct messages and installs together."
    )
    server_images_per_month: Images = Field(1000, description="Images per month for a server.")
    budget_usd_per_day: Usd = Field(5.0, description="The most that the bot may spend in a day, in US dollars.")
    budget_usd_per_month: Usd = Field(50.0, description="The most that the bot may spend in a month, in US dollars.")
    server_usd_per_month: Usd | None = Field(
        None,
        description="Share of the monthly budget for each server, in US dollars, unless /operator share gives it "
        "another. Empty: no share.",
    )
    price_usd: Annotated[Mapping[str, Usd], NoDecode, AfterValidator(_known_models)] = Field(
        default_factory=dict, description="Prices per image that replace those of docs/wan.md: model=usd, model=usd."
    )
    queued_per_member: Positive = Field(5, description="Requests of one person that may wait at once.")
    queued_max: Positive = Field(2000, description="Requests that may wait in all.")
    attempts_per_day: Positive = Field(
        100, description="Accepted requests per day for a person, including those whose quota was returned."
    )
    allowed_servers: Annotated[tuple[Id, ...], NoDecode] = Field(
        (), description="Ids of the servers that may use the bot. Empty: every server."
    )
    quota_timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC", description="Time zone in which days and months begin."
    )
    message_content: MessageContent = Field(
        MessageContent.AUTO,
        description="auto asks Discord whether the message content intent is granted; on and off force it.",
    )
    input_retention_h: Annotated[int, Field(ge=1, le=24 * 90)] = Field(
        24, description="Hours for which input images are kept."
    )
    input_mb_per_person: Positive = Field(
        100, description="Megabytes of input images that are kept per person. Ended requests make room."
    )
    input_mb: Positive = Field(2000, description="Megabytes of input images that are kept in all.")
    history_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days for which ended requests and their ledger entries are kept."
    )
    operator_ids: Annotated[tuple[Id, ...], NoDecode] = Field(
        (), description="User ids of the operators. Empty: the application's owner."
    )
    database_url: SecretStr = Field(
        SecretStr(""), description="Database, sqlite:/// or postgresql://. Empty: SQLite in data/wanvas.db."
    )
    shard_count: int | None = Field(
        None, ge=1, le=10_000, description="Number of gateway shards, if there are several."
    )
    shard_ids: Annotated[tuple[int, ...], NoDecode] = Field((), description="Shards that this process runs.")
    shutdown_grace_s: Seconds = Field(30, description="Seconds that running work gets to end when the bot is stopped.")
    health_host: IPvAnyAddress = Field(
        IPv4Address("127.0.0.1"),
        description="IP address on which /healthz, /readyz and /metrics are served. 0.0.0.0 or :: means every address "
        "of the machine; the pages need no password.",
    )
    health_port: int = Field(
        8080, ge=0, le=65535, description="Port of /healthz, /readyz and /metrics. 0: they are off."
    )
    log_format: str = Field(
        "auto", pattern="^(auto|json|text)$", description="json, text, or auto: text in a terminal, json otherwise."
    )
    sandbox_cdn_url: Annotated[str, AfterValidator(_loopback_only)] = Field(
        "", description="The sandbox's image host. Only the sandbox sets this."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("allowed_servers", "operator_ids", "shard_ids"):
            if name in values:
                values[name] = _ids(values[name])
        if "models" in values:
            values["models"] = _names(values["models"])
        if "price_usd" in values:
            values["price_usd"] = _prices(values["price_usd"])
        return values

    @model_validator(mode="after")
    def _shards_need_a_count(self) -> Self:
        if self.shard_ids and not self.shard_count:
            raise ValueError("SHARD_IDS needs SHARD_COUNT")
        if any(not 0 <= shard < (self.shard_count or 0) for shard in self.shard_ids):
            raise ValueError("SHARD_IDS are counted from 0 and lie below SHARD_COUNT")
        return self

    @model_validator(mode="after")
    def _check_lineup(self) -> Self:
        _ = self.lineup  # its ValueError names the model that cannot be offered
        return self

    @cached_property
    def region(self) -> str:
        """The region of the Wan endpoint."""
        return region_of(self.dashscope_http_base_url, self.wan_region)

    @cached_property
    def lineup(self) -> ModelLineup:
        """The models that members can use."""
        names = {"for_words": self.model_for_prompts, "for_images": self.model_for_images}
        return build_lineup(self.models, self.region, **names)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months begin."""
        return ZoneInfo(self.quota_timezone)

    @property
    def missing(self) -> list[str]:
        """The names of the settings without which the hosted bot cannot run."""
        secrets = {"DISCORD_TOKEN": self.discord_token, "DASHSCOPE_API_KEY": self.dashscope_api_key}
        return [name for name, secret in secrets.items() if not secret.get_secret_value()]
