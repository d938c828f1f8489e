"""`make guards`: take each guard of the engine out, one by one, and see that the tests notice, every time.

Works on a copy of the files as they are, in `var/`. A guard that cannot be found any more is an error: this list moves
with the code.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ops.servers.workspace import CHECKOUT
from tests.copies import copy_of_checkout

RED = 1  # pytest: some tests failed. Anything else is not a test that noticed
TEST_SECONDS_MAX = 90
SECONDS_MAX = 900
DECIDING = "streams/runtime/deciding.py"
EPOCH = "streams/runtime/epoch.py"
FEED = "streams/runtime/feed.py"
FETCHING = "streams/runtime/fetching.py"
LOADING = "streams/runtime/loading.py"
WATCHDOG = "streams/runtime/watchdog.py"
ON_KAFKA = "tests/runtime/test_epoch_on_kafka.py"
FAULTS = "tests/runtime/test_worker_faults.py"
LATE = "tests/runtime/test_guards_on_kafka.py"
PURE = "tests/runtime/test_deciding.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What keeps something from going wrong, what is left without it, and the tests that must then fail."""

    name: str
    file: str
    code: str
    without: str
    tests: tuple[str, ...]


GUARDS = (
    Guard(
        name="append order: a transaction waits for the other producer's records",
        file=EPOCH,
        code="            await self._appended.wait()\n",
        without="",
        tests=(LATE,),
    ),
    Guard(
        name="fence: offsets carry generation and member",
        file=EPOCH,
        code="commit, producer, offsets, self.fence.metadata)",
        without="commit, producer, offsets, "
        'b"CGMDv2:\\xff\\xff\\xff\\xff" + self.fence.group.encode() + b"\\0\\0\\x01")',
        tests=(ON_KAFKA,),
    ),
    Guard(
        name="fence: nobody in particular has no epoch",
        file=FEED,
        code="if self.generation <= 0 or not self.member:",
        without="if False:",
        tests=("tests/runtime/test_epoch.py",),
    ),
    Guard(
        name="position before state",
        file=LOADING,
        code="        table.position = _position(reader, log, _commands(settings, table), partition, progress)\n"
        "        progress.of = end = log_end(settings, state, partition)\n",
        without="        progress.of = end = log_end(settings, state, partition)\n"
        "        table.position = _position(reader, log, _commands(settings, table), partition, progress)\n",
        tests=(LATE,),
    ),
    Guard(
        name="the log's end counts open transactions",
        file="connectors/kafka/client.py",
        code='"log-end", **{"isolation.level": "read_uncommitted"})',
        without='"log-end")',
        tests=("tests/runtime/test_loading.py",),
    ),
    Guard(
        name="first outcome: a command id decides once",
        file=DECIDING,
        code="        if first is not None:\n",
        without="        if False:\n",
        tests=(PURE,),
    ),
    Guard(
        name="an answer is for the aggregate that its address names",
        file=DECIDING,
        code="if not own or own != key:",
        without="if False:",
        tests=("tests/runtime/test_answers.py",),
    ),
    Guard(
        name="what may have been forgotten is not decided again",
        file=DECIDING,
        code="if envelope.issued_at <= table.outcomes.low_watermark and",
        without="if False and",
        tests=("tests/runtime/test_remembered.py",),
    ),
    Guard(
        name="a record below the position is not taken again",
        file=DECIDING,
        code="if table.halted or fetched.offset < table.position:",
        without="if table.halted:",
        tests=(PURE,),
    ),
    Guard(
        name="a bug halts its partition",
        file=DECIDING,
        code="        if not table.halted:\n            table.position = fetched.offset + 1\n",
        without="        table.position = fetched.offset + 1\n",
        tests=(PURE,),
    ),
    Guard(
        name="lost fetch: a gap before a fetch sends the consumer back",
        file=FETCHING,
        code="if await self._beyond_a_gap(table, fetch.records[0].offset):",
        without="if False:",
        tests=(ON_KAFKA,),
    ),
    Guard(
        name="lost fetch: an epoch reads from its own positions on",
        file=EPOCH,
        code="            await self.fetching.begin(table)\n",
        without="            pass\n",
        tests=(ON_KAFKA,),
    ),
    Guard(
        name="lost fetch: what nothing follows is missed",
        file=FETCHING,
        code="beats % BEATS_TO_COME == 0:\n            await self.again(table)\n",
        without="beats % BEATS_TO_COME == 0:\n            pass\n",
        tests=(FAULTS,),
    ),
    Guard(
        name="an epoch that ends while it loads does not wait for that",
        file=EPOCH,
        code="run_in_executor(self._writers, call",
        without="run_in_executor(self._readers, call",
        tests=(LATE,),
    ),
    Guard(
        name="a fetch of an older generation is dropped",
        file=EPOCH,
        code="if fetch.generation != self.fence.generation or self._stopped.is_set():",
        without="if self._stopped.is_set():",
        tests=("tests/runtime/test_epoch.py",),
    ),
    Guard(
        name="kept tables: what is not known to be committed is read back",
        file=EPOCH,
        code="tp not in unsure and table.halted is None",
        without="table.halted is None",
        tests=(ON_KAFKA,),
    ),
    Guard(
        name="kept tables: only from the generation before",
        file=FEED,
        code="return self.member == other.member and self.generation == other.generation + 1",
        without="return self.member == other.member",
        tests=("tests/runtime/test_epoch.py",),
    ),
    Guard(
        name="a call of the client that does not come back ends the wait",
        file=EPOCH,
        code="asyncio.wait({answer}, timeout=seconds)",
        without="asyncio.wait({answer})",
        tests=("tests/runtime/test_epoch.py",),
    ),
    Guard(
        name="timers wait for the commands before them",
        file=LOADING,
        code="        table.caught_up_at = _last_command(settings, reader, table, progress)\n    finally:\n"
        "        reader.close()\n    return table\n",
        without="    finally:\n        reader.close()\n    return table\n",
        tests=("tests/runtime/test_loading.py",),
    ),
    Guard(
        name="watchdog: no progress",
        file=WATCHDOG,
        code="if now - self._progress_at() > self._silence_max:",
        without="if False:",
        tests=("tests/runtime/test_watchdog.py",),
    ),
    Guard(
        name="watchdog: stopped for longer than its session",
        file=WATCHDOG,
        code="if now - last > self._pause_max:",
        without="if False:",
        tests=("tests/runtime/test_watchdog.py",),
    ),
)


