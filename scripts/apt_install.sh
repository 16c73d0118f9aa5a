#!/bin/sh
# Installs Debian packages, as root or through sudo, and says so: apt_install.sh PACKAGE…
set -eu
echo "Installing $* with apt-get."
if ! command -v apt-get >/dev/null; then
    echo "There is no apt-get here. Install $* in this system's own way and start again." >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "That needs root, and there is no sudo. As root: apt-get install $*" >&2
        exit 1
    fi
    as_root=sudo
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
