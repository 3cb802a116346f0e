#!/usr/bin/env bash
# Runs a benchmark of test/bench: scripts/bench.sh NAME [--json]; without a name, lists them.
# With --json every result is one line {bench, case, value, unit, peer, peerValue, ratio}.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

list() {
  local file
  for file in "$root"/test/bench/*.ts; do
    case "$file" in *.test.ts | *'*'*) ;; *) basename "$file" .ts ;; esac
  done
}

name="${1:-}"
case "$name" in
  "") say "benchmarks:"; list; exit 0 ;;
  -h | --help) sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 0 ;;
esac
[[ "$name" =~ ^[a-z0-9-]+$ ]] && [ -f "$root/test/bench/$name.ts" ] || {
  say "no benchmark $name; there are: $(list | tr '\n' ' ')"
  exit 2
}
shift
"$root/scripts/setup.sh"
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
if [ -x "$root/.apoc/tools/busybox" ]; then export APOC_BUSYBOX="$root/.apoc/tools/busybox"; fi
exec node --conditions=apoc-source --disable-warning=ExperimentalWarning "test/bench/$name.ts" "$@"
