"""The watchdog ends a real process: one that no longer gets on, and one that slept through its session."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading

from streams.runtime.watchdog import BROKER_LOOKS, EXIT_STATUS, BrokerWatch

CHILD = """
import sys, time
from streams.runtime.watchdog import Watchdog
pause, silence, moves = (float(each) for each in sys.argv[1:])
began = time.monotonic()
Watchdog(pause_seconds_max=pause, silence_seconds_max=silence,
         progress_at=lambda: time.monotonic() if moves else began).start()
print("watched", flush=True)
time.sleep(600)
"""


def watched(pause: float, silence: float, *, moves: bool) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(pause), str(silence), str(int(moves))]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "watched\n"
    return child


def test_a_process_that_does_not_get_on_is_ended() -> None:
    with watched(pause=600, silence=0.1, moves=False) as child:
        assert child.wait(60) == EXIT_STATUS
        assert child.stdout is not None and "no progress" in child.stdout.read()


def test_a_process_that_was_stopped_for_longer_than_its_session_is_ended() -> None:
    with watched(pause=2, silence=600, moves=True) as child:
        os.kill(child.pid, signal.SIGSTOP)
        threading.Event().wait(3)  # the harm itself: longer than its session
        os.kill(child.pid, signal.SIGCONT)
        assert child.wait(60) == EXIT_STATUS


WATCHES_BROKERS = """
import sys, time
from streams.runtime.watchdog import BrokerWatch
BrokerWatch(sys.argv[1]).start()
print("watched", flush=True)
time.sleep(600)
"""


def test_a_process_without_any_broker_is_ended_and_one_with_another_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        brokers = ",".join(f"127.0.0.1:{each.getsockname()[1]}" for each in (one, other))
        with subprocess.Popen(
            [sys.executable, "-c", WATCHES_BROKERS, brokers], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None and child.stdout.readline() == "watched\n"
            one.close()
            for _ in range(2 * BROKER_LOOKS):
                other.accept()[0].close()  # looked at again and again, and found
            assert child.poll() is None
            other.close()
            assert child.wait(60) == EXIT_STATUS
            assert "no broker takes connections" in child.stdout.read()


def test_brokers_are_found_as_clients_are_told_them() -> None:
    assert BrokerWatch("kafka, 10.0.0.1:29092,[::1]:9093").addresses == [
        ("kafka", 9092),
        ("10.0.0.1", 29092),
        ("::1", 9093),
    ]
