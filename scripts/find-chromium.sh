#!/bin/sh
# Prints the path of a Chromium for the browser tests, and installs one if necessary. Prints nothing for Playwright's own,
# which Playwright finds by itself.
#
# With --shell it prefers the headless shell: the same engine without what else makes a browser. It takes a third less time.
set -eu

use_first_of() {
  for candidate in "$@"; do
    if command -v "$candidate"; then exit 0; fi
  done
}

install_package() {
  if [ "$(id -u)" = 0 ] && grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
    echo "setup: $1" >&2
    apt-get update -qq >&2 &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >&2
  fi
}

use_first_of ${CHROMIUM:+"$CHROMIUM"}
if [ "${1:-}" = --shell ]; then
  use_first_of chromium-headless-shell
  install_package chromium-headless-shell || true # Older releases do not have it.
  use_first_of chromium-headless-shell
fi
use_first_of google-chrome google-chrome-stable chromium chromium-browser
install_package chromium
use_first_of chromium

CDPATH='' cd -- "$(dirname -- "$0")/.."
npx playwright install chromium >&2
