"""The tour passes, and notices each deliberate fault in the step where it happens."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from sandbox.tour import INJECT

ROOT = Path(__file__).parents[2]


async def tour(folder: Path, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "tour", "--folder", str(folder), *arguments,
        cwd=ROOT, env=dict(os.environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@pytest.mark.long
async def test_the_tour_comes_out_as_it_should(tmp_path: Path) -> None:
    code, transcript = await tour(tmp_path / "images")

    assert code == 0, transcript
    assert "Every step passed." in transcript
    assert len(list((tmp_path / "images").glob("*.png"))) == 12


@pytest.mark.long
@pytest.mark.parametrize("fault", INJECT)
async def test_the_tour_notices_each_deliberate_fault(tmp_path: Path, fault: str) -> None:
    code, transcript = await tour(tmp_path / "images", "--inject", fault)

    assert code != 0, transcript
    assert f"The tour failed in step {INJECT[fault][0]}." in transcript
