#!/bin/sh
# Runs a program in a container with its secrets in the environment: each file in /run/secrets is a setting of that name.
# So they show neither in the image nor in `docker inspect`. What the environment says already wins.
set -eu
for file in /run/secrets/*; do
  name=${file##*/}
  if [ -f "$file" ] && [ -z "$(printenv "$name" || true)" ]; then
    export "$name=$(cat "$file")"
  fi
done
exec "$@"
