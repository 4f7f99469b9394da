"""A cable between two programs on this machine, that a test can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto

HOST = "127.0.0.1"


class State(Enum):
    """What the cable does with a connection."""

    OPEN = auto()  # carries it
    REFUSED = auto()  # nobody listens at its end
    SILENT = auto()  # accepts it, and carries nothing


class Cable:
    """Listens on *port* and carries each connection to another port of this machine. Counts the connections."""

    def __init__(self, to_port: int, now_s: Callable[[], float]) -> None:
        self._to_port, self._now_s, self._state = to_port, now_s, State.OPEN
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()
        self.port = 0
        self.connected_s: list[float] = []  # when each connection began, by *now_s*

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self, state: State) -> None:
        """Refuse connections and reset those that are open, or let them live and carry nothing more."""
        self._state = state
        self._open.clear()
        if state is State.REFUSED:
            self._end()

    async def mend(self) -> None:
        """Carry new connections. Those that were cut stay dead."""
        was, self._state = self._state, State.OPEN
        self.reset()
        self._open.set()
        if was is State.REFUSED:
            await self.listen()

    def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()

    async def close(self) -> None:
        """Stop listening, and end every connection."""
        self._end()
        self._open.set()
        await asyncio.gather(*self._carrying)

    def reset(self) -> None:
        """Reset every open connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected_s.append(self._now_s())
        self._writers.add(writer)
        with suppress(OSError):
            if self._state is State.OPEN:
                far_reader, far_writer = await asyncio.open_connection(HOST, self._to_port)
                self._writers.add(far_writer)
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        if self._open.is_set():
            writer.close()


@asynccontextmanager
async def cable(to_port: int, now_s: Callable[[], float]) -> AsyncIterator[Cable]:
    """Lay a cable to *to_port* for the block. *now_s* is the clock of its count."""
    found = Cable(to_port, now_s)
    await found.listen()
    try:
        yield found
    finally:
        await found.close()
