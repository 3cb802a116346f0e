#!/usr/bin/env bash
# Coverage of contracts/ (without mocks) by the Solidity tests; fails below the goals.
#
#   scripts/coverage.sh [--no-install]
#
# Lines and statements are counted by Hardhat (goal 100 %), branches by forge as second runner (goal 98 %). Both count
# without via-IR; forge also without the optimizer, which moves and merges code. Uncovered lines and branches are listed.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

case "${1:-}" in
  "") ;;
  --no-install) [ $# -eq 1 ] || { say "unknown argument: $2"; exit 2; } ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
"$root/scripts/setup.sh" "$@"
# Again, to use what setup has installed.
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec node scripts/coverage.ts
