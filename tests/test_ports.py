"""A port that a test is given is free, and no connection of another process gets it."""

from __future__ import annotations

import socket

import pytest

from tests import ports


def test_each_port_is_another_one_and_free_with_the_next() -> None:
    given = [ports.free_port() for _ in range(20)]

    assert len(set(given)) == 20
    for port in given:
        socket.create_server(("127.0.0.1", port)).close()
        socket.create_server(("127.0.0.1", port + 1)).close()


@pytest.mark.parametrize("taken", [0, 1])
def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    first, second = ports.free_port(), ports.free_port()
    monkeypatch.setattr(ports, "PORTS", iter([first, second]))

    with socket.create_server(("127.0.0.1", first + taken)):
        assert ports.free_port() == second


def test_no_worker_takes_a_port_that_linux_gives_to_connections() -> None:
    assert ports.FIRST + ports.WORKERS * ports.EACH <= 32_768


def test_without_a_free_port_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORTS", iter([]))

    with pytest.raises(RuntimeError, match="every port of this worker is taken"):
        ports.free_port()
