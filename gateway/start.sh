#!/bin/sh
# Translates settings for Caddy and runs the given command.
#
# A Kubernetes Service named api sets API_PORT=tcp://10.0.0.1:8000, API_SERVICE_HOST and more, as does a linked container. So
# no setting has a name that ends like these, and former settings that did are used only if they can't come from a Service.
set -eu

# Whether the text is a port.
is_port() {
  case $1 in '' | *[!0-9]* | ??????*) return 1 ;; esac
}

# Sets `host` and `port` to those in the setting $1, or else in its former names $2 and $3, or else to $4 and $5.
read_upstream() {
  eval "given=\${$1:-} host=\${$2:-} port=\${$3:-}"
  if [ -n "$given" ]; then
    if ! printf %s "$given" | grep -Eqx '([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}'; then
      echo "gateway: $1 must be host:port, such as $4:$5" >&2
      exit 1
    fi
    host=$(printf %s "${given%:*}" | tr -d '[]')
    port=${given##*:}
    return
  fi
  is_port "$port" || port=
  former=$host$port
  host=${host:-$4}
  port=${port:-$5}
  [ -z "$former" ] || echo "gateway: $2 and $3 are deprecated: set $1=$host:$port" >&2
}

# A Service named auth sets AUTH_SERVICE_HOST and AUTH_SERVICE_PORT, and names the same host in AUTH_PORT.
case ${AUTH_PORT:-} in
*"://${AUTH_SERVICE_HOST:-}:"* | *"://[${AUTH_SERVICE_HOST:-}]:"*) unset AUTH_SERVICE_HOST AUTH_SERVICE_PORT ;;
esac

read_upstream API_UPSTREAM API_HOST API_PORT api 8000
export API_UPSTREAM_HOST="$host" API_UPSTREAM_PORT="$port"
read_upstream AUTH_SERVICE_UPSTREAM AUTH_SERVICE_HOST AUTH_SERVICE_PORT auth-service 3001
export AUTH_SERVICE_UPSTREAM_HOST="$host" AUTH_SERVICE_UPSTREAM_PORT="$port"

# `private, 192.0.2.0/24` becomes `private_ranges 192.0.2.0/24`.
TRUSTED_RANGES=$(printf %s "${TRUSTED_PROXIES:-}" | sed -E 's/[[:space:],]+/ /g; s/(^| )private( |$)/\1private_ranges\2/')
export TRUSTED_RANGES
exec "$@"
