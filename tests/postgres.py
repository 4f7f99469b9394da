"""Run a PostgreSQL server for the tests: on a socket in a temporary folder, which is removed afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

ROLE = "wanvas"  # owns its databases and is no superuser, as an operator would have it
NUMBERS = itertools.count(1)
START_S = 30.0
# No data has to survive the tests, and most databases are used for a second: do not vacuum them or sync them to disk.
SETTINGS = [
    f"--{name}"
    for name in (
        "fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB",
        "checkpoint_timeout=1h", "autovacuum=off", "max_connections=200", "deadlock_timeout=200ms",
    )
]  # fmt: skip


def binaries() -> Path | None:
    """Return the folder of the newest installed server, first from Debian's folder, then from the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def missing_is_a_failure() -> bool:
    return os.environ.get("CI") == "true"


class Cluster:
    """One server. ``stop`` and ``start`` act as an operator's restart, ``freeze`` and ``thaw`` as a hanging machine."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder = programs, folder
        self._data = folder / "data"
        self._user = _server_user()
        self._server: subprocess.Popen[bytes] | None = None
        self._frozen: list[int] = []

    def create(self) -> None:
        """Run initdb, start the server, and create the role of the tests."""
        if self._user:
            os.chown(self.folder, self._user["user"], self._user["group"])
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.sql(f"CREATE ROLE {ROLE} LOGIN")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  # the server's own programs
            [self._programs / program, *arguments],
            check=False, cwd=self.folder, capture_output=True, text=True, **self._user,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603  # as above
                [self._programs / "postgres", "-D", self._data, "-k", self.folder, "-h", "", *SETTINGS],
                cwd=self.folder, stdout=log, stderr=log, **self._user,
            )  # fmt: skip
        until = time.monotonic() + START_S
        while True:
            try:
                return self.sql("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > until or self._server.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop and disconnect every client, as an operator's restart does."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop at once, as a power cut would, except that no written data is lost."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        self.thaw()
        if self._server is not None:
            self._server.send_signal(number)
            self._server.wait(START_S)
            self._server = None

    def freeze(self) -> None:
        """Let the server accept connections and answer nothing."""
        if self._server is not None:
            self._frozen = [self._server.pid, *_children(self._server.pid)]
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)
        self._frozen = []

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run *statement* as the superuser."""
        where = f"host={self.folder} user=postgres dbname={database} connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def database(self, name: str | None = None) -> str:
        """Return the DATABASE_URL of a new, empty database."""
        name = name or f"test_{next(NUMBERS)}"
        self.sql(f"CREATE DATABASE {name} OWNER {ROLE}")
        return self.url(name)

    def logged(self, text: str) -> int:
        """Return how often the server's log contains *text*."""
        return (self.folder / "server.log").read_text(encoding="utf-8").count(text)

    def url(self, name: str) -> str:
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"


def _server_user() -> dict[str, Any]:
    """Return the user that the server runs as: PostgreSQL refuses root."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("there is no user to run PostgreSQL as")


def _children(pid: int) -> list[int]:
    """Return the server's child processes. The parent's id is the fourth field of /proc/PID/stat."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(stat.parent.name))
    return children


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server for the block. LookupError if PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        raise LookupError("PostgreSQL is not installed")
    # Not pytest's folder: a socket's path holds 107 bytes, and the server's user cannot pass through root's folders.
    with tempfile.TemporaryDirectory(prefix="wanvas-pg-", ignore_cleanup_errors=True) as folder:
        server = Cluster(programs, Path(folder))
        try:
            server.create()
            yield server
        finally:
            server.kill()  # a server that is stopped writes everything to disk first
