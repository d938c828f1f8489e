"""Settings of an edge that reaches nothing, for tests that build it without a server."""

from __future__ import annotations

from pathlib import Path

from process.settings import Settings

NOWHERE = Settings(
    kafka="", registry="", postgres="", redis="", opensearch="", api="", stripe="", s3="", s3_public="",
    secrets=Path(), topic_prefix="", hold_seconds=1,
)  # fmt: skip
