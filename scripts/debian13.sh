#!/usr/bin/env bash
# Unpacks Debian 13's skopeo 1.18 and imgcrypt (ctd-decoder) with their libraries into a folder, without installing
# anything: scripts/debian13.sh DIR
#
# The packages come from this machine's own Debian archive, suite trixie. DIR/bin/skopeo and DIR/bin/ctd-decoder start
# them with their own C library, so the system's may be older. The folder of the programs is printed on stdout;
# existing programs are kept.
set -euo pipefail

dir="${1:?usage: scripts/debian13.sh DIR}"
mkdir -p "$dir"
dir="$(cd "$dir" && pwd)"
say() { echo "debian13: $*" >&2; }

if [ ! -x "$dir/bin/skopeo" ] || [ ! -x "$dir/bin/ctd-decoder" ]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    say "needs apt-get and dpkg-deb; put skopeo 1.18 or later and ctd-decoder into $dir/bin yourself"
    exit 1
  }
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/packages"
  # shellcheck source=/dev/null
  codename="$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME")" || {
    say "this is not Debian; put skopeo 1.18 or later and ctd-decoder into $dir/bin yourself"
    exit 1
  }

  # The archive that serves this release serves trixie, too: the sources of the release itself (not of its updates or
  # of its security fixes) with the other suite, in both forms that apt knows.
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    awk -v suite="$codename" 'BEGIN { RS = ""; ORS = "\n\n" } {
      if ($0 ~ "(^|\n)Suites:[^\n]*[ \t]" suite "([ \t\n]|$)") {
        gsub(/(^|\n)#[^\n]*/, ""); sub(/^\n/, ""); sub(/Suites:[^\n]*/, "Suites: trixie"); sub(/Components:[^\n]*/, "Components: main")
        print
      }
    }' "$file"
  done >"$work/trixie.sources"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -nE "s/^(deb([ \t]+\[[^]]*\])?[ \t]+[^ \t]+)[ \t]+$codename([ \t].*)?\$/\1 trixie main/p" "$file"
  done >"$work/trixie.list"
  sources="$work/trixie.sources"
  [ -s "$sources" ] || sources="$work/trixie.list"
  [ -s "$sources" ] || { say "the sources of apt have no Debian archive (release $codename)"; exit 1; }

  apt=(apt-get -q -o "Dir::Etc::SourceList=$sources" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$work/state"
    -o Dir::State::status=/dev/null -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=)
  say "fetching skopeo and imgcrypt of Debian 13"
  "${apt[@]}" update >&2
  (cd "$work/packages" &&
    "${apt[@]}" download skopeo imgcrypt libc6 libgpgme11t64 libassuan9 libgpg-error0 libsqlite3-0) >&2
  mkdir "$work/root"
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done

  libraries="$(dirname "$(find "$work/root" -name libc.so.6 | head -n 1)")"
  loader="$(find "$work/root" -name 'ld-linux*.so.*' | head -n 1)"
  rm -rf "$dir/lib" "$dir/libexec" "$dir/bin"
  mkdir -p "$dir/lib" "$dir/libexec" "$dir/bin"
  cp -a "$libraries"/*.so* "$dir/lib/"
  cp "$loader" "$dir/libexec/loader"
  find "$work/root" -name 'lib*.so*' -not -path "$libraries/*" -exec cp -an {} "$dir/lib/" \;
  for program in skopeo ctd-decoder; do
    cp "$work/root/usr/bin/$program" "$dir/libexec/$program"
    cat >"$dir/bin/$program.new" <<WRAPPER
#!/bin/sh
base="\$(dirname "\$(readlink -f "\$0")")/.."
exec "\$base/libexec/loader" --library-path "\$base/lib" "\$base/libexec/$program" "\$@"
WRAPPER
    chmod 755 "$dir/bin/$program.new"
    mv "$dir/bin/$program.new" "$dir/bin/$program"
  done
  "$dir/bin/skopeo" --version >&2
fi
echo "$dir/bin"
