#!/usr/bin/env bash
# Feeds mutated inputs to the parsers of an area: scripts/fuzz.sh [AREA] [--runs N] [--seed S] [--from RUN] [--target NAME]
# AREA is a folder of test/conformance with a fuzz.ts; without one, all areas run. N is 10000 unless given.
# The last line of each area is `N passed, N failed` (targets); exit 0 when nothing failed.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

list() {
  local file
  for file in "$root"/test/conformance/*/fuzz.ts; do
    [ -f "$file" ] && basename "$(dirname "$file")"
  done
}

areas=()
case "${1:-}" in
  -h | --help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; say "areas: $(list | tr '\n' ' ')"; exit 0 ;;
  "" | -*) mapfile -t areas < <(list) ;;
  *)
    [[ "$1" =~ ^[a-z0-9-]+$ ]] && [ -f "$root/test/conformance/$1/fuzz.ts" ] || {
      say "no area $1; there are: $(list | tr '\n' ' ')"
      exit 2
    }
    areas=("$1"); shift
    ;;
esac
"$root/scripts/setup.sh" --with vectors
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
status=0
for area in "${areas[@]}"; do
  say "$area"
  node --conditions=apoc-source --disable-warning=ExperimentalWarning "test/conformance/$area/fuzz.ts" "$@" || status=1
done
exit "$status"
