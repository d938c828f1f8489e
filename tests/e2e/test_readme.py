"""What README tells a newcomer to type."""

from __future__ import annotations

import os
import subprocess

from ops.servers.install import system_packages
from ops.servers.programs import CURL
from ops.servers.stack import Stack
from ops.servers.workspace import CHECKOUT
from tests.e2e.edge_clients import Edge

MAKE_A_TOKEN = "$(.venv/bin/bloomfield token --role staff)"


def test_buying_something_by_hand_ends_with_a_confirmed_order(edge: Edge, stack: Stack) -> None:
    section = (CHECKOUT / "README.md").read_text().split("## Buy something by hand")[1]
    start, _, typed = section.split("```")[1].strip().partition("\n")
    assert start.startswith("make up"), "what this test has done already"
    assert MAKE_A_TOKEN in typed
    addresses = {"BLOOMFIELD_API": stack.addresses.api, "BLOOMFIELD_STRIPE": stack.addresses.stripe}
    system_packages([CURL])
    seen = subprocess.run(
        ["bash", "-eu"],
        input=typed.replace(MAKE_A_TOKEN, edge.token),
        env={"PATH": os.environ["PATH"], **addresses},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert '"status":"confirmed"' in seen.stdout.splitlines()[-1], seen.stderr
