#!/bin/bash
# Makes the roles and schemas in the database of DATABASE_URL, and sets the roles' passwords. Can be run again at any time.
#
# The URL means what packages/shared-schema/README.md says. Its parts go to psql by the environment: arguments show in
# lists of processes.
set -euo pipefail
if [ -z "${DATABASE_URL:-}" ]; then
  echo "bootstrap: nothing to do, the roles are those of AUTH_DATABASE_URL, API_DATABASE_URL and the two for the migrations"
  exit 0
fi

decoded() {
  local text=${1//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}

shopt -s nocasematch
read -r url <<<"$DATABASE_URL"
if [[ ! $url =~ ^postgres(ql)?(\+[a-z0-9]+)?://([^:/@]+)(:([^/]*))?@([^/?@]+)/([^?]+)(\?(.*))?$ ]]; then
  echo "bootstrap: DATABASE_URL must look like postgresql://owner:password@host:5432/database" >&2
  exit 1
fi
parts=("${BASH_REMATCH[@]}")
PGUSER=$(decoded "${parts[3]}")
PGPASSWORD=$(decoded "${parts[5]}")
PGDATABASE=$(decoded "${parts[7]}")
address=${parts[6]}
[[ $address =~ ^([^.]+)-pooler(\..*\.neon\.tech(:[0-9]*)?)$ ]] && address=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
address=${DATABASE_DIRECT_HOST:-$address}
if [[ ! $address =~ ^(\[([0-9a-f:.]+)\]|[a-z0-9._-]+)(:([0-9]*))?$ ]]; then
  echo "bootstrap: DATABASE_URL or DATABASE_DIRECT_HOST has no proper host and port, such as db.example.com:5432 or [::1]:5432" >&2
  exit 1
fi
PGHOST=${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}
PGPORT=${BASH_REMATCH[4]:-5432}
export PGUSER PGPASSWORD PGDATABASE PGHOST PGPORT PGCONNECT_TIMEOUT=30

# Encrypted and verified, or neither. Unless the URL says, neither is for names without a dot and for this machine.
PGSSLMODE=verify-full
PGSSLROOTCERT=/etc/ssl/certs/ca-certificates.crt
[[ $PGHOST != *[.:]* || $PGHOST == ::1 || $PGHOST =~ ^127(\.[0-9]+){3}$ ]] && PGSSLMODE=disable
IFS='&' read -ra parameters <<<"${parts[9]}"
for parameter in "${parameters[@]}"; do
  case $parameter in
    sslmode=disable) PGSSLMODE=disable ;;
    sslmode=require | sslmode=verify-*) PGSSLMODE=verify-full ;;
    channel_binding=require) PGSSLMODE=verify-full && export PGCHANNELBINDING=require ;;
    sslrootcert=system) PGSSLMODE=verify-full ;;
    sslrootcert= | sslcert= | sslkey=) ;;
    sslcert=*) PGSSLMODE=verify-full PGSSLCERT=$(decoded "${parameter#*=}") && export PGSSLCERT ;;
    sslkey=*) PGSSLMODE=verify-full PGSSLKEY=$(decoded "${parameter#*=}") && export PGSSLKEY ;;
    sslrootcert=*) PGSSLMODE=verify-full PGSSLROOTCERT=$(decoded "${parameter#*=}") ;;
  esac
done
export PGSSLMODE PGSSLROOTCERT

# Try again where another session was faster: the services', while tables change owner, or another bootstrap.
attempts=5
exec 3>&1
until said=$(psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file /taskchat/bootstrap.sql 2>&1 >&3); do
  echo "$said" >&2
  [[ $said =~ (deadlock|lock timeout|concurrently) ]] && ((--attempts)) || exit 1
  sleep 1
done
[ -z "$said" ] || echo "$said" >&2
echo "bootstrap: roles and schemas are up to date"
