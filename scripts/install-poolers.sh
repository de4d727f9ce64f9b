#!/bin/sh
# Installs PostgreSQL with TLS and PgBouncer for tests/poolers, on Debian and Ubuntu as root. Does nothing elsewhere: the
# tests then say what is missing.
set -eu

postgres=$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null || true)
if [ -n "$postgres" ] && command -v pgbouncer >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! grep -q '^ID.*=.*debian' /etc/os-release 2>/dev/null; then exit 0; fi

echo "setup: PostgreSQL and PgBouncer" >&2
# This file keeps the packages from starting servers.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' > $policy
  chmod +x $policy
fi
apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql pgbouncer >&2
