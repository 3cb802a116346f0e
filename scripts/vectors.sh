#!/usr/bin/env bash
# Collects the attestation vectors that public packages ship, below .apoc/vectors/attestation, for tests that find no
# ../shared/vectors beside the checkout:
#
#   scripts/vectors.sh [--no-install]
#
# Packages, paths and SHA-256: test/conformance/attestation/public/sources.json. Go fetches Go modules, cargo fetches
# crates, each into its own cache, together less than 1 MB. A file whose SHA-256 differs is an error. Where Go or cargo is
# unavailable, or --no-install is given, the vectors that are missing are listed, and the tests leave them out by name.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
# shellcheck source=scripts/go.sh
. "$root/scripts/go.sh"

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
install=yes
case "${1:-}" in
  "") ;;
  --no-install) install=no; shift ;;
  *) usage ;;
esac
[ $# -eq 0 ] || usage

collect() { node --disable-warning=ExperimentalWarning "$root/scripts/vectors.ts" "$@"; }

packages=()
if [ "$install" = yes ] && ! collect --complete; then
  # In a subshell: without Go the vectors of crates are still collected.
  if (need_go scripts/vectors.sh); then
    need_go scripts/vectors.sh
    # Outside of the checkout's module: its go.mod says nothing of these.
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    while read -r module; do
      if folder="$(cd "$work" && GOTOOLCHAIN=local GOFLAGS=-mod=mod go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')" && [ -n "$folder" ]; then
        packages+=("go:$module=$folder")
      else
        say "$module is unavailable"
      fi
    done < <(collect --packages go)
  fi
  while read -r crate; do
    # `cargo info` unpacks the one crate; `cargo fetch` would fetch all that it depends on.
    cargo info "$crate" >/dev/null 2>&1 || { say "$crate is unavailable: is cargo 1.82 or later installed?"; continue; }
    for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"${crate/@/-}"; do
      [ ! -d "$folder" ] || packages+=("crate:$crate=$folder")
    done
  done < <(collect --packages crate)
fi
collect ${packages[@]+"${packages[@]}"}
