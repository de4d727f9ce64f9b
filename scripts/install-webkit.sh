#!/bin/sh
# Installs WebKitGTK, its WebDriver and a virtual screen for `make test-webkit`, on Debian and Ubuntu as root.
set -eu

if command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! grep -q '^ID.*=.*debian' /etc/os-release 2>/dev/null; then
  echo "WebKitWebDriver or Xvfb is missing. Install WebKitGTK's WebDriver and Xvfb; on Debian and Ubuntu:" >&2
  echo "sudo apt-get install webkit2gtk-driver xvfb" >&2
  exit 1
fi

echo "setup: WebKitGTK" >&2
apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends webkit2gtk-driver xvfb >&2
