#!/bin/sh
# Installs PostgreSQL with TLS and PgBouncer for tests/poolers, on Debian and Ubuntu as root. Elsewhere it changes
# nothing: the tests then say in one line what they miss.
set -eu

postgres=$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null || true)
if [ -n "$postgres" ] && command -v pgbouncer >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! grep -q '^ID.*=.*debian' /etc/os-release 2>/dev/null; then exit 0; fi

echo "setup: PostgreSQL and PgBouncer" >&2
# The packages would start servers of their own; with this file in place they do not.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' > $policy
  chmod +x $policy
fi
apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql pgbouncer >&2
