"""Settings are read once, checked at once, and never show a secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS
from imagegen.wan.record import Use


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_token_and_key_both_are_named_as_missing() -> None:
    assert Settings().missing == ["DISCORD_TOKEN", "DASHSCOPE_API_KEY"]


def test_a_file_sets_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=t0ken\nDASHSCOPE_API_KEY=k3y\nALLOWED_SERVERS=1, 2\n")

    settings = Settings()

    assert settings.missing == []
    assert settings.allowed_servers == (1, 2)


def test_settings_print_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "t0ken")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:passw0rd@db/wanvas")

    text = repr(Settings())

    assert "t0ken" not in text
    assert "passw0rd" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DASHSCOPE_HTTP_BASE_URL", "http://dashscope.example.com/api/v1"),
        ("SANDBOX_CDN_URL", "https://cdn.example.com"),
        ("QUOTA_TIMEZONE", "Mars/Olympus"),
        ("MEMBER_IMAGES_PER_DAY", "0"),
        ("BUDGET_USD_PER_DAY", "-1"),
        ("ALLOWED_SERVERS", "here"),
        ("PRICE_USD", "wan2.6-image"),
        ("SHARD_IDS", "0"),
        ("WAN_CALL", "sometimes"),
        ("WAN_WORKSPACE", "ws/../1"),
        ("PRICE_USD", "wan2.6-imgae=0.03"),
        ("PRICE_USD", "wan2.6-image=-0.03"),
        ("PRICE_USD", "wan2.6-image=nan"),
        ("PRICE_USD", "wan2.6-image=0.0000009"),
        ("PRICE_USD", "wan2.6-t2i=0.03, WAN2.6-t2i=5"),
        ("WAN_REGION", "mars"),
        ("BUDGET_USD_PER_DAY", "inf"),
        ("BUDGET_USD_PER_MONTH", "1e9"),
        ("HISTORY_DAYS", "999999"),
        ("INPUT_RETENTION_H", "999999"),
        ("SERVER_IMAGES_PER_MONTH", "100001"),
        ("QUEUED_MAX", "99999999999999999999"),
        ("ATTEMPTS_PER_DAY", "1000001"),
        ("WAN_ANSWER_S", "86400"),
        ("SHUTDOWN_GRACE_S", "86400"),
        ("OPERATOR_IDS", "-1"),
        ("ALLOWED_SERVERS", "9223372036854775808"),
        ("SHARD_COUNT", "0"),
        ("DASHSCOPE_HTTP_BASE_URL", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
        ("DASHSCOPE_HTTP_BASE_URL", "https://user@dashscope-intl.aliyuncs.com/api/v1"),
        ("DASHSCOPE_HTTP_BASE_URL", "https://[dashscope/api/v1"),
        ("QUOTA_TIMEZONE", "Europe"),
        ("DISCORD_TOKEN", "Bot t0ken"),
        ("DASHSCOPE_API_KEY", "k3y\N{ZERO WIDTH SPACE}"),
    ],
)
def test_a_wrong_value_stops_the_start(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Settings()


def test_every_number_has_a_maximum() -> None:
    """A number without a bound is a crash, an overflow or a disk that fills up, some time later."""
    schema = Settings.model_json_schema()["properties"]
    numbers = [schema[name] for name in schema if schema[name].get("type") in ("integer", "number")]

    assert len(numbers) > 10
    assert all("maximum" in number for number in numbers)


def test_shard_ids_outside_the_shard_count_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARD_COUNT", "2")
    monkeypatch.setenv("SHARD_IDS", "1, 2")

    with pytest.raises(ValidationError):
        Settings()


def test_a_shard_that_is_named_twice_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARD_COUNT", "2")
    monkeypatch.setenv("SHARD_IDS", "0, 1, 0")

    with pytest.raises(ValidationError, match="must name each shard once"):
        Settings()


def test_a_person_or_server_that_is_named_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATOR_IDS", "7, 8, 7")
    monkeypatch.setenv("ALLOWED_SERVERS", "2, 1, 1")

    settings = Settings()

    assert (settings.operator_ids, settings.allowed_servers) == ((7, 8), (2, 1))


def test_capitals_make_no_setting_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {
        "LOG_FORMAT": "TEXT", "MESSAGE_CONTENT": "On", "WAN_CALL": "Tasks", "WAN_REGION": "CN-Beijing",
        "MODELS": "Wan2.7-Image, wan2.6-T2I", "MODEL_FOR_PROMPTS": "Wan2.6-T2I", "MODEL_FOR_IMAGES": "WAN2.7-image",
        "PRICE_USD": "Wan2.7-Image=0.04", "QUOTA_TIMEZONE": "europe/berlin",
    }  # fmt: skip
    for name, value in written.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert {name: str(getattr(settings, name.lower())) for name in ("LOG_FORMAT", "MESSAGE_CONTENT", "WAN_CALL")} == {
        "LOG_FORMAT": "text", "MESSAGE_CONTENT": "on", "WAN_CALL": "tasks",
    }  # fmt: skip
    assert settings.region == "cn-beijing"
    assert settings.zone.key == "Europe/Berlin"
    assert settings.models == ("wan2.7-image", "wan2.6-t2i")
    assert settings.lineup.defaults[Use.TEXT_TO_IMAGE].name == "wan2.6-t2i"
    assert settings.price_usd == {"wan2.7-image": 0.04}


@pytest.mark.parametrize("region", ["", *sorted({region for model in MODELS.values() for region in model.regions})])
def test_a_proxy_can_serve_every_region_that_has_a_model(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAN_REGION", region)

    assert Settings().region == region or not region


def test_a_host_of_a_region_without_documentation_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "https://ws1.ap-northeast-1.maas.aliyuncs.com/api/v1")
    monkeypatch.setenv("MODELS", "wan2.7-image")

    settings = Settings()

    assert settings.region == "ap-northeast-1"
    assert [model.name for model in settings.lineup.models] == ["wan2.7-image"]


def test_prices_are_read_from_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRICE_USD", "wan2.6-image=0.05, wan2.6-t2i=0.04")

    assert Settings().price_usd == {"wan2.6-image": 0.05, "wan2.6-t2i": 0.04}
