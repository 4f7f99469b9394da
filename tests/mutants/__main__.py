"""``python -m tests.mutants --mutants 200 --seed 7``: change one thing in a core module, and run its tests."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import click

from tests.mutants.mutations import Mutant, mutants, mutated

ROOT = Path(__file__).parents[2]
STORE = ("tests/imagegen/store",)
# What decides over money, permissions and what Wan says, and the tests that promise it. To add a module, name it here.
MODULES: dict[str, tuple[str, ...]] = {
    "imagegen/policy/quota.py": ("tests/imagegen/policy/test_quota.py", "tests/imagegen/store/test_accept.py"),
    "imagegen/store/ledger.py": STORE,
    "imagegen/store/jobs.py": STORE,
    "imagegen/store/admission.py": STORE,
    "imagegen/policy/server_settings.py": (
        "tests/imagegen/policy/test_server_settings.py",
        "tests/imagegen/store/test_server_settings.py",
    ),
    "imagegen/store/server_settings.py": (
        "tests/imagegen/store/test_server_settings.py",
        "tests/imagegen/store/test_blocks.py",
    ),
    "imagegen/policy/blocklist.py": ("tests/imagegen/policy/test_blocklist.py", "tests/imagegen/test_prompt_check.py"),
    "imagegen/wan/answers.py": ("tests/imagegen/wan",),
    "imagegen/wan/requests.py": ("tests/imagegen/wan",),
    "imagegen/policy/retry.py": ("tests/imagegen/policy/test_retry.py",),
    "cogs/interactions/visibility.py": ("tests/cogs/interactions/test_visibility.py",),
}
BAR = 0.95
TEST_S = 300.0  # a mutant that runs longer hangs, and is noticed


@dataclass(frozen=True)
class Tried:
    module: str
    mutant: Mutant
    killed: bool


def drawn(modules: Sequence[str], most: int, seed: int) -> list[tuple[str, Mutant]]:
    """Return *most* mutants over all *modules*, the same for the same seed."""
    every = [(module, mutant) for module in modules for mutant in mutants((ROOT / module).read_text("utf-8"))]
    return random.Random(seed).sample(every, min(most, len(every)))


def tried(folder: Path, module: str, mutant: Mutant) -> Tried:
    """Run the tests of *module* in a copy of the project with that change in it."""
    source = (ROOT / module).read_text("utf-8")
    (folder / module).write_text(mutated(source, mutant), "utf-8")
    try:
        return Tried(module, mutant, not passes(folder, MODULES[module]))
    finally:
        (folder / module).write_text(source, "utf-8")


def passes(folder: Path, tests: Sequence[str]) -> bool:
    # What differs between databases is not what is changed here, so the quick one is enough.
    chosen = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not postgresql", *tests]
    try:
        run = subprocess.run(  # noqa: S603  # our own tests
            [sys.executable, "-m", "pytest", *chosen], cwd=folder, capture_output=True, timeout=TEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def copies(parent: Path, count: int) -> Iterator[Path]:
    """Copies of what git tracks, so that several mutants can be tried side by side."""
    git = shutil.which("git") or "git"
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # no input
    names = listed.stdout.split("\n")
    for number in range(count):
        folder = parent / str(number)
        for name in filter(None, names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
        yield folder


def try_all(chosen: Sequence[tuple[str, Mutant]], jobs: int) -> list[Tried]:
    """Try every mutant, *jobs* at once. Exits when the tests fail without any change."""
    with TemporaryDirectory() as parent, ThreadPoolExecutor(jobs) as threads:
        free: SimpleQueue[Path] = SimpleQueue()
        for folder in copies(Path(parent), jobs):
            free.put(folder)

        def one(module: str, mutant: Mutant) -> Tried:
            folder = free.get()
            try:
                found = tried(folder, module, mutant)
            finally:
                free.put(folder)
            click.echo("." if found.killed else f"\nsurvived: {module}:{mutant.line} {mutant.what}\n", nl=False)
            return found

        folder = free.get()
        for module in sorted({module for module, _ in chosen}):
            if not passes(folder, MODULES[module]):
                sys.exit(f"the tests of {module} fail without a change")
        free.put(folder)
        return list(threads.map(lambda pair: one(*pair), chosen))


@click.command()
@click.option("--mutants", "most", default=200, show_default=True)
@click.option("--seed", type=int, help="Printed, and the same mutants again when given.")
@click.option("--module", type=click.Choice(list(MODULES)), help="Every module of the table, unless one is named.")
@click.option("--jobs", default=2, show_default=True, help="Tried at once.")
def main(most: int, seed: int | None, module: str | None, jobs: int) -> None:
    """Fail when fewer than 95 of 100 mutants are noticed."""
    chosen_seed = random.randrange(1_000_000) if seed is None else seed
    found = try_all(drawn([module] if module else list(MODULES), most, chosen_seed), jobs)
    total, killed = Counter(one.module for one in found), Counter(one.module for one in found if one.killed)
    rows = [f"| {name} | {count} | {killed[name]} |" for name, count in sorted(total.items())]
    click.echo("\n".join([f"\n\nseed {chosen_seed}", "| module | mutants | noticed |", "| --- | ---: | ---: |", *rows]))
    rate = killed.total() / max(1, total.total())
    click.echo(f"{killed.total()} of {total.total()} noticed: {rate:.1%}")
    sys.exit(rate < BAR)


if __name__ == "__main__":
    main()
