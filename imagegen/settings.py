"""Every setting: its name, unit, default and description. The command line reads the settings once."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, IPvAnyAddress, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from imagegen.reports import WrongSetting
from imagegen.setting_values import (
    AnyCase,
    Ids,
    Images,
    Names,
    Positive,
    Prices,
    Region,
    SandboxAddress,
    Seconds,
    Secret,
    Shards,
    Usd,
    WanAddress,
    Weights,
    Workspace,
    Zone,
)
from imagegen.wan.calls import CallStyle
from imagegen.wan.hosts import region_of
from imagegen.wan.lineup import ModelLineup, build_lineup, wrong_models
from imagegen.wan.models.wan26 import WAN26_IMAGE, WAN26_T2I


class MessageContent(StrEnum):
    """Whether to request the message-content intent."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class ContradictorySettings(ValueError):
    """Settings that are right one by one, and wrong together."""

    def __init__(self, found: tuple[WrongSetting, ...]) -> None:
        self.found = found
        super().__init__("; ".join(f"{wrong.name} {wrong.why}" for wrong in found))


class Settings(BaseSettings):
    """The whole configuration. docs/settings.md prints the description of each field.

    A field's *examples* holds a value that works, for the sentence about a wrong one; without it, the default works.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    discord_token: Secret = Field(SecretStr(""), description="The bot's token, from Discord's developer portal.")
    dashscope_api_key: Secret = Field(SecretStr(""), description="The key of the Wan endpoint.")
    dashscope_http_base_url: WanAddress = Field(
        "https://dashscope-intl.aliyuncs.com/api/v1",
        description="Address of the Wan endpoint, with /api/v1. Its host determines the region.",
    )
    wan_region: Region = Field(
        "", examples=["ap-southeast-1"], description="Region of the endpoint, if its host does not name one."
    )
    wan_call: Annotated[CallStyle, AnyCase] = Field(
        CallStyle.AUTO,
        description="auto chooses the call style by the request; sync and tasks force one for every image.",
    )
    wan_workspace: Workspace = Field(
        "",
        examples=["ws-1a2b3c"],
        description="Workspace to call, if several share a host. A workspace with a host of its own needs none.",
    )
    models: Names = Field(
        (WAN26_IMAGE.name, WAN26_T2I.name),
        description="Models that members can use. docs/models.md lists what each can do.",
    )
    model_for_prompts: Annotated[str, AnyCase] = Field(
        "",
        description="Model for a prompt without images, if the member names none. Empty: the first in MODELS that can.",
    )
    model_for_images: Annotated[str, AnyCase] = Field(
        "", description="Model for input images, if the member names none. Empty: the first in MODELS that can."
    )
    wan_answer_s: Seconds | None = Field(
        None,
        examples=["300"],
        description="Seconds until the bot gives up an image that Wan does not answer for. Empty: by model and "
        "mode, as docs/models.md lists.",
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
        examples=["10"],
        description="Share of the monthly budget for each server, in US dollars, unless /operator share gives it "
        "another. Empty: no share.",
    )
    price_usd: Prices = Field(
        default_factory=dict,
        examples=["wan2.6-image=0.03, wan2.6-t2i=0.03"],
        description="Prices per image that replace those of docs/models.md: model=usd, model=usd.",
    )
    model_weights: Weights = Field(
        default_factory=dict,
        examples=["z-image-turbo=0.5, wan2.7-image-pro=2.5"],
        description="What one image of a model uses of the quotas, in images: model=images, model=images. Empty: by "
        "price, as docs/models.md lists.",
    )
    queued_per_member: Positive = Field(5, description="Requests of one person that may wait at once.")
    queued_max: Positive = Field(2000, description="Requests that may wait in all.")
    attempts_per_day: Positive = Field(
        100, description="Accepted requests per day for a person, including those whose quota was returned."
    )
    allowed_servers: Ids = Field(
        (),
        examples=["123456789012345678, 234567890123456789"],
        description="Ids of the servers that may use the bot. Empty: every server.",
    )
    quota_timezone: Zone = Field(
        "UTC", examples=["Europe/Berlin"], description="Time zone in which days and months begin."
    )
    message_content: Annotated[MessageContent, AnyCase] = Field(
        MessageContent.AUTO,
        description="auto asks Discord whether the message content intent is granted; on and off force it.",
    )
    input_retention_h: Annotated[int, Field(ge=1, le=24 * 90)] = Field(
        24, description="Hours for which input images are kept."
    )
    input_mb_per_person: Positive = Field(
        100,
        description="Megabytes of input images that are kept per person; ended requests make room. The images of one "
        "person's characters, and of one server's styles, may take as much again.",
    )
    input_mb: Positive = Field(
        2000,
        description="Megabytes of input images that are kept in all. The images of characters and styles may take as "
        "much again.",
    )
    history_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90,
        description="Days for which ended requests and their ledger entries are kept. A star keeps them longer.",
    )
    operator_ids: Ids = Field(
        (),
        examples=["123456789012345678"],
        description="User ids of the operators. Empty: the application's owner.",
    )
    database_url: SecretStr = Field(
        SecretStr(""), description="Database, sqlite:/// or postgresql://. Empty: SQLite in data/wanvas.db."
    )
    shard_count: int | None = Field(
        None, ge=1, le=10_000, examples=["2"], description="Number of gateway shards, if there are several."
    )
    shard_ids: Shards = Field((), examples=["0, 1"], description="Shards that this process runs.")
    shutdown_grace_s: Seconds = Field(30, description="Seconds that running work gets to end when the bot is stopped.")
    health_host: IPvAnyAddress = Field(
        IPv4Address("127.0.0.1"),
        description="IP address on which /healthz, /readyz and /metrics are served. 0.0.0.0 or :: means every address "
        "of the machine; the pages need no password.",
    )
    health_port: int = Field(
        8080, ge=0, le=65535, description="Port of /healthz, /readyz and /metrics. 0: they are off."
    )
    log_format: Annotated[Literal["auto", "json", "text"], AnyCase] = Field(
        "auto", description="json, text, or auto: text in a terminal, json otherwise."
    )
    sandbox_cdn_url: SandboxAddress = Field(
        "", examples=[""], description="The sandbox's image host. Only the sandbox sets this."
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if found := (*self._wrong_shards(), *self._wrong_models()):
            raise ContradictorySettings(found)
        return self

    def _wrong_shards(self) -> tuple[WrongSetting, ...]:
        if not self.shard_ids:
            return ()
        if not self.shard_count:
            count = str(max(self.shard_ids) + 1)
            return (WrongSetting("SHARD_COUNT", "must be set, because SHARD_IDS is", count, ("SHARD_IDS",)),)
        if max(self.shard_ids) < self.shard_count:
            return ()
        return (WrongSetting("SHARD_IDS", "must lie below SHARD_COUNT: shards count from 0", "0", ("SHARD_COUNT",)),)

    def _wrong_models(self) -> tuple[WrongSetting, ...]:
        return wrong_models(self.models, self.region, self.model_for_prompts, self.model_for_images)

    @cached_property
    def region(self) -> str:
        """The region of the Wan endpoint."""
        return region_of(self.dashscope_http_base_url, self.wan_region)

    @cached_property
    def lineup(self) -> ModelLineup:
        """The models that members can use."""
        return build_lineup(self.models, self.model_for_prompts, self.model_for_images)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and months begin."""
        return ZoneInfo(self.quota_timezone)

    @property
    def missing(self) -> list[str]:
        """The names of the settings without which the hosted bot cannot run."""
        secrets = {"DISCORD_TOKEN": self.discord_token, "DASHSCOPE_API_KEY": self.dashscope_api_key}
        return [name for name, secret in secrets.items() if not secret.get_secret_value()]
