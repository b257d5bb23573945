#!/bin/sh
# Makes $VENV if it is not there and installs a requirements file into it: sh scripts/venv.sh requirements.txt
set -eu

if [ ! -x "$VENV/bin/python" ]; then
    python=
    for name in python3.12 python3.11 python3.13 python3 python; do
        # A name on PATH may be an empty shim or an old version: ask it.
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$name
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "DDPM Lab needs Python 3.11 or newer, and none was found on PATH. Install it from https://www.python.org/downloads/." >&2
        exit 1
    fi
    options=
    [ "${DDPM_SYSTEM_PACKAGES:-0}" = 1 ] && options=--system-site-packages
    echo "Making $VENV with $("$python" --version)"
    if ! "$python" -m venv $options "$VENV"; then
        rm -rf "$VENV"
        echo "$python could not make an environment. On Debian and Ubuntu: apt install python3-venv." >&2
        exit 1
    fi
fi

echo "Installing $1 (once; a few minutes)"
"$VENV/bin/python" -m pip install --disable-pip-version-check -r "$1"
