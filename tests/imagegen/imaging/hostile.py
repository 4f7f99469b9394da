"""Child process that attacks: ``python -m tests.imagegen.imaging.hostile <memory bytes> <protections> <parent>
<file>``.

It isolates itself with the named protections (``all``, ``landlock``, ``seccomp`` or ``none``), tries each way out, and
answers JSON: which protections work, and which attacks worked.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from imagegen.imaging import isolation

PR_GET_NO_NEW_PRIVS = 39


def attempts(parent: int, file: Path) -> dict[str, Callable[[], object]]:
    """Return the attacks by name. Each raises OSError if it is blocked."""
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


def main(max_memory_bytes: int, walls: str, parent: int, file: Path) -> None:
    isolation.limit_this_process(max_memory_bytes)
    tried = attempts(parent, file)
    wall: dict[str, Callable[[], object]] = {
        "all": isolation.isolate,
        "landlock": isolation.deny_files,
        "seccomp": isolation.deny_calls,
        "none": dict,
    }
    stand = wall[walls]()
    if walls == "none":
        tried.pop("run a program")  # it would replace this process
    json.dump({"walls": stand, "worked": [name for name, attempt in tried.items() if worked(attempt)]}, sys.stdout)


def talk() -> None:
    """Answer without end."""
    while True:
        sys.stdout.buffer.write(bytes(1 << 20))


def spin() -> None:
    """Use the CPU without end."""
    isolation.MAX_CPU_S = 1
    isolation.limit_this_process(512 * 1024 * 1024)
    while True:
        pass


if __name__ == "__main__":
    match sys.argv[2]:
        case "talk":
            talk()
        case "spin":
            spin()
        case walls:
            main(int(sys.argv[1]), walls, int(sys.argv[3]), Path(sys.argv[4]))
