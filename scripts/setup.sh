#!/bin/sh
# Installs what the targets of the Makefile need: setup.sh dev|test|FOLDER [PYTHON]. Does nothing if it is there already.
#
# PYTHON makes a new .venv unless it made the current one. Without it, a .venv that works stays, whatever python3 is.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
python=${2:-.venv/bin/python}
if [ -z "${2:-}" ] && ! "$python" -c '' 2>/dev/null; then
  python=python3
  # .venv comes first in PATH, and may be broken.
  PATH=$(printf %s "$PATH" | tr : '\n' | grep -vxF "$(pwd -P)/.venv/bin" | paste -sd : -)
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  version=$("$python" --version 2>/dev/null || echo missing)
  echo "Python 3.11 or newer is needed, but $python is ${version#Python }. Name another one: make PYTHON=python3.12" >&2
  exit 1
fi
exec "$python" scripts/setup.py "$1"
