"""A TCP proxy before the broker that can hold one client's bytes: the network's part in a race, at our choosing."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

OFFSET_FETCH, LIST_OFFSETS = 9, 2  # api keys of Kafka's requests: https://kafka.apache.org/protocol#protocol_api_keys
PRODUCE = 0


class Proxy:
    """Relays whole requests and answers between clients and a broker on loopback.

    The broker's address in its answers is replaced by ours, or a client would go round us after its first question.
    """

    def __init__(self, broker: str, *, port: int = 0) -> None:
        self._host, behind = broker.split(":")
        self._broker = (self._host, int(behind))
        self._server = socket.create_server(("127.0.0.1", port))
        self._pass = threading.Event()
        self._pass.set()
        self._held: Callable[[int], bool] = lambda _: False
        self.holding = threading.Event()
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._lines: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pass.set()
        for line in [self._server, *self._lines]:
            line.close()

    def hold(self, *api_keys: int) -> None:
        """From now on, keep back requests of these kinds, and what comes behind them on their connection."""
        self.holding.clear()
        self._pass.clear()
        self._held = lambda key: key in api_keys

    def release(self) -> None:
        """Let through what was held back, and everything later."""
        self._held = lambda _: False
        self._pass.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
                broker = socket.create_connection(self._broker)
            except OSError:
                return
            self._lines += [client, broker]
            threading.Thread(target=self._requests, args=(client, broker), daemon=True).start()
            threading.Thread(target=self._answers, args=(broker, client), daemon=True).start()

    def _requests(self, client: socket.socket, broker: socket.socket) -> None:
        while frame := _frame(client):
            [api_key] = struct.unpack(">h", frame[4:6])
            if self._held(api_key):
                self.holding.set()
                self._pass.wait()
            if not _sent(broker, frame):
                break
        broker.close()

    def _answers(self, broker: socket.socket, client: socket.socket) -> None:
        theirs, ours = (
            self._host.encode() + struct.pack(">i", port) for port in (self._broker[1], int(self.address.split(":")[1]))
        )
        while frame := _frame(broker):
            if not _sent(client, frame.replace(theirs, ours)):
                break
        client.close()


def _frame(line: socket.socket) -> bytes:
    """The next whole message, its length before it; empty at the end."""
    length = _exactly(line, 4)
    body = _exactly(line, struct.unpack(">i", length)[0]) if length else b""
    return length + body if body else b""


def _exactly(line: socket.socket, count: int) -> bytes:
    found = bytearray()
    try:
        while len(found) < count:
            part = line.recv(count - len(found))
            if not part:
                return b""
            found += part
    except OSError:
        return b""
    return bytes(found)


def _sent(line: socket.socket, frame: bytes) -> bool:
    try:
        line.sendall(frame)
    except OSError:
        return False
    return True
