#!/bin/sh
# Runs a program in a container with its secrets in the environment: each file in /run/secrets, and in
# /run/migration-secrets where migrations run, is a setting of that name. So they show neither in the image nor in `docker inspect`. What the environment says already wins. A file with a name
# that no setting can have, such as ca.crt, is for whoever names it.
set -eu
for file in /run/secrets/* /run/migration-secrets/*; do
  name=${file##*/}
  case $name in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
  if [ -f "$file" ] && [ -z "$(printenv "$name" || true)" ]; then
    export "$name=$(cat "$file")"
  fi
done
exec "$@"
