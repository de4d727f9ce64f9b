#!/bin/sh
# Runs a program with secrets from files in its environment, so that they show neither in the image nor in `docker inspect`.
#
# Each file in /run/secrets, and for migrations in /run/migration-secrets, is the setting of that name. Variables that are
# already set win. Files whose names can't be settings, such as ca.crt, are ignored.
set -eu
# A Kubernetes Service or linked container named uvicorn sets UVICORN_PORT=tcp://10.0.0.1:80.
case ${UVICORN_PORT:-} in *://*) unset UVICORN_PORT ;; esac
for file in /run/secrets/* /run/migration-secrets/*; do
  name=${file##*/}
  case $name in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
  if [ -f "$file" ] && [ -z "$(printenv "$name" || true)" ]; then
    export "$name=$(cat "$file")"
  fi
done
exec "$@"
