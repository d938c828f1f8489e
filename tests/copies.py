"""The checkout as it is, in a folder that a test may change."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ops.servers.workspace import CHECKOUT


def copy_of_checkout(copy: Path) -> Path:
    """Its files, uncommitted changes and all. What runs there has its modules before the installed ones."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in names.stdout.splitlines():
        if (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, copy / name)
    (copy / "var").mkdir()
    (CHECKOUT / "var/opt").mkdir(parents=True, exist_ok=True)  # empty on a machine that has started nothing yet
    (copy / "var/opt").symlink_to(CHECKOUT / "var/opt")
    return copy
