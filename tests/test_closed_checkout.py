"""Under umask 077, the manual's commands let the users of the service and of the containers read their files."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from tests.test_container import SERVICES
from tests.test_operating_docs import section
from tests.test_readme import ROOT
from tests.walking import blocks, environment, run


def unreadable(path: Path) -> Iterator[Path]:
    """Yield each file and folder from *path* down that users other than the owner cannot read."""
    for found in (path, *path.rglob("*")):
        needed = stat.S_IROTH | stat.S_IXOTH if found.is_dir() else stat.S_IROTH
        if not found.is_symlink() and found.stat().st_mode & needed != needed:
            yield found


def test_the_service_can_read_a_program_that_was_installed_under_a_closed_umask(tmp_path: Path) -> None:
    program = tmp_path / "wanvas"
    (install,) = (block.commands for block in blocks(section("As a service")) if "git clone" in block.commands)
    commands = install.replace("sudo ", "").replace("/opt/wanvas", str(program)).splitlines()
    packages = f"mkdir -p {program}/.venv/lib"  # in place of the package index

    done = run(
        "\n".join(["umask 077", *(packages if ".venv" in line else line for line in commands if str(program) in line)]),
        ROOT,
        environment(tmp_path),
    )

    assert done.returncode == 0, done.stderr
    assert list(unreadable(program)) == []


def test_prometheus_and_grafana_can_read_the_files_of_a_closed_checkout(tmp_path: Path) -> None:
    mounts = [mount.split(":")[0] for name in ("prometheus", "grafana") for mount in SERVICES[name]["volumes"]]
    files = [tmp_path / source for source in mounts if source.startswith("./")]
    shutil.copytree(ROOT / "monitoring", tmp_path / "monitoring")
    (command,) = re.findall(r"`(chmod .+?)`", section("Containers"))

    done = run(f"chmod -R go-rwx monitoring; {command}", tmp_path, environment(tmp_path))

    assert done.returncode == 0, done.stderr
    assert [path for file in files for path in unreadable(file)] == []
    assert list(unreadable(tmp_path / "monitoring")) == []
