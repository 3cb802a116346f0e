#!/usr/bin/env bash
# Deploys PaymentChannel and Marketplace through the deterministic-deployment proxy: the same addresses on every chain.
#
#   scripts/deploy.sh --rpc URL --beneficiary ADDRESS [--dry-run]
#                     [--keystore FILE --password-file FILE] [--token ADDRESS] [--record] [--file FILE]
#
# --beneficiary  receives the revenue of sponsored placement; permanent, and part of the Marketplace's address
# --dry-run      prints what would be done, and sends nothing; needs no keystore
# --keystore     Ethereum V3 keystore of the account that pays the fees; it gets no privileges
# --token        ERC-20 to record as the default of this chain
# --record       writes the addresses into the deployments file of @apoc/core (or --file) under the chain's CAIP-2 id
#
# Existing contracts are checked and left alone; other code at an address is refused. The result is JSON on stdout.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
case "${1:-}" in
  "" | -h | --help) sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; [ $# -gt 0 ] || exit 2; exit 0 ;;
esac
"$root/scripts/setup.sh"
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
exec node --conditions=apoc-source --disable-warning=ExperimentalWarning "$root/scripts/deploy.ts" "$@"
