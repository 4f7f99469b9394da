"""Read .env with its line numbers. Pydantic reads the same file by itself, but knows no lines."""

from __future__ import annotations

import io
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream

ENV_FILE = Path(".env")
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Line:
    """One assignment, with the number of its line. *name* is upper case; empty: the line is no assignment."""

    number: int
    name: str
    value: str = ""

    @property
    def place(self) -> str:
        """Return where the line stands, as a sentence begins with it."""
        return f".env line {self.number}"


@dataclass(frozen=True)
class EnvFile:
    """The lines of .env. *trouble* says in a sentence why the file cannot be read; empty if it can, or is absent."""

    lines: tuple[Line, ...] = ()
    trouble: str = ""
    is_open_to_others: bool = False

    @property
    def winners(self) -> Mapping[str, Line]:
        """Return the line of each name that counts: the last one."""
        return {line.name: line for line in self.lines if line.name}


def read_env_file(path: Path = ENV_FILE) -> EnvFile:
    """Return the lines of the file at *path*; none if there is no file."""
    try:
        return EnvFile(_lines_of(_text(path)), is_open_to_others=bool(path.stat().st_mode & stat.S_IROTH))
    except FileNotFoundError:
        return EnvFile()
    except OSError as error:
        return EnvFile(trouble=f"{path} cannot be read: {error.strerror}. Let the user who starts the bot read it.")
    except UnicodeDecodeError as error:
        return EnvFile(trouble=f"{path} is not UTF-8 text: see byte {error.start + 1}. Save it as plain UTF-8 text.")
    except ValueError as error:
        return EnvFile(trouble=f"{path} {error}")


def _text(path: Path) -> str:
    """Return the text of the file. ValueError says why it can be no file of settings."""
    size = path.stat().st_size
    if not path.is_file():
        raise ValueError("must be a file, but is a folder or a device. Remove it, and create the file.")
    if size > MAX_BYTES:
        raise ValueError(f"has {size} bytes, which no file of settings has. Move it, and create the file.")
    text = path.read_bytes().decode("utf-8-sig")
    if "\0" in text:
        raise ValueError("has a null character. Save it as plain UTF-8 text.")
    return text


def _lines_of(text: str) -> tuple[Line, ...]:
    found = []
    for binding in parse_stream(io.StringIO(text)):
        blank = len(binding.original.string) - len(binding.original.string.lstrip())
        number = binding.original.line + binding.original.string[:blank].count("\n")
        if binding.key is not None and binding.value is not None:
            found.append(Line(number, binding.key.upper(), binding.value))
        elif binding.error or binding.key is not None:
            found.append(Line(number, ""))
    return tuple(found)
