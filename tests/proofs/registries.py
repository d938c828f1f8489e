"""How this machine reaches the registries of packages, lent to a root that has nothing of its own.

A root knows Debian's mirror and the public registries. Where this machine goes another way (a mirror, a proxy, an
authority of its own), the same way is lent to it as it runs: read from this machine each time, written down nowhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ops.servers.programs import APT_GET, HERE
from ops.servers.steps import say

DEBIAN = "http://deb.debian.org/debian"
VARIABLES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
FILES_OF_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE")
AUTHORITIES = Path("/usr/local/share/ca-certificates")
OF_THE_SYSTEM = (Path("/etc/pip.conf"),)
OF_HOME = (Path(".config/pip/pip.conf"), Path(".pip/pip.conf"), Path(".m2/settings.xml"))


def debian_mirror() -> str:
    """Where apt fetches Debian 12 from here; Debian's own address where this is another system."""
    if not HERE.has(APT_GET):
        return DEBIAN
    asked = ["indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Component: main"]
    told = subprocess.run([HERE.program(APT_GET), *asked], capture_output=True, text=True, check=False).stdout
    return next(iter(told.split()), DEBIAN)


def variables(root: Path) -> dict[str, str]:
    """Those that are set here; of a file, only where it is the system's own and so is in the root as well."""
    values = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    files = {name: os.environ[name] for name in FILES_OF_VARIABLES if name in os.environ}
    return values | {name: file for name, file in files.items() if (root / file.lstrip("/")).is_file()}


def lend(root: Path) -> None:
    """Settings of pip and Maven, and authorities, which `update-ca-certificates` makes known; says what it is."""
    pairs = [(file, file) for file in (*OF_THE_SYSTEM, *AUTHORITIES.glob("*.crt"))]
    pairs += [(Path.home() / file, Path("/root") / file) for file in OF_HOME]
    lent = [(source, target) for source, target in pairs if source.is_file()]
    for source, target in lent:
        there = root / target.relative_to("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, there)
    names = [*(str(source) for source, _ in lent), *variables(root)]
    say(f"lent by this machine, to reach the registries: {', '.join(names) or 'nothing'}")
