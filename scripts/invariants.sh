#!/usr/bin/env bash
# Runs the long tests of the contracts' properties, and keeps the output in .apoc/proof/.
#
#   scripts/invariants.sh [--daily] [--no-install] [--only LIST]
#
# LIST: comma list of solidity, histories; default both.
#   solidity   every fuzz property 10,000 runs, every invariant 1,000 histories of 100 calls; then a table of what the
#              histories called: fails where a function of the channel was never called, or was refused too often
#   histories  10,000 random histories against the TypeScript mirror and against balances rebuilt from logs alone
# --daily: only as many runs as scripts/test.sh, to check that everything works.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

setup=(); only="solidity histories"; export APOC_PROOF=long
while [ $# -gt 0 ]; do
  case "$1" in
    --daily) APOC_PROOF=daily; shift ;;
    --no-install) setup+=(--no-install); shift ;;
    --only) [ $# -ge 2 ] || usage; only="${2//,/ }"; shift 2 ;;
    *) usage ;;
  esac
done
for step in $only; do case "$step" in solidity | histories) ;; *) usage ;; esac; done
"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"}
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
kept="$root/.apoc/proof"
mkdir -p "$kept"
failed=0

for step in $only; do
  say "$step ($APOC_PROOF); output in .apoc/proof/$step.log"
  case "$step" in
    solidity)
      rm -f "$kept/calls.txt"
      APOC_CALLS="$kept/calls.txt" node_modules/.bin/hardhat test solidity 2>&1 | tee "$kept/solidity.log" || failed=1
      node --conditions=apoc-source scripts/invariant-calls.ts "$kept/calls.txt" | tee "$kept/calls.log" || failed=1
      ;;
    histories)
      node_modules/.bin/vitest run --project contracts test/contracts/PaymentChannel/histories/histories.test.ts 2>&1 \
        | tee "$kept/histories.log" || failed=1
      ;;
  esac
done
exit "$failed"
