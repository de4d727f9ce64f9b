#!/bin/sh
# Checks a container's health: /readyz until it has answered 200 once, then /healthz. /readyz queries the database, and
# frequent calls would keep a database awake that sleeps when idle, such as Neon's.
#
# Arguments: a command that takes a path, and fails unless that answers 200.
set -eu
# A Kubernetes Service or linked container named uvicorn sets UVICORN_PORT=tcp://10.0.0.1:80.
case ${UVICORN_PORT:-} in *://*) unset UVICORN_PORT ;; esac
if [ -e /tmp/was-ready ]; then
  exec "$@" /healthz
fi
"$@" /readyz
touch /tmp/was-ready
