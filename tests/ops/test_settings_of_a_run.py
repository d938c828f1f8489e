"""Settings of one run of the stack: from its shell or the defaults, never from the run before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.kafka.log_identity import LogRefused
from ops import topics
from ops.servers import addresses
from ops.servers.native import Native
from ops.servers.processes import Process
from ops.servers.stack import Stack
from ops.servers.switch import Mode
from ops.servers.workspace import Workspace
from tests.waiting import eventually

HOLDS = "BLOOMFIELD_HOLD_SECONDS"


def native(workspace: Workspace, **environment: str) -> Stack:
    return Stack(workspace, foreign={}, mode=Mode.NATIVE, owner=os.getpid(), environment=environment)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A shell that says nothing of ours yet."""
    for name in [name for name in os.environ if name.startswith("BLOOMFIELD_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_a_demonstrations_short_holds_end_with_it(workspace: Workspace, shell: pytest.MonkeyPatch) -> None:
    demonstration = native(workspace, **{HOLDS: "20"})
    assert demonstration.settings().hold_seconds == 20
    demonstration.up(["redis"])
    try:
        for name, value in addresses.known(demonstration.addresses_path, os.environ).items():
            shell.setenv(name, value)  # as the `bloomfield` command does first of all
        assert os.environ["BLOOMFIELD_REDIS"] == demonstration.addresses.redis
        assert native(workspace).settings().hold_seconds == 900
    finally:
        demonstration.down()


def test_what_the_shell_says_wins_over_the_file(workspace: Workspace, shell: pytest.MonkeyPatch) -> None:
    workspace.make()
    file = workspace.run / "addresses.env"
    addresses.write(file, {"BLOOMFIELD_API": "http://here", HOLDS: "20", "BLOOMFIELD_TOPIC_PREFIX": "t."})
    assert addresses.known(file, {}) == {"BLOOMFIELD_API": "http://here", "BLOOMFIELD_TOPIC_PREFIX": "t."}
    assert addresses.known(file, {"BLOOMFIELD_TOPIC_PREFIX": "mine."}) == {"BLOOMFIELD_API": "http://here"}
    assert addresses.known(file, {"BLOOMFIELD_KAFKA": "broker:9092"}) == {}, "the file knows another workspace"
    addresses.write(file, {"BLOOMFIELD_KAFKA": "broker:9092", "BLOOMFIELD_API": "http://here"})
    found = addresses.known(file, {"BLOOMFIELD_KAFKA": "broker:9092"})
    assert found == {"BLOOMFIELD_API": "http://here"}, "the same workspace, whose Kafka is elsewhere"
    shell.setenv(HOLDS, "60")
    assert native(workspace).settings().hold_seconds == 60


@pytest.fixture
def sleepers(workspace: Workspace) -> Iterator[Native]:
    workspace.make()
    runner = Native(workspace, owner=os.getpid())
    yield runner
    runner.shutdown()


def sleeper(pace: Path) -> Callable[[], tuple[str, ...]]:
    return lambda: ("/bin/sh", "-c", f'echo "$PACE" > {pace}; exec sleep 600')


def begin(runner: Native, paces: dict[str, str], folder: Path) -> None:
    known = [
        Process(
            name=name,
            command=sleeper(folder / f"{name}.pace"),
            environment={"PACE": pace},
            port=0,
            ready=lambda: None,
        )
        for name, pace in paces.items()
    ]
    runner.prepare(known, [])


def test_only_what_runs_with_other_settings_is_started_again(
    sleepers: Native, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def pace(name: str) -> str:
        file = workspace.data / f"{name}.pace"
        return file.read_text().strip() if file.exists() else ""

    begin(sleepers, {"one": "slow", "two": "slow", "idle": "slow"}, workspace.data)
    for name in ("one", "two"):
        sleepers.start(name)
        eventually(lambda name=name: pace(name) == "slow")
    before = sleepers.pid("one"), sleepers.pid("two")
    begin(sleepers, {"one": "fast", "two": "slow", "idle": "fast"}, workspace.data)
    eventually(lambda: pace("one") == "fast")
    assert sleepers.pid("one") not in (None, before[0])
    assert sleepers.pid("two") == before[1]
    assert sleepers.pid("idle") is None
    assert "started again, for PACE changed: one\n" in capsys.readouterr().err


def test_a_shell_that_counts_partitions_otherwise_replaces_nothing_of_a_shop_that_runs(
    workspace: Workspace, shell: pytest.MonkeyPatch
) -> None:
    shop = native(workspace)
    shop.up(["kafka"])
    try:
        topics.create(shop.settings())
        before = shop.runner.running(), shop.pid("kafka")
        with pytest.raises(LogRefused, match="BLOOMFIELD_PARTITIONS is 5 here"):
            native(workspace, BLOOMFIELD_PARTITIONS="5").up()
        assert (shop.runner.running(), shop.pid("kafka")) == before
    finally:
        shop.down()
