"""The systemd unit is valid, gives the bot few rights, and leaves it all that it needs."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hosting.problems import Exit
from imagegen.imaging.isolation import CALLS
from imagegen.settings import Settings
from tests.contained_bot import contained, edits_an_image, image, needs_bubblewrap
from tests.postgres import missing_is_a_failure
from tests.test_container import BOTS
from tests.test_readme import ROOT

__all__ = ["image"]  # the fixture

UNIT = (ROOT / "deploy" / "wanvas.service").read_text(encoding="utf-8")
SETTINGS = re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE)
ALLOW, EPERM = 0x7FFF0000, 0x00050001  # of libseccomp: SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM)
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not missing_is_a_failure(), reason="systemd is not installed"
)


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp: https://man7.org/linux/man-pages/man3/seccomp_rule_add.3.html (2026-11-29)."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))
    EQUAL = 4


def setting(name: str) -> str:
    """Return the value of a setting that stands in the unit once."""
    (value,) = (str(value) for key, value in SETTINGS if key == name)
    return value


def analyze(*arguments: str) -> str:
    """Return what systemd-analyze prints. CalledProcessError if it finds fault."""
    program = ["systemd-analyze", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout  # noqa: S603  # Debian's own


def members(names: str) -> set[str]:
    """Return the system calls that *names*, with groups among them, stand for."""
    calls: set[str] = set()
    for name in names.split():
        listed = re.findall(r"^    (\S+)$", analyze("syscall-filter", name), re.MULTILINE) if name[0] == "@" else []
        calls |= members(" ".join(listed)) if listed else {name}
    return calls


def allowed_calls() -> set[str]:
    """Return the system calls that the unit allows, read as systemd reads its lines: ``~`` takes away."""
    calls: set[str] = set()
    for line in (value for key, value in SETTINGS if key == "SystemCallFilter"):
        calls = calls - members(line[1:]) if line[0] == "~" else calls | members(line)
    return calls


def write_filter(target: Path) -> None:
    """Write the unit's filter of system calls and address families for bubblewrap."""
    libseccomp = ctypes.CDLL("libseccomp.so.2")
    libseccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(libseccomp.seccomp_init(EPERM))
    for call in allowed_calls() - {"socket"}:
        if (number := libseccomp.seccomp_syscall_resolve_name(call.encode())) >= 0:
            assert libseccomp.seccomp_rule_add(context, ALLOW, number, 0) == 0
    socket = libseccomp.seccomp_syscall_resolve_name(b"socket")
    for family in setting("RestrictAddressFamilies").split():
        is_family = Comparison(0, Comparison.EQUAL, FAMILIES[family], 0)
        assert libseccomp.seccomp_rule_add_array(context, ALLOW, socket, 1, ctypes.byref(is_family)) == 0
    with target.open("wb") as file:
        assert libseccomp.seccomp_export_bpf(context, file.fileno()) == 0


def refuse_writable_code() -> None:
    """Do what MemoryDenyWriteExecute does, where the kernel can (Linux 6.3)."""
    ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)


@needs_systemd
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "wanvas.service"
    unit.write_text(UNIT.replace("/opt/wanvas/.venv/bin/python", sys.executable), encoding="utf-8")

    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)  # noqa: S603, S607  # systemd's own check

    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_the_unit_gives_few_rights() -> None:
    analyze("security", "--offline=true", "--threshold=15", "--no-pager", str(ROOT / "deploy" / "wanvas.service"))


@needs_systemd
def test_the_unit_allows_the_system_calls_of_the_decoders() -> None:
    isolation = {"prctl", "landlock_create_ruleset", "landlock_restrict_self", "memfd_create", "prlimit64"}

    needed = isolation.union(*(calls for _architecture, calls in CALLS.values()))

    assert needed - allowed_calls() == set()


@needs_systemd
@needs_bubblewrap
async def test_the_bot_edits_an_image_with_the_rights_of_the_unit(image: Path, tmp_path: Path) -> None:
    write_filter(tmp_path / "filter")

    async with contained(image, tmp_path, seccomp=tmp_path / "filter", before=refuse_writable_code) as (bot, control):
        await edits_an_image(control)
        code = await bot.stop()

    log = bot.log.read_text(encoding="utf-8")
    assert code == 0, log[-2000:]
    assert re.search(r"decoder_isolation.*seccomp=True", log)


def test_the_unit_does_not_restart_what_a_restart_cannot_mend() -> None:
    assert setting("RestartPreventExitStatus") == str(Exit.SETUP.value)
    assert setting("Restart") == "on-failure"


def test_running_work_can_end_before_the_unit_is_killed() -> None:
    assert int(setting("TimeoutStopSec")) > Settings.model_fields["shutdown_grace_s"].default + 10


def test_the_unit_and_the_container_have_the_same_limits() -> None:
    limits = {(bot["mem_limit"].upper(), str(bot["pids_limit"])) for bot in BOTS.values()}

    assert limits == {(setting("MemoryMax"), setting("TasksMax"))}
