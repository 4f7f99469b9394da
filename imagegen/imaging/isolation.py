"""Isolate a process: a decoder reaches no file, no network and no other process, whatever an image makes it do.

The kernel gives two protections, and each alone blocks files and connections: Landlock
(https://docs.kernel.org/userspace-api/landlock.html) and a seccomp filter of the few system calls that decoding needs
(https://man7.org/linux/man-pages/man2/seccomp.2.html; both 2026-11-25). Use both where the kernel has them. ctypes
makes the calls: decision 0013.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from contextlib import suppress

MAX_CPU_S = 10
NOBODY = 65534
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446  # the same on every architecture
LANDLOCK_VERSION_FLAG = 1
EPERM = 1
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # of classic BPF
AT_NUMBER, AT_ARCHITECTURE = 0, 4  # in struct seccomp_data
# System calls of decoding once everything is imported: memory, three open files, locks, signals, clocks, random, exit.
CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (0xC000003E, {"read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10,
        "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "writev": 20,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98,
        "sysinfo": 99, "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "exit_group": 231, "getrandom": 318}),
    "aarch64": (0xC00000B7, {"close": 57, "lseek": 62, "read": 63, "write": 64, "writev": 66, "fstat": 80, "exit": 93,
        "exit_group": 94, "futex": 98, "clock_gettime": 113, "clock_getres": 114, "sched_getaffinity": 123,
        "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
        "rt_sigreturn": 139, "getrusage": 165, "gettimeofday": 169, "getpid": 172, "gettid": 178, "sysinfo": 179,
        "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278}),
}  # fmt: skip


def hide_this_process() -> None:
    """Hide /proc/<pid>/environ and mem, which have the token and the key, from other processes of the same user.

    https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html (2026-11-25). root can still read them.
    """
    if sys.platform == "linux":
        _libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit_this_process(max_memory_bytes: int, max_answer_bytes: int) -> None:
    """Limit memory, CPU time and what is written, and write no core dump, which would have the image in it."""
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))  # SIGXCPU comes first and tells the parent why
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_answer_bytes, max_answer_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def isolate() -> dict[str, bool]:
    """Give up for good what decoding does not need, and return which protections work. Import everything before."""
    _give_up_privileges()
    _end_with_parent()
    has_no_files = deny_files()
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    return {"landlock": has_no_files, "seccomp": deny_calls()}


def _give_up_privileges() -> None:
    """Stop being root: the limits and a hidden parent do not bind root."""
    if os.geteuid() == 0:
        with suppress(OSError):  # a container may forbid it
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)


def _end_with_parent() -> None:
    """Let the kernel kill this process when its parent ends. A change of the user, before this, would undo it.

    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html (2026-11-29).
    """
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def deny_files() -> bool:
    """Deny every file, TCP port and other process by Landlock. Return whether the kernel does."""
    if sys.platform != "linux":
        return False
    libc = _libc()
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION_FLAG)
    if version < 1:
        return False
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1  # one bit for each access right to files
    rules = struct.pack("QQQ", files, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    descriptor = libc.syscall(LANDLOCK_CREATE_RULESET, rules, len(rules), 0)
    if descriptor < 0 or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    is_denied = libc.syscall(LANDLOCK_RESTRICT_SELF, descriptor, 0) == 0
    os.close(descriptor)
    return bool(is_denied)


def deny_calls() -> bool:
    """Deny every system call except CALLS by seccomp. Return whether the kernel does."""
    if sys.platform != "linux" or os.uname().machine not in CALLS:
        return False
    architecture, calls = CALLS[os.uname().machine]
    libc, steps = _libc(), _filter(architecture, tuple(calls.values()))
    code = ctypes.create_string_buffer(steps, len(steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps) // 8, ctypes.addressof(code)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) == 0)


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    """Return a BPF program that answers EPERM unless the call is in *calls* of this architecture.

    Each jump leads to the last step, ALLOW.
    """
    steps = [(LOAD, 0, 0, AT_ARCHITECTURE), (JUMP_IF_EQUAL, 1, 0, architecture), (RETURN, 0, 0, ERRNO | EPERM)]
    steps += [(LOAD, 0, 0, AT_NUMBER)]
    steps += [(JUMP_IF_EQUAL, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    steps += [(RETURN, 0, 0, ERRNO | EPERM), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _libc() -> ctypes.CDLL:
    """Return the C library. Its calls take and return longs, because a pointer does not fit into an int."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
