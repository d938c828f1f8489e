"""A thread of the edge that reads the log."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import structlog

from connectors.kafka.client import consumer
from connectors.kafka.types import Consumer, Message
from process.settings import Settings

LOG = structlog.get_logger()
BATCH_MAX = 1_000
POLL_SECONDS = 0.5


class LogReader(ABC):
    """Reads partitions from offsets of its own choice. The process ends, and is restarted, when it dies."""

    def __init__(self, settings: Settings, name: str, on_death: Callable[[], None], **options: Any) -> None:
        self.ready = False
        self.settings = settings
        self._name, self._on_death, self._options = name, on_death, options
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    @abstractmethod
    def begin(self, reader: Consumer) -> None:
        """Assign the partitions. In the thread."""

    @abstractmethod
    def take(self, messages: list[Message]) -> None:
        """Take in what was read. In the thread."""

    def _run(self) -> None:
        reader = consumer(self.settings, self._name, **self._options)
        try:
            self.begin(reader)
            while not self._stopping.is_set():
                first = reader.poll(POLL_SECONDS)
                if first is not None:
                    self.take([first, *reader.consume(BATCH_MAX, 0)])
        except Exception:
            LOG.critical("log_reader_died", reader=self._name, exc_info=True, help="the process is to be restarted")
            self._on_death()
        finally:
            self.ready = False
            reader.close()
