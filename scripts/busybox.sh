#!/usr/bin/env bash
# Unpacks Debian's static busybox into a folder, without installing it: scripts/busybox.sh DIR
# The path of the program is printed on stdout. An existing busybox is kept.
set -euo pipefail

dir="${1:?usage: scripts/busybox.sh DIR}"
mkdir -p "$dir"
dir="$(cd "$dir" && pwd)"
if [ ! -x "$dir/busybox" ]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "busybox: needs apt-get and dpkg-deb; put a static busybox at $dir/busybox yourself" >&2
    exit 1
  }
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  # The download runs as another user where apt is configured so.
  chmod 755 "$work"
  echo "busybox: fetching the Debian package busybox-static" >&2
  (cd "$work" && { apt-get download -q busybox-static || { apt-get update -q && apt-get download -q busybox-static; }; }) >&2
  dpkg-deb -x "$work"/busybox-static_*.deb "$work/root"
  for candidate in "$work/root/bin/busybox" "$work/root/usr/bin/busybox"; do
    [ ! -f "$candidate" ] || { cp "$candidate" "$dir/busybox.new" && chmod 755 "$dir/busybox.new" && mv "$dir/busybox.new" "$dir/busybox"; }
  done
fi
echo "$dir/busybox"
