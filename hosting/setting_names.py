"""Find names that set nothing: misspelled names, renamed settings, and lines that a later line overrides.

Each name in .env must be a setting, or begin with one of OTHERS. The environment has names of a whole machine, so only
those are reported that are nearly a setting's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from hosting.env_file import EnvFile, Line
from imagegen.settings import Settings

# What compose.yaml, its images and Docker read from the same file.
OTHERS = ("COMPOSE_", "DOCKER_", "GF_", "GRAFANA_", "PG", "POSTGRES_", "PROMETHEUS_", "WANVAS_", "TZ")
RENAMED = {
    "MEMBER_PICTURES_PER_DAY": "MEMBER_IMAGES_PER_DAY",
    "PERSON_PICTURES_PER_DAY": "PERSON_IMAGES_PER_DAY",
    "SERVER_PICTURES_PER_MONTH": "SERVER_IMAGES_PER_MONTH",
    "MODEL_FOR_WORDS": "MODEL_FOR_PROMPTS",
    "MODEL_FOR_PICTURES": "MODEL_FOR_IMAGES",
    "WAITING_PER_MEMBER": "QUEUED_PER_MEMBER",
    "WAITING_MAX": "QUEUED_MAX",
}
# How similar a name must be to a setting, from 0 to 1, to be called a misspelling of it.
IN_ENV_FILE, IN_ENVIRONMENT = 0.6, 0.85
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")  # neither discord.py nor aiohttp reads them unless told to
MAX_SHOWN = 60  # characters: a longer name is rather a secret in the wrong place, and is not printed


def names_to_correct(lines: Iterable[Line], environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each line of .env that is no setting, and for each misspelled name in the environment."""
    in_file = [f"{line.place}: {why}" for line in lines if (why := _why_wrong(line))]
    outside = [f"The environment: {why}" for name in sorted(environment) if (why := _meant(name, IN_ENVIRONMENT))]
    return in_file + outside


def overridden(env_file: EnvFile, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each line of .env whose value is not the one that counts."""
    set_outside = {name.upper(): value for name, value in environment.items() if value}
    for line in env_file.lines:
        if line.name not in _known():
            continue
        winner = env_file.winners[line.name]
        if winner.number != line.number:
            yield f"{line.place}: {line.name} does not count, because line {winner.number} sets it again."
        elif set_outside.get(line.name, line.value) != line.value:
            yield f"{line.place}: {line.name} does not count, because the environment sets it too."


def proxies(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that names a proxy, which the bot does not use."""
    for name, value in environment.items():
        if name.upper() in PROXIES and value:
            yield f"The environment: {name} has no effect. The bot connects to Discord and Wan without a proxy."


def _why_wrong(line: Line) -> str:
    if not line.name:
        return "the line cannot be read. Write NAME=value, or begin a comment with #."
    if line.name in _known() or line.name.startswith(OTHERS):
        return ""
    if not line.name.isidentifier() or len(line.name) > MAX_SHOWN:
        return "the line has no name of a setting. Write NAME=value."
    meant = _meant(line.name, IN_ENV_FILE)
    return meant or f"{line.name} is no setting. docs/settings.md lists them all; delete the line."


def _meant(name: str, alike: float) -> str:
    """Return which setting *name* probably means; empty if it is a setting itself, or like none."""
    if new := RENAMED.get(name.upper()):
        return f"{name} is no setting any more. Write {new}."
    known = _known()
    if name.upper() in known or not (nearest := get_close_matches(name.upper(), known, n=1, cutoff=alike)):
        return ""
    return f"{name} is no setting. The nearest is {nearest[0]}."


def _known() -> list[str]:
    return [name.upper() for name in Settings.model_fields]
