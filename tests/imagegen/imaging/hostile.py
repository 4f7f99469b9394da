"""Zygote with more tasks than the bot's: ``python -m tests.imagegen.imaging.hostile <memory bytes>``.

``attack`` isolates its process with the named protections (``all``, ``landlock``, ``seccomp`` or ``none``), tries each
way out, and answers JSON: which protections work, and which attacks worked. The other tasks are below.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from imagegen.imaging import _zygote, isolation

SMALL_MAX_FORKS = 5


def attempts(parent: int, file: Path) -> dict[str, Callable[[], object]]:
    """Return the attacks by name. Each raises OSError if it is blocked."""
    zygote = os.getppid()
    return {
        "read the parent's environment": lambda: open(f"/proc/{parent}/environ", "rb").read(1),
        "read the parent's memory": lambda: open(f"/proc/{parent}/mem", "rb").close(),
        "read the parent's memory by a call": lambda: copied_from(parent),
        "list the parent's files": lambda: os.listdir(f"/proc/{parent}/fd"),
        "read a file": file.read_bytes,
        "list a folder": lambda: os.listdir("/"),
        "write a file": lambda: file.with_name("new").write_bytes(b"x"),
        "run a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - the test expects a block
        "fork": forked,
        "kill the parent": lambda: os.kill(parent, 0),
        "read the zygote's environment": lambda: open(f"/proc/{zygote}/environ", "rb").read(1),
        "read the zygote's memory": lambda: open(f"/proc/{zygote}/mem", "rb").close(),
        "read the zygote's memory by a call": lambda: copied_from(zygote),
        "kill the zygote": lambda: os.kill(zygote, 0),
        "connect": connected,
        "open a datagram socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
            b"x", ("127.0.0.1", 9)
        ),
        "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).bind("\0wanvas-hostile"),
        "open many files": lambda: [os.dup(1) for _ in range(50)],
        "take its limits back": lambda: resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40)),
    }


def copied_from(parent: int) -> None:
    """Read a byte of the parent with the system call that debuggers use, without a file."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = ctypes.create_string_buffer(8)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(here), 1)
    there = (ctypes.c_void_p * 2)(ctypes.addressof(libc.getpid), 1)
    read = libc.process_vm_readv(parent, vector, 1, there, 1, 0)
    if read < 0 and ctypes.get_errno() != 14:  # EFAULT: a bad address of this process, not a block
        raise OSError(ctypes.get_errno(), "refused")


def forked() -> None:
    if not os.fork():
        os._exit(0)


def connected() -> None:
    with socket.socket() as stream:
        stream.settimeout(1)
        try:
            stream.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:  # no server listens there, so the call got out
            return


def worked(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, ValueError, AttributeError):
        return False
    return True


def attack(data: bytes, walls: str, parent: int, file: str) -> bytes:
    tried = attempts(parent, Path(file))
    wall: dict[str, Callable[[], object]] = {
        "all": isolation.isolate,
        "landlock": isolation.deny_files,
        "seccomp": isolation.deny_calls,
        "none": dict,
    }
    stand = wall[walls]()
    if walls == "none":
        tried.pop("run a program")  # it would replace this process
    return json.dumps({"walls": stand, "worked": [name for name, attempt in tried.items() if worked(attempt)]}).encode()


def talk(data: bytes) -> bytes:
    """Answer without end."""
    while True:
        sys.stdout.buffer.write(bytes(1 << 20))


def spin(data: bytes, cpu_s: int) -> bytes:
    """Use the CPU without end."""
    isolation.MAX_CPU_S = cpu_s
    isolation.limit_this_process(512 * 1024 * 1024, 0)
    isolation.isolate()
    while True:
        pass


def crash(data: bytes) -> bytes:
    """Crash, as a broken library does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def surroundings(data: bytes) -> bytes:
    """Answer what this process sees: its folder, its open files, its environment, and more."""
    own = [int(name) for name in os.listdir("/proc/self/fd")]
    files = {
        number: os.readlink(f"/proc/self/fd/{number}") for number in own if os.path.exists(f"/proc/self/fd/{number}")
    }
    seen = {"folder": os.listdir(), "files": files, "environment": dict(os.environ), "niceness": os.nice(0)}
    seen |= {"zygote": os.getppid(), "address": ctypes.addressof(ctypes.c_int.in_dll(ctypes.CDLL(None), "environ"))}
    seen["wakeup_file"] = signal.set_wakeup_fd(-1)
    return json.dumps(seen).encode()


def find_in_memory(data: bytes, begin: str, end: str) -> bytes:
    """Answer whether the memory of this process has *begin* and *end* side by side; this code never joins them."""
    ctypes.CDLL(None).prctl(isolation.PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that it may read its own memory without root
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in [line for line in maps if " rw" in line]:
            start, stop = (int(part, 16) for part in line.split()[0].split("-"))
            memory.seek(start)
            region, at = memory.read(stop - start), -1
            while (at := region.find(begin.encode(), at + 1)) >= 0:
                if region[at + len(begin) :].startswith(end.encode()):
                    return b"found"
    return b"not found"


if __name__ == "__main__":
    _zygote.MAX_FORKS = SMALL_MAX_FORKS
    _zygote.TASKS |= {task.__name__: task for task in (attack, talk, spin, crash, surroundings, find_in_memory)}
    _zygote.main()
