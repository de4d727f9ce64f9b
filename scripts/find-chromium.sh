#!/bin/sh
# Prints the path of a Chromium for the browser tests, and installs one if necessary. Prints nothing for Playwright's own,
# which Playwright finds by itself.
set -eu

for candidate in "${CHROMIUM:-}" google-chrome google-chrome-stable chromium chromium-browser; do
  if [ -n "$candidate" ] && command -v "$candidate"; then
    exit 0
  fi
done

if [ "$(id -u)" = 0 ] && grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
  echo "setup: Chromium" >&2
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
  command -v chromium
  exit 0
fi

CDPATH='' cd -- "$(dirname -- "$0")/.."
npx playwright install chromium >&2
