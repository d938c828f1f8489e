"""Ports and secrets of a workspace."""

from __future__ import annotations

import json
import socket
import stat

import pytest

from ops.servers import ports as port_book
from ops.servers.secret_files import SECRETS, make_secrets
from ops.servers.workspace import SOCKET_PATH_BYTES_MAX, Workspace


@pytest.fixture(autouse=True)
def _made(workspace: Workspace) -> None:
    workspace.make()


def test_ports_are_chosen_once_and_remembered(workspace: Workspace) -> None:
    first = dict(port_book.assign(workspace, ["redis", "kafka"]))
    assert json.loads((workspace.run / "ports.json").read_text()) == first
    assert port_book.assign(workspace, ["redis", "kafka"]) == first


def test_a_port_that_a_stranger_took_is_chosen_anew(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    before = dict(port_book.assign(workspace, ["redis", "kafka"]))
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", before["redis"]))
        stranger.listen()
        after = port_book.assign(workspace, ["redis", "kafka"])
    assert after["redis"] != before["redis"]
    assert after["kafka"] == before["kafka"]
    assert f"port {before['redis']} of redis was taken" in " ".join(capsys.readouterr().err.split())


def test_a_port_of_a_running_process_is_no_strangers(workspace: Workspace) -> None:
    before = dict(port_book.assign(workspace, ["redis"]))
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", before["redis"]))
        ours.listen()
        assert port_book.assign(workspace, ["redis"], running=["redis"]) == before


def test_secrets_are_random_and_for_their_owner_only(workspace: Workspace) -> None:
    make_secrets(workspace.secrets)
    texts = {name: (workspace.secrets / name).read_text() for name in SECRETS}
    assert len(set(texts.values())) == len(SECRETS)
    assert {stat.S_IMODE((workspace.secrets / name).stat().st_mode) for name in SECRETS} == {0o600}
    assert stat.S_IMODE(workspace.secrets.stat().st_mode) == 0o700
    make_secrets(workspace.secrets)
    assert texts == {name: (workspace.secrets / name).read_text() for name in SECRETS}, "made once"


def test_the_control_socket_fits_into_an_address_however_deep_the_checkout(workspace: Workspace) -> None:
    deep = Workspace(root=workspace.root / ("deep-" * 12) / ("deeper-" * 12))
    assert len(str(deep.control)) <= SOCKET_PATH_BYTES_MAX
