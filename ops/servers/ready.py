"""Facts to wait for. A check returns None when its fact holds, and otherwise what it saw instead."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
from confluent_kafka import KafkaException

from connectors.kafka.client import admin

Check = Callable[[], str | None]

ANSWER_SECONDS_MAX = 2.0
LOG_TAIL_LINES = 15
REASON_CHARS_MAX = 500


def http_ok(url: str) -> Check:
    def check() -> str | None:
        try:
            answer = httpx.get(url, timeout=ANSWER_SECONDS_MAX, trust_env=False)
        except httpx.HTTPError as error:
            return f"GET {url}: {type(error).__name__}: {error}"
        return (
            None
            if answer.status_code == httpx.codes.OK
            else f"GET {url}: {answer.status_code} {answer.text[:REASON_CHARS_MAX].strip()}"
        )

    return check


def redis_answers(port: int) -> Check:
    """PING by hand: while it loads its log Redis accepts connections and answers -LOADING."""

    def check() -> str | None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX) as connection:
                connection.sendall(b"PING\r\n")
                answer = connection.recv(64)
        except OSError as error:
            return f"PING: {error}"
        return None if answer.startswith(b"+PONG") else f"PING: {answer!r}"

    return check


def postgres_answers(dsn: str, password: Callable[[], str]) -> Check:
    def check() -> str | None:
        try:
            with psycopg.connect(dsn, password=password(), connect_timeout=2) as connection:
                connection.execute("select 1")
        except psycopg.OperationalError as error:
            return f"select 1: {str(error).strip()}"
        return None

    return check


def kafka_answers(port: int) -> Check:
    """The port opens before the broker serves. A closed one is seen at once; the client would try for two seconds."""

    def check() -> str | None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX).close()
            brokers = admin(f"127.0.0.1:{port}").list_topics(timeout=2).brokers
        except (OSError, KafkaException) as error:
            return f"list topics: {error}"
        return None if brokers else "list topics: no broker has registered yet"

    return check


def log_tail(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        return f"{path}: nothing written yet"
    return "\n".join((f"{path}, last lines:", *(f"  {line}" for line in lines)))
