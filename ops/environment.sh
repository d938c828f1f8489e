# Make .venv from the locked requirements. Called by the Makefile, with its folder as the working directory.
set -eu

say() { printf '  %s\n' "$*" >&2; }

command -v "$PYTHON" >/dev/null || { say "Python 3.11 is needed: $PYTHON was not found. Name another: make PYTHON=/path/to/python3.11"; exit 1; }
"$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { say "Python 3.11 is needed; $PYTHON is another."; exit 1; }

# Debian's Python comes without what `venv` needs.
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    line="apt-get install -y --no-install-recommends python3-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing python3-venv with apt-get, once"
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive $line; } >/dev/null
    else
        say "Python's venv module is missing. Type: sudo $line"
        exit 1
    fi
fi

began=$(date +%s)
say "making .venv from ops/requirements.lock"
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r ops/requirements.lock
PYTHONWARNINGS=ignore .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
say "done in $(($(date +%s) - began)) s"
