"""Everything that is wrong with the settings is told at once: its line, why, what to write instead, and no value."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hosting import wrong_settings
from hosting.configuration import Configuration, read_configuration
from hosting.problems import Exit, Finding
from hosting.setting_names import OTHERS, RENAMED
from imagegen.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)


def read(text: str | bytes) -> Configuration:
    """Return what is read from a .env with this text."""
    Path(".env").touch(0o600)
    Path(".env").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_configuration()


def said(findings: list[Finding]) -> list[str]:
    """Return the sentences."""
    return [finding.sentence for finding in findings]


# Each setting that can be wrong, with a value that is, and the sentence from its name on.
WRONG = {
    "ALLOWED_SERVERS": (
        "my server",
        "must be whole numbers, separated by commas. "
        "Write for example ALLOWED_SERVERS=123456789012345678, 234567890123456789",
    ),
    "PRICE_USD": ("0.03", "must be model=price, with commas between several. Write for example PRICE_USD=wan2.6-image"),
    "MEMBER_IMAGES_PER_DAY": (
        "0",
        "must be a whole number from 1 to 100,000. Write for example MEMBER_IMAGES_PER_DAY=20",
    ),
    "BUDGET_USD_PER_DAY": ("inf", "must be a number from 0 to 1,000,000. Write for example BUDGET_USD_PER_DAY=5.0"),
    "WATERMARK": ("perhaps", "must be true or false. Write for example WATERMARK=False"),
    "MESSAGE_CONTENT": ("perhaps", "must be auto, on or off. Write for example MESSAGE_CONTENT=auto"),
    "LOG_FORMAT": ("xml", "must be auto, json or text. Write for example LOG_FORMAT=auto"),
    "HEALTH_HOST": ("here", "must be an IP address. Write for example HEALTH_HOST=127.0.0.1"),
    "OPERATOR_IDS": (
        "0",
        "must be whole numbers from 1 to 9,223,372,036,854,775,807, separated by commas. "
        "Write for example OPERATOR_IDS=123456789012345678",
    ),
    "QUOTA_TIMEZONE": (
        "Mars/Olympus",
        "must be the name of a time zone. Write for example QUOTA_TIMEZONE=Europe/Berlin",
    ),
    "WAN_WORKSPACE": ("../x", "must be letters, digits, - and _, at most 64. Write for example WAN_WORKSPACE=ws-"),
    "MODELS": ("wan2.6-imgae", "must name one or more of wan2.6-image, wan2.6-t2i, wan2.7-image"),
    "SHARD_IDS": ("0", "must be set, because SHARD_IDS is. Write for example SHARD_COUNT=1"),
    "DISCORD_TOKEN": ("Bot t0ken", "must be copied alone: it has a space, or a character that no token and no key has"),
    "DASHSCOPE_HTTP_BASE_URL": (
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "must end with /api/v1: the compatible-mode address generates no images. "
        "Write for example DASHSCOPE_HTTP_BASE_URL=https://dashscope-intl.aliyuncs.com/api/v1",
    ),
    "SANDBOX_CDN_URL": (
        "https://cdn.example.com",
        "must be an address on 127.0.0.1: it belongs to the sandbox. Delete the line.",
    ),
}


def test_every_wrong_setting_is_told_at_once_with_its_line_and_what_to_write() -> None:
    found = read("\n" + "\n".join(f"{name}={value}" for name, (value, _) in WRONG.items()))

    told = said(found.stopping)
    assert len(told) == len(WRONG)
    for number, (name, (_, sentence)) in enumerate(WRONG.items(), start=2):
        start = "Not in .env: SHARD_COUNT" if name == "SHARD_IDS" else f".env line {number}: {name}"
        assert [text for text in told if text.startswith(f"{start} {sentence}")], (start, sentence)
    assert {finding.exit for finding in found.stopping} == {Exit.SETUP}


def test_no_sentence_repeats_a_value() -> None:
    found = read(
        "\n".join(f"{name}=s3cret-Value {name}" for name in (field.upper() for field in Settings.model_fields))
    )

    told = " ".join(said([*found.stopping, *found.names, *found.notes]))
    assert "MEMBER_IMAGES_PER_DAY" in told
    assert "s3cret" not in told


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*(name.upper() for name in Settings.model_fields), "X", "ALLOWED_SERVER", "export A", ""]),
            st.sampled_from(["=", " = ", ""]),
            st.sampled_from(
                ["", "1", "=", "'", "${HOME}", "{}", ",,1", "https://[", "1e999", "..", "#", "\N{DIGIT TWO}\u0662"]
            )
            | st.text(max_size=20),
            st.sampled_from(["\n", "\r\n", "\r"]),
        ),
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_file_is_read_into_sentences(lines: list[tuple[str, ...]]) -> None:
    found = read("".join(map("".join, lines)).encode("utf-8", "surrogatepass"))

    told = said([*found.stopping, *found.names, *found.notes, *found.missing(["DISCORD_TOKEN"])])
    assert all(text and "\n" not in text for text in told)
    assert found.reading.settings.lineup.models
    assert bool(found.reading.wrong) <= bool(found.stopping)


def test_what_is_to_be_written_instead_works() -> None:
    examples = {name: wrong_settings.example(name) for name in Settings.model_fields}

    text = "\n".join(f"{name.upper()}={value}" for name, value in examples.items() if value)

    assert said(read(text).stopping) == []


def test_a_wrong_setting_in_the_environment_is_not_looked_for_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUED_MAX", "many")

    (told,) = said(read("QUEUED_MAX=5").stopping)

    assert told.startswith("The environment: QUEUED_MAX must be a whole number from 1 to 1,000,000.")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("MODELS=,", ["MODELS must name one or more of wan2.6-image"]),
        (
            "MODELS=wan2.6-t2i,wan2.7-image\nWAN_REGION=us-east-1",
            ["MODELS must leave out wan2.7-image, which is not in us-east-1; it is in cn-beijing, ap-southeast-1"],
        ),
        (
            "MODEL_FOR_PROMPTS=wan2.7-image\nMODEL_FOR_IMAGES=wan2.6-t2i",
            [
                "MODEL_FOR_PROMPTS cannot be used: wan2.7-image is not in MODELS",
                "MODEL_FOR_IMAGES cannot be used: wan2.6-t2i takes no input images",
            ],
        ),
        (
            "MODEL_FOR_PROMPTS=wan2.6-image",
            ["MODEL_FOR_PROMPTS cannot be used: wan2.6-image cannot generate an image from a prompt alone"],
        ),
        # The model is not compared with the default of a setting that is wrong itself.
        ("MODELS=wan2.7-imgae\nMODEL_FOR_PROMPTS=wan2.7-image", ["MODELS must name one or more of"]),
        ("SHARD_COUNT=2\nSHARD_IDS=1,2", ["SHARD_IDS must lie below SHARD_COUNT: shards count from 0"]),
        ("SHARD_COUNT=none\nSHARD_IDS=1,2", ["SHARD_COUNT must be a whole number from 1 to 10,000"]),
        (
            "SHARD_IDS=2\nMODELS=x\nBUDGET_USD_PER_DAY=much",
            ["SHARD_COUNT must be set", "MODELS must name", "BUDGET_USD_PER_DAY must be a number"],
        ),
    ],
)
def test_settings_that_contradict_each_other_are_told_with_those_that_are_wrong_alone(
    text: str, sentences: list[str]
) -> None:
    told = said(read(text).stopping)

    assert len(told) == len(sentences)
    for sentence, text_told in zip(sentences, told, strict=True):
        assert sentence in text_told


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\ufeffQUEUED_MAX=0", 1),
        ("# a comment\r\n\r\nQUEUED_MAX=0\r\n", 3),
        ("export QUEUED_MAX=0", 1),
        ("  QUEUED_MAX = 0  # none", 1),
        ("LOG_FORMAT='json'\nQUEUED_MAX=\"0\"", 2),
        ("DASHSCOPE_API_KEY='two\nlines'\nQUEUED_MAX=0", 3),
        ("queued_max=0", 1),
        ("QUEUED_MAX=5\nLOG_FORMAT=json\nQUEUED_MAX=0", 3),
    ],
)
def test_the_line_is_the_one_that_counts(text: str, line: int) -> None:
    told = said(read(text).stopping)

    assert f".env line {line}: QUEUED_MAX must be" in told[-1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("DISCORD_TOKEN=t0ken".encode("utf-16"), ".env is not UTF-8 text: see byte 1. Save it as plain UTF-8 text."),
        (b"DISCORD_TOKEN=t0ken\n# caf\xe9", ".env is not UTF-8 text: see byte 26. Save it as plain UTF-8 text."),
        (b"DISCORD_TOKEN=t0ken\0", ".env has a null character. Save it as plain UTF-8 text."),
        (b"#" * 2_000_000, ".env has 2000000 bytes, which no file of settings has. Move it, and create the file."),
    ],
)
def test_a_file_that_is_no_text_is_told_and_nothing_counts_as_missing(content: bytes, sentence: str) -> None:
    found = read(content)

    assert said(found.stopping) == [sentence]
    assert found.missing(["DISCORD_TOKEN"]) == []


def test_a_folder_named_env_is_told() -> None:
    Path(".env").mkdir()

    told = said(read_configuration().stopping)

    assert told == [".env must be a file, but is a folder or a device. Remove it, and create the file."]


def test_a_file_that_cannot_be_read_is_told() -> None:
    Path(".env").symlink_to(".env")

    (told,) = said(read_configuration().stopping)

    assert told == ".env cannot be read: Too many levels of symbolic links. Let the user who starts the bot read it."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "DISCORD_TOKEN is not set: add the line DISCORD_TOKEN=… to .env. Copy the token from"),
        ("LOG_FORMAT=json\nDISCORD_TOKEN=\n", ".env line 2: DISCORD_TOKEN is empty. Copy the token from"),
    ],
)
def test_a_missing_setting_is_told_with_where_to_get_it(text: str, sentence: str) -> None:
    (told,) = said(read(text).missing(["DISCORD_TOKEN"]))

    assert told.startswith(sentence)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("MEMBER_IMAGE_PER_DAY", "MEMBER_IMAGES_PER_DAY"),
        ("MEMBER_PICTURE_PER_DAY", "MEMBER_IMAGES_PER_DAY"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("BUDGET_USD_A_DAY", "BUDGET_USD_PER_DAY"),
        ("DASHSCOPE_KEY", "DASHSCOPE_API_KEY"),
    ],
)
def test_a_misspelled_name_is_told_with_the_nearest_setting(written: str, nearest: str) -> None:
    found = read(f"\n{written}=s3cret\nPOSTGRES_PASSWORD=s3cret\nDISCORD_TOKEN=t0ken\n")

    assert said(found.names) == [f".env line 2: {written} is no setting. The nearest is {nearest}."]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_old_name_is_told_with_its_new_name(old: str, new: str) -> None:
    assert new.lower() in Settings.model_fields
    assert said(read(f"{old}=5").names) == [f".env line 1: {old} is no setting any more. Write {new}."]


def test_a_line_that_sets_nothing_is_told() -> None:
    text = 'UNHEARD_OF=1\na sentence\nsk-1234567890abcdef\nDISCORD_TOKEN\n"quoted"=1\n'

    told = said(read(text).names)

    assert told[0] == ".env line 1: UNHEARD_OF is no setting. docs/settings.md lists them all; delete the line."
    assert [text.split(": ")[0] for text in told] == [f".env line {number}" for number in (1, 2, 3, 4, 5)]
    assert "1234567890" not in " ".join(told)


def test_only_near_misses_in_the_environment_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "HTTP_PROXY", "LOG_LEVEL", "TZ", "DISCORD_TOKENS"):
        monkeypatch.setenv(name, "x")

    told = said(read("").names)

    assert told == ["The environment: DISCORD_TOKENS is no setting. The nearest is DISCORD_TOKEN."]


def test_lines_that_do_not_count_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("QUEUED_MAX", "")

    found = read("DISCORD_TOKEN=a\nLOG_FORMAT=text\nDISCORD_TOKEN=b\nQUEUED_MAX=5\n")

    assert said(found.notes) == [
        ".env line 1: DISCORD_TOKEN does not count, because line 3 sets it again.",
        ".env line 2: LOG_FORMAT does not count, because the environment sets it too.",
    ]
    assert {finding.exit for finding in found.notes} == {Exit.GOOD}
    assert found.reading.settings.discord_token.get_secret_value() == "b"


def test_a_file_that_other_users_can_read_is_noted() -> None:
    Path(".env").touch(0o644)

    assert said(read_configuration().notes) == [
        ".env: other users of this machine can read the token and the key. Run `chmod 600 .env`."
    ]


def test_a_proxy_that_is_not_used_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")

    (note,) = said(read("").notes)

    assert note == "The environment: https_proxy has no effect. The bot connects to Discord and Wan without a proxy."


def test_the_variables_of_the_containers_may_stand_in_the_file() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{([A-Z_]+)", compose))

    assert names
    assert said(read("\n".join(f"{name}=x" for name in names)).names) == []


def test_the_page_of_settings_names_what_else_may_stand_in_the_file() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert all(f"`{start}" in page for start in OTHERS)
