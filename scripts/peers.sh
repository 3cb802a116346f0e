#!/usr/bin/env bash
# Builds the program of test/peers, which asks go-sev-guest and go-tdx-guest (versions: test/peers/go.mod) about evidence.
# Prints its path on stdout; built once for each state of the module, below .apoc/peers.
#
#   scripts/peers.sh [--no-install]
#
# Go 1.21 or later is needed, and its module proxy the first time. Without Go, or with --no-install where the program
# would have to be built, says so and ends with exit code 69.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

install=yes
case "${1:-}" in
  "") ;;
  --no-install) install=no ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

source="$root/test/peers"
state="$(cat "$source"/go.mod "$source"/go.sum "$source"/*.go | sha256sum | cut -c1-16)"
program="$root/.apoc/peers/$state/peers"
if [ ! -x "$program" ]; then
  if ! command -v go >/dev/null; then
    say "Go is missing: install Go 1.21 or later to ask go-sev-guest and go-tdx-guest"
    exit "$refused"
  fi
  permit "the program of test/peers" "scripts/peers.sh"
  say "building test/peers with $(go version | cut -d' ' -f3)"
  mkdir -p "$(dirname "$program")"
  # -trimpath: the same program wherever the checkout lies. Under another name first: two builds may run at once.
  (cd "$source" && GOTOOLCHAIN=local go build -mod=readonly -trimpath -o "$program.$$" .) >&2
  mv "$program.$$" "$program"
fi
printf '%s\n' "$program"
