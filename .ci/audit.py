"""Ask the index for known vulnerabilities in every locked package.

requirements-dev.txt holds the packages of all three locks. Exit 0 if there is none, 1 if there is one that
accepted-vulnerabilities.txt does not accept today, and 75 if at least one package could not be audited and the others
have none. ``python .ci/audit.py [PROGRAM]``: pip-audit, beside this Python.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE.parent / "requirements-dev.txt"
ACCEPTED = HERE / "accepted-vulnerabilities.txt"
VULNERABILITIES, NOT_AUDITED = 1, 75  # 75: EX_TEMPFAIL of sysexits.h
MAX_S = 300
MARKER = re.compile(r" ; [^\\\n]+")  # of a package for another platform or Python: audit it too


def audit(program: str) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package; nothing if its service does not answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
        lock.write(MARKER.sub(" ", LOCK.read_text(encoding="utf-8")))
        lock.flush()
        line = [
            program,
            "--progress-spinner=off",
            "--disable-pip",
            "--require-hashes",
            "--format=json",
            "-r",
            lock.name,
        ]
        try:
            done = subprocess.run(line, stdout=subprocess.PIPE, text=True, timeout=MAX_S, check=False)  # noqa: S603  # the project's own program
        except subprocess.TimeoutExpired:
            return []
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return []
    return found


def accepted(text: str, today: date) -> set[str]:
    """Return the ids that *text* accepts today. A line is an id, its last day, and the reason."""
    lines = [line.split(maxsplit=2) for line in text.splitlines() if line and not line.startswith("#")]
    return {accepted_id for accepted_id, last_day, _reason in lines if today <= date.fromisoformat(last_day)}


def vulnerabilities_of(package: dict[str, Any], allowed: set[str]) -> list[str]:
    """Return a line for each vulnerability of *package* whose id, or another name of it, is not in *allowed*."""
    return [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {_or(found['fix_versions'])}"
        for found in package.get("vulns", [])
        if not allowed & {found["id"], *found.get("aliases", [])}
    ]


def _or(versions: list[str]) -> str:
    return " or ".join(versions) or "none"


def main() -> int:
    """Print each vulnerability, or how many packages have none. Return the exit code."""
    allowed = accepted(ACCEPTED.read_text(encoding="utf-8"), datetime.now(UTC).date())
    packages = audit(sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.executable).with_name("pip-audit")))
    vulnerabilities = [line for package in packages for line in vulnerabilities_of(package, allowed)]
    audited = sum("vulns" in package for package in packages)
    print(f"Audited {audited} of {len(packages) or 'all'} packages.", *vulnerabilities, sep="\n")
    if vulnerabilities:
        print("Upgrade with `make lock UPGRADE=name`, or accept it until a day in .ci/accepted-vulnerabilities.txt.")
        return VULNERABILITIES
    return 0 if packages and audited == len(packages) else NOT_AUDITED


if __name__ == "__main__":
    sys.exit(main())
