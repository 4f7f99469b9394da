"""The container: its files suffice, it runs without rights on a file system that it cannot change, and it is pinned."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from imagegen.settings import Settings
from tests.contained_bot import DOCKERFILE, IMAGE_STAGE, contained, edits_an_image, image, needs_bubblewrap
from tests.test_readme import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BOTS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


__all__ = ["image"]  # the fixture


@needs_bubblewrap
async def test_the_image_edits_an_image_without_rights_on_a_read_only_file_system(image: Path, tmp_path: Path) -> None:
    async with contained(image, tmp_path) as (bot, control):
        await edits_an_image(control)
        code = await bot.stop()
        backed_up = await (await bot.spawn("backup", "data/backup.db")).wait()

    log = bot.log.read_text(encoding="utf-8")
    assert code == 0, log[-2000:]
    assert re.search(r"decoder_isolation.*seccomp=True", log)
    assert backed_up == 0
    assert {"wanvas.db", "backup.db"} <= {path.name for path in (tmp_path / "data").iterdir()}


def test_the_images_user_can_read_all_of_a_checkout_under_umask_077(image: Path) -> None:
    open_to_all = {path: path.stat().st_mode & stat.S_IRWXO for path in [image, *image.rglob("*")]}

    assert [path for path, mode in open_to_all.items() if mode != (stat.S_IROTH | stat.S_IXOTH * path.is_dir())] == []


def test_the_image_runs_as_a_user_by_number() -> None:
    assert re.findall(r"^USER (\S+)$", IMAGE_STAGE, re.MULTILINE) == ["10001"]


def test_only_what_the_image_needs_reaches_its_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY ([\w.-]+) \S+$", DOCKERFILE, re.MULTILINE)

    rules = [line for line in lines if not line.startswith("#")]

    assert rules == ["*", *(f"!{name}" for name in sorted(copied)), "**/__pycache__"]


def test_every_base_image_is_pinned_by_its_digest() -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    bases = [arguments[name] for name in re.findall(r"^FROM \$\{(\w+)\}", DOCKERFILE, re.MULTILINE)]
    images = bases + [service["image"] for service in SERVICES.values() if "build" not in service]

    assert len(bases) == DOCKERFILE.count("\nFROM ")
    assert [name for name in images if not PINNED.fullmatch(name)] == []


def test_make_writes_the_newest_digest_of_each_image(tmp_path: Path) -> None:
    for file in ("Makefile", "Dockerfile", "compose.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        f"#!/bin/sh\n[ $6 = {'python:3.11-slim-bookworm'} ] && echo sha256:{'a' * 64} || echo sha256:{'b' * 64}\n"
    )
    docker.chmod(0o755)
    path = f"{docker.parent}:{os.environ['PATH']}"

    subprocess.run(["make", "-s", "pin-images"], cwd=tmp_path, env={"PATH": path}, check=True)  # noqa: S607  # the project's own make

    pinned = PINNED.findall((tmp_path / "Dockerfile").read_text() + (tmp_path / "compose.yaml").read_text())
    assert pinned[0] == f"python:3.11-slim-bookworm@sha256:{'a' * 64}"
    assert {name.partition("@")[2] for name in pinned[1:]} == {f"sha256:{'b' * 64}"}
    assert len(pinned) == 4


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_no_rights_and_bounds(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["pids_limit"] <= 128
    assert service["mem_limit"]
    assert "privileged" not in service


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert not [name for name in BOTS if "ports" in BOTS[name]]


def test_each_profile_runs_one_bot_and_shares_none() -> None:
    by_profile: dict[str, list[str]] = {}
    for name, service in SERVICES.items():
        (profile,) = service["profiles"]
        by_profile.setdefault(profile, []).append(name)

    assert by_profile == {
        "sqlite": ["wanvas"],
        "postgres": ["wanvas-0", "wanvas-1", "postgres"],
        "monitoring": ["prometheus", "grafana"],
    }


def test_the_two_processes_share_all_shards_and_one_database() -> None:
    environments = [service["environment"] for service in BOTS.values() if "postgres" in service["profiles"]]

    assert sorted(env["SHARD_IDS"] for env in environments) == ["0", "1"]
    assert {env["SHARD_COUNT"] for env in environments} == {"2"}
    assert len({env["DATABASE_URL"] for env in environments}) == 1


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_gets_only_settings_that_exist_and_time_to_end(name: str) -> None:
    service = BOTS[name]

    assert service["environment"].keys() - {"PGPASSWORD"} <= {field.upper() for field in Settings.model_fields}
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings.model_fields["shutdown_grace_s"].default + 10
    assert service["mem_limit"] == service["memswap_limit"]
    assert "image" not in service  # Compose would ask a registry for it


def test_prometheus_and_grafana_find_their_files_and_each_bot() -> None:
    mounts = [mount.split(":") for name in ("prometheus", "grafana") for mount in SERVICES[name]["volumes"]]
    files = {target: ROOT / source for source, target, *_ in mounts if source.startswith("./")}
    scraped = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"][0]
    provider = yaml.safe_load((ROOT / "monitoring/grafana/provisioning/dashboards/wanvas.yml").read_text())

    assert [str(file) for file in files.values() if not file.exists()] == []
    assert provider["providers"][0]["options"]["path"] in files
    for bot in BOTS.values():
        assert bot["networks"]["default"]["aliases"] == scraped["names"]
        assert bot["environment"]["HEALTH_PORT"] == str(scraped["port"])


def test_no_password_is_written_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")

    assert set(re.findall(r"PASSWORD: \"?([^\"}\n]+\}?)", text)) == {"${POSTGRES_PASSWORD:-}"}


def test_what_a_bot_writes_lies_in_a_volume() -> None:
    (folder,) = re.findall(r"^VOLUME (\S+)$", IMAGE_STAGE, re.MULTILINE)

    assert [bot["volumes"] for bot in BOTS.values()] == [[f"data:{folder}"]] * len(BOTS)
    assert "data" in COMPOSE["volumes"]
