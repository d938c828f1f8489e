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

# pip is silent for minutes, or says far too much: so it writes a log, and every ten seconds we say how far it is.
log=.venv/pip.log
wanted=$(grep -c '^[a-z].*==' ops/requirements.lock)
.venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r ops/requirements.lock >"$log" 2>&1 &
pip=$!
trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM
ticks=0
while kill -0 "$pip" 2>/dev/null; do
    sleep 1
    ticks=$((ticks + 1))
    [ $((ticks % 10)) = 0 ] || continue
    if grep -q '^Installing collected' "$log"; then doing="unpacking them"; else doing="fetching"; fi
    say "$(($(date +%s) - began)) s: $(grep -c '^Collecting' "$log" || true) of $wanted packages found, $doing"
done
wait "$pip" || { tail -n 20 "$log" >&2; say "pip failed; all it said is in $log"; exit 1; }

PYTHONWARNINGS=ignore .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
say "done in $(($(date +%s) - began)) s"
