"""The process in which files are decoded: away from the one that answers for its health, and dispensable.

A file on which the decoder dies takes this process with it and nothing else. It gets a second chance in a new one: the
first may have died of something else, of the machine's lack of memory, say.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

from connectors.s3.pictures import Pictures, Rejected, pictures_of
from schemas.catalogue.images import ImageFile, ImageRejection

NICE = 10  # shoppers come first
FILES_PER_PROCESS = 50  # memory that the codecs hold on to is given back
CHANCES = 2


class Studio:
    """One process, one file after another; whoever comes meanwhile waits."""

    def __init__(self) -> None:
        self._lock, self._pool = threading.Lock(), _pool()

    def pictures_of(self, original: bytes, announced: ImageFile) -> Pictures:
        """The renditions of a file. Raises Rejected."""
        with self._lock:
            for _ in range(CHANCES):
                try:
                    return self._pool.submit(pictures_of, original, announced).result()
                except BrokenProcessPool:
                    self._pool.shutdown(wait=False)
                    self._pool = _pool()
        raise Rejected(ImageRejection.BROKEN, "the decoder died of it")

    def close(self) -> None:
        """What it is about is finished."""
        self._pool.shutdown(cancel_futures=True)


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),  # a fork of a process with Kafka's threads is none
        initializer=_begin,
        max_tasks_per_child=FILES_PER_PROCESS,
    )


def _begin() -> None:
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, for all its processes; the parent ends this one
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])  # a parent that is killed says nothing on the pipe
    os._exit(1)