def outcome(copy: Path, tests: tuple[str, ...]) -> int:
    """pytest's exit status. It runs in the copy, whose modules come before the installed ones."""
    at_most = f"--timeout={TEST_SECONDS_MAX}"  # without its guard a call may never come back
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", at_most, *tests]
    with (copy / "pytest.log").open("w") as log:
        done = subprocess.run(command, cwd=copy, stdout=log, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    return done.returncode


def noticed(copy: Path, guard: Guard) -> bool:
    """Whether the tests fail without it. Raises LookupError when the guard is not where the list says."""
    file = copy / guard.file
    whole = file.read_text()
    if whole.count(guard.code) != 1:
        raise LookupError(f"{guard.name}: its code stands {whole.count(guard.code)} times in {guard.file}, not once")
    file.write_text(whole.replace(guard.code, guard.without))
    try:
        return outcome(copy, guard.tests) == RED
    finally:
        file.write_text(whole)


def main() -> int:
    """0 when every guard is noticed, and the tests pass with all of them in place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only guards whose name contains one of these")
    words = parser.parse_args().words
    copy = copy_of_checkout(CHECKOUT / "var" / f"guards-{uuid.uuid4().hex[:6]}")
    say, missed = Console(), []
    chosen = [guard for guard in GUARDS if not words or any(word in guard.name for word in words)]
    table = Table("taken out", "noticed", "s")
    try:
        tests = tuple(sorted({test for guard in chosen for test in guard.tests}))
        say.print(f"with every guard in place: {', '.join(tests)}")
        if outcome(copy, tests):
            say.print((copy / "pytest.log").read_text()[-3000:])
            say.print("[red]they fail as the code is: nothing can be learned[/red]")
            return 1
        for number, guard in enumerate(chosen, 1):
            began = time.monotonic()
            seen = noticed(copy, guard)
            missed += [] if seen else [guard.name]
            table.add_row(guard.name, "yes" if seen else "[red]NO[/red]", f"{time.monotonic() - began:.0f}")
            say.print(f"  {number:>2}/{len(chosen)} {'noticed' if seen else 'MISSED '}  {guard.name}")
    finally:
        shutil.rmtree(copy)
    say.print(table)
    say.print(f"{len(chosen) - len(missed)} of {len(chosen)} guards are noticed when they are gone")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
