"""Secrets of a local stack: random, made once, one file each, readable by their owner only.

In production the orchestrator mounts files of the same names; no secret ever travels in the environment.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

SECRETS: dict[str, Callable[[], str]] = {
    "postgres": lambda: secrets.token_urlsafe(24),
    "stripe_key": lambda: f"sk_test_{secrets.token_hex(24)}",
    "stripe_webhook": lambda: f"whsec_{secrets.token_hex(24)}",
    "staff_signing": lambda: secrets.token_hex(32),
    "s3_access_key": lambda: secrets.token_hex(10),
    "s3_secret_key": lambda: secrets.token_hex(20),
    "pseudonyms": lambda: secrets.token_hex(32),
}


def make_secrets(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, make in SECRETS.items():
        if not (folder / name).exists():
            write_secret(folder / name, make())


def write_secret(path: Path, text: str) -> None:
    """Never readable by others, not even for a moment: the mode is set when the file is made."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
