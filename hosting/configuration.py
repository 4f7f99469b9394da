"""Read the settings for a command, and end the process with a line for each problem that stops the command."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click

from hosting import wrong_settings
from hosting.env_file import ENV_FILE, EnvFile, read_env_file
from hosting.problems import Exit, Finding
from hosting.setting_names import names_to_correct, overridden, proxies
from hosting.wrong_settings import Reading
from imagegen.reports import WrongSetting
from imagegen.settings import Settings

SANDBOX = "To try the bot without a token and without a key, run `make sandbox`."
READABLE = ".env: other users of this machine can read the token and the key. Run `chmod 600 .env`."
WHERE_TO_GET = {
    "DISCORD_TOKEN": "Copy the token from Discord's developer portal > your application > Bot > Reset Token.",
    "DASHSCOPE_API_KEY": "Copy a key of the region of DASHSCOPE_HTTP_BASE_URL from Model Studio.",
}


@dataclass(frozen=True)
class Configuration:
    """The settings and everything that was found while they were read."""

    reading: Reading
    env_file: EnvFile
    environment: Mapping[str, str]

    @property
    def stopping(self) -> list[Finding]:
        """Return what is wrong with .env and the settings. No command runs before it is mended."""
        trouble = [self.env_file.trouble] if self.env_file.trouble else []
        wrong = sorted(self.reading.wrong, key=lambda found: self._line(found.name))
        return [Finding(text, Exit.SETUP) for text in (*trouble, *map(self._sentence, wrong))]

    @property
    def names(self) -> list[Finding]:
        """Return what is wrong with names and lines of .env. The bot runs all the same, without those lines."""
        found = names_to_correct(self.env_file.lines, self.environment)
        return [Finding(text, Exit.SETUP) for text in found]

    @property
    def notes(self) -> list[Finding]:
        """Return what has no effect, or is less safe than it could be."""
        found = (*overridden(self.env_file, self.environment), *proxies(self.environment))
        readable = [READABLE] if self.env_file.is_open_to_others else []
        return [Finding(text, Exit.GOOD) for text in (*readable, *found)]

    def missing(self, names: Iterable[str]) -> list[Finding]:
        """Return a sentence for each of *names* that is not set."""
        known = self.reading.doubtful if not self.env_file.trouble else frozenset(names)
        missing = [name for name in self.reading.settings.missing if name in names and name not in known]
        return [Finding(self._missing(name), Exit.SETUP) for name in missing]

    def _missing(self, name: str) -> str:
        line = self.env_file.winners.get(name)
        start = f"{line.place}: {name} is empty." if line else f"{name} is not set: add the line {name}=… to .env."
        return f"{start} {WHERE_TO_GET[name]}"

    def _sentence(self, wrong: WrongSetting) -> str:
        start = f"{self._place(wrong.name)}: {wrong.name} {wrong.why}."
        advice = WHERE_TO_GET.get(wrong.name) or f"Write for example {wrong.name}={wrong.instead}"
        return f"{start} {advice}" if wrong.instead or wrong.name in WHERE_TO_GET else f"{start} Delete the line."

    def _place(self, name: str) -> str:
        if not self._is_in_environment(name) and (line := self.env_file.winners.get(name)):
            return line.place
        return "The environment" if self._is_in_environment(name) else "Not in .env"

    def _line(self, name: str) -> int:
        line = self.env_file.winners.get(name)
        return 0 if line is None or self._is_in_environment(name) else line.number

    def _is_in_environment(self, name: str) -> bool:
        return any(known.upper() == name and value for known, value in self.environment.items())


def read_configuration() -> Configuration:
    """Read .env and the environment. Raises nothing: what is wrong stands in the result."""
    logging.getLogger("dotenv").setLevel(logging.ERROR)  # its warnings about lines are sentences of ours
    env_file = read_env_file()
    reading = wrong_settings.read(None if env_file.trouble else ENV_FILE)
    return Configuration(reading, env_file, os.environ)


def read_settings(*needed: str) -> Settings:
    """Return the settings; exit with one line for each that is wrong, or that is *needed* and not set."""
    found = read_configuration()
    missing = found.missing(needed)
    for finding in (*found.stopping, *missing):
        click.echo(finding.sentence, err=True)
    if missing:
        click.echo(SANDBOX, err=True)
    if missing or found.stopping:
        sys.exit(Exit.SETUP)
    return found.reading.settings


def complete_settings() -> Settings:
    """Return the settings of a bot that can run; exit with what is wrong or missing otherwise."""
    return read_settings(*WHERE_TO_GET)
