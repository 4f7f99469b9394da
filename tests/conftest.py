"""Print what a test run checks, and give its tests the PostgreSQL server that they share."""

import gc
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from sandbox.discord.openapi import ApiDescription
from tests.chromium import program
from tests.ports import free_port
from tests.postgres import Cluster, binaries, cluster, missing_is_a_failure

# In CI, a missing PostgreSQL fails its tests. Elsewhere they are left out, and the header says so.
DATABASES = ["sqlite", "postgresql"] if binaries() or missing_is_a_failure() else ["sqlite"]

ALONE = "alone"  # the marker of tests that measure time
SLOW = {"end_to_end", "chaos"}  # folders of tests that start the whole bot

MEMORY = Path("/dev/shm")  # noqa: S108  # a file system in memory, where Linux has one
ROOM = 8 * 1024**3  # bytes. A run of all tests writes 2.5 GB

# Nothing that pytest imports and collects is garbage. To look for some in it took a quarter of the collection's time.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Let a run with several workers keep its temporary files in memory, unless TMPDIR says where to keep them.

    On a disk that stalls, a bot's SQLite database times out. The files are removed at the end of the run.
    """
    is_parallel = bool(config.getoption("numprocesses", default=None))
    if is_parallel and "TMPDIR" not in os.environ and fits_into_memory():
        folder = tempfile.mkdtemp(prefix="wanvas-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        Path(folder).chmod(0o711)  # PostgreSQL runs as a user of its own
        os.environ["TMPDIR"] = tempfile.tempdir = folder


def fits_into_memory() -> bool:
    """Return whether the files of a run fit into MEMORY, and programs run from there: the walks make environments."""
    if not MEMORY.is_dir():
        return False
    found = os.statvfs(MEMORY)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


def pytest_report_header() -> list[str]:
    """Say what is tested here: Discord's description of requests, the store on PostgreSQL, the page in Chromium."""
    if os.environ.get("DISCORD_OPENAPI"):
        checked = "DISCORD_OPENAPI is set: requests and answers are checked against Discord's description"
    else:
        checked = "DISCORD_OPENAPI is not set: the check against Discord's own description is left out"
    if binaries():
        stored = f"PostgreSQL is found in {binaries()}: the store is tested on it too"
    else:
        stored = "PostgreSQL is not found: the store's tests on it are left out, or fail in CI"
    if program():
        drawn = f"Chromium is {program()}: the sandbox's page is tested in it"
    else:
        drawn = "Chromium is not found: the tests of the sandbox's page are left out, or fail in CI"
    return [checked, stored, drawn]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the argument ``database`` on each database."""
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", DATABASES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of PostgreSQL alone, of Discord's description, or in a browser, where there is none."""
    missing = {"postgresql"} - set(DATABASES) | ({"description"} if not os.environ.get("DISCORD_OPENAPI") else set())
    missing |= {"browser"} if not (program() or missing_is_a_failure()) else set()
    left_out = [item for item in items if missing & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = mixed([item for item in items if item not in left_out])


def pytest_sessionstart(session: pytest.Session) -> None:
    """In a run of all tests, let each worker compile its share of the files, for all, into ``__pycache__``."""
    is_whole = session.config.args == session.config.getini("testpaths")
    if is_whole and (name := os.environ.get("PYTEST_XDIST_WORKER")) and not sys.dont_write_bytecode:
        share = slice(int(name.removeprefix("gw")), None, int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
        for path in sorted(Path(__file__).parent.rglob("test_*.py"))[share]:
            importlib.import_module(".".join(path.relative_to(session.config.rootpath).with_suffix("").parts))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m alone``, import only the files that have such tests."""
    is_test_file = collection_path.match("test_*.py")
    if config.option.markexpr == ALONE and is_test_file and f"mark.{ALONE}" not in collection_path.read_text("utf-8"):
        return True
    return None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Accept that a part of the tests has none to run alone, or only such."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.option.markexpr in {ALONE, f"not {ALONE}"}:
        session.exitstatus = pytest.ExitCode.OK


def pytest_collection_finish() -> None:
    """Let the garbage collector look only at what the tests themselves make."""
    gc.freeze()
    gc.enable()


def mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """Mix tests of the whole bot, which wait more than they work, with short tests, which only work.

    The work-stealing scheduler gives each worker an equal, contiguous share of the list. In each share, the tests of a
    file stay together. The longest come first and the slow ones end early: no worker begins a long test while the
    others run out of work.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    longest = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if item not in longest]
    slow = [item for item in others if SLOW.intersection(item.path.parts)]
    short = [item for item in others if not SLOW.intersection(item.path.parts)]
    ordered: list[pytest.Item] = []
    for share in range(workers):
        ordered += longest[share::workers]
        files = [list(tests) for _, tests in groupby(slow[share::workers], key=lambda item: item.path)]
        rest = short[share * len(short) // workers : (share + 1) * len(short) // workers]
        between = len(rest) // (2 * max(1, len(files)))
        for tests in files:
            ordered += tests + rest[:between]
            rest = rest[between:]
        ordered += rest
    return ordered


@pytest.fixture(scope="session")
def description() -> ApiDescription:
    """Return Discord's description of its API."""
    return ApiDescription(Path(os.environ["DISCORD_OPENAPI"]))


@pytest.fixture
def unused_tcp_port() -> int:
    """Return a port that stays free until the test uses it, which pytest-asyncio's may not."""
    return free_port()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Run the server that all tests of this worker share."""
    with cluster() as found:
        yield found


@pytest.fixture
def url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the DATABASE_URL of an empty database."""
    if database == "postgresql":
        empty_database: str = request.getfixturevalue("postgresql").database()
        return empty_database
    return f"sqlite:///{tmp_path}/deep/wanvas.db"


def pytest_xdist_auto_num_workers() -> int:
    """Return five workers for two processors: tests of the whole bot wait, and those of the store and the page work.

    PYTEST_XDIST_AUTO_NUM_WORKERS overrides this number, as without this hook.
    """
    chosen = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    return int(chosen) if chosen else 5 * (os.cpu_count() or 1) // 2
