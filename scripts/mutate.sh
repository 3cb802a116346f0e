#!/usr/bin/env bash
# Mutates a copy of the contracts outside the checkout, one fault at a time, and runs the Solidity tests on it.
#
#   scripts/mutate.sh [--sample N] [--lanes N] [--only LIST] [--retry] [--resume] [--list] [--no-install]
#
# --sample N   the first N mutants in the order of their ids (always the same ones); default: all
# --lanes N    parallel copies; default 2
# --only LIST  comma list of ids or parts of file names
# --retry      only those that survived the last run
# --resume     continues where the last run was interrupted
# --list       lists the mutants without testing them
#
# Prints the survivors and how many were killed; results are kept in .apoc/proof/mutation.json. A survivor must be
# listed in test/contracts/equivalent-mutants.json, with the reason why it changes nothing. Exits with 1 if one is not,
# if fewer than 95 % of the others are killed, or if that list is out of date.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

setup=(); rest=()
for argument in "$@"; do
  case "$argument" in
    --no-install) setup+=(--no-install) ;;
    -h | --help) sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 0 ;;
    *) rest+=("$argument") ;;
  esac
done
"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"}
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
exec node --disable-warning=ExperimentalWarning scripts/mutate.ts ${rest[@]+"${rest[@]}"}
