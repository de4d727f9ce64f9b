#!/bin/bash
# Makes the roles and schemas in the database of DATABASE_URL, and sets the roles' passwords. Can be run again at any time.
set -euo pipefail
if [ -z "${DATABASE_URL:-}" ]; then
  echo "bootstrap: nothing to do, the roles are those of AUTH_DATABASE_URL and API_DATABASE_URL"
  exit 0
fi

# The password goes by the environment: arguments show in lists of processes.
if [[ $DATABASE_URL =~ ^([a-z]+://[^:/@]+):([^/@]*)@(.+)$ ]]; then
  encoded=${BASH_REMATCH[2]}
  PGPASSWORD=$(printf '%b' "${encoded//%/\\x}")
  export PGPASSWORD
  DATABASE_URL=${BASH_REMATCH[1]}@${BASH_REMATCH[3]}
fi
# As in both services: where there is TLS the server is verified.
DATABASE_URL=$(sed -E 's/([?&]sslmode=)(allow|prefer|require|verify-ca)(&|$)/\1verify-full\3/' <<<"$DATABASE_URL")
export PGSSLROOTCERT=/etc/ssl/certs/ca-certificates.crt PGCONNECT_TIMEOUT=30
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file /taskchat/bootstrap.sql "$DATABASE_URL"
echo "bootstrap: roles and schemas are up to date"
