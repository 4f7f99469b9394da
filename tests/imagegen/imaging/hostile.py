"""A child that turned against us: ``python -m tests.imagegen.hostile <bytes of memory> <walls> <parent> <file>``.

Puts up the walls named (``all``, ``landlock``, ``seccomp`` or ``none``), tries to get out in each way, and answers with
JSON: which walls stand, and the names of the attempts that worked.
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
    """Each raises OSError where it is refused."""
    return {
        "read the parent's environment": lambda: open(f"/proc/{parent}/environ", "rb").read(1),
        "read the parent's memory": lambda: open(f"/proc/{parent}/mem", "rb").close(),
        "read the parent's memory by a call": lambda: copied_from(parent),
        "list the parent's files": lambda: os.listdir(f"/proc/{parent}/fd"),
        "read a file": file.read_bytes,
        "list a folder": lambda: os.listdir("/"),
        "write a file": lambda: file.with_name("new").write_bytes(b"x"),
        "run a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - that it may not is what is tried
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
    """Read a byte of the parent's: the call that debuggers make, without a file."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = ctypes.create_string_buffer(8)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(here), 1)
    there = (ctypes.c_void_p * 2)(ctypes.addressof(libc.getpid), 1)
    read = libc.process_vm_readv(parent, vector, 1, there, 1, 0)
    if read < 0 and ctypes.get_errno() != 14:  # a bad address of its own is no refusal
        raise OSError(ctypes.get_errno(), "refused")


def forked() -> None:
    if not os.fork():
        os._exit(0)


def connected() -> None:
    with socket.socket() as stream:
        stream.settimeout(1)
        try:
            stream.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:  # nobody listens there, so it got out
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
        tried.pop("run a program")  # it would be the last
    json.dump({"walls": stand, "worked": [name for name, attempt in tried.items() if worked(attempt)]}, sys.stdout)


def talk() -> None:
    """Answer without an end."""
    while True:
        sys.stdout.buffer.write(bytes(1 << 20))


def spin() -> None:
    """Take the processor without an end."""
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
