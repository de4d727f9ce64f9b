#!/bin/sh
# Translates TRUSTED_PROXIES for Caddy: `private, 192.0.2.0/24` becomes `private_ranges 192.0.2.0/24`.
set -eu
TRUSTED_RANGES=$(printf %s "${TRUSTED_PROXIES:-}" | sed -E 's/[[:space:],]+/ /g; s/(^| )private( |$)/\1private_ranges\2/')
export TRUSTED_RANGES
exec "$@"
