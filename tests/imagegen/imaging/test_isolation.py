"""A hijacked child reaches nothing of ours, and other processes cannot read the bot's."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from imagegen.errors import ImageRefused, Reason
from imagegen.imaging.children import ENVIRONMENT, ROOT
from imagegen.imaging.images import Decoder
from tests.imagegen.imaging.decoding import answer_of, normalized
from tests.imagegen.imaging.drawn import encoded, halves

HOSTILE = "tests.imagegen.imaging.hostile"
FILES = {
    "read the parent's environment", "read the parent's memory", "read the zygote's environment",
    "read the zygote's memory", "read a file", "list a folder", "write a file",
}  # fmt: skip
MEMORY = {"read the parent's memory by a call", "read the zygote's memory by a call"}
CALLS = MEMORY | {"fork", "kill the parent", "kill the zygote", "connect", "run a program"}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a file that every user can read, in folders that every user can enter."""
    file = tmp_path / ".env"
    file.write_text("DISCORD_TOKEN=a token")
    file.chmod(0o644)
    return file


async def hostile(walls: str, secret: Path) -> tuple[object, set[str]]:
    answer = json.loads(await answer_of(Decoder(program=HOSTILE), "attack", walls, os.getpid(), str(secret)))
    return answer["walls"], set(answer["worked"])


async def test_every_attack_works_without_isolation(secret: Path) -> None:
    _, worked = await hostile("none", secret)

    assert worked >= FILES | CALLS - {"run a program"} | {"open many files"}


async def test_no_attack_works_with_isolation(secret: Path) -> None:
    walls, worked = await hostile("all", secret)

    assert walls == {"landlock": True, "seccomp": True}
    assert worked == set()


async def test_landlock_alone_blocks_files_connections_and_the_parent(secret: Path) -> None:
    stands, worked = await hostile("landlock", secret)

    assert stands is True
    assert worked & (FILES | MEMORY | {"connect", "run a program"}) == set()


async def test_seccomp_alone_blocks_every_attack(secret: Path) -> None:
    stands, worked = await hostile("seccomp", secret)

    assert stands is True
    assert worked == set()


async def test_a_child_that_answers_without_end_is_stopped() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer = await answer_of(Decoder(program=HOSTILE), "talk", most_bytes=1_000_000)

    assert answer == b""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


async def test_a_child_that_uses_too_much_cpu_is_stopped_before_the_timeout() -> None:
    with pytest.raises(TimeoutError):
        await answer_of(Decoder(timeout_s=50, program=HOSTILE), "spin", 1)


async def test_a_child_starts_in_an_empty_folder_with_only_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a token")

    seen = json.loads(await answer_of(Decoder(program=HOSTILE), "surroundings"))

    memory = "/memfd:image (deleted)"
    assert (seen["folder"], seen["files"]) == ([], {"0": memory, "1": memory, "2": "/dev/null"})
    assert set(seen["environment"]) - {"LC_CTYPE"} == set(ENVIRONMENT)  # CPython sets LC_CTYPE itself, PEP 538


def test_the_folder_is_removed_with_the_decoder() -> None:
    decoder = Decoder()
    folder = Path(decoder._folder)

    existed = folder.is_dir()
    del decoder

    assert existed
    assert not folder.exists()


async def test_the_protections_are_logged_once_for_the_operator() -> None:
    with capture_logs() as logs:
        await Decoder().probe()

    assert logs == [{"event": "decoder_isolation", "log_level": "info", "landlock": True, "seccomp": True}]


async def test_a_child_without_protections_is_logged_as_a_warning() -> None:
    with capture_logs() as logs:
        await Decoder(timeout_s=0).probe()

    assert [entry["log_level"] for entry in logs] == ["warning"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
async def test_every_format_is_decoded_with_isolation(kind: str) -> None:
    assert (await normalized(encoded(halves(), kind))).width_px == 400


async def test_a_broken_image_is_refused_with_isolation() -> None:
    with pytest.raises(ImageRefused) as refused:
        await normalized(encoded(halves(), "PNG")[:300])

    assert refused.value.reason is Reason.IMAGE_TRUNCATED


# Like a process that starts without root: a process that gives up root is hidden already.
WAITING = """
import ctypes, os, sys
from imagegen.imaging.isolation import hide_this_process
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
{}
print("ready", flush=True)
sys.stdin.read()
"""


def may_a_neighbor_read(call: str) -> bool:
    """Return whether another process of the same user, not root, can read a process after *call*."""
    command = [sys.executable, "-c", WAITING.format(call)]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONPATH": ROOT}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        user = 65534 if os.geteuid() == 0 else None
        looked = subprocess.run(  # noqa: S603 - a program of ours
            ["/bin/cat", f"/proc/{process.pid}/environ"], user=user, capture_output=True, check=False
        )
        process.kill()
    return looked.returncode == 0


def test_another_process_of_the_user_cannot_read_the_bots_environment() -> None:
    assert may_a_neighbor_read("pass")
    assert not may_a_neighbor_read("hide_this_process()")


def test_the_bot_hides_before_it_reads_a_secret() -> None:
    command_line = Path(ROOT, "hosting", "cli.py").read_text()
    first = command_line.partition("def main(context: click.Context) -> None:")[2].splitlines()

    assert first[2].strip() == "hide_this_process()"
