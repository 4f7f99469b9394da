"""The operator's commands, each in a file of its own: ``python bot.py check`` and the others."""

from __future__ import annotations

import click

from hosting.commands.audit import audit
from hosting.commands.backup import backup
from hosting.commands.check import check
from hosting.commands.health import health
from hosting.commands.invite import invite
from hosting.commands.move import move
from hosting.commands.restore import restore
from hosting.commands.verify import verify

EVERY: tuple[click.Command, ...] = (check, audit, backup, restore, move, invite, health, verify)
