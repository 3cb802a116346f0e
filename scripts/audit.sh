#!/usr/bin/env bash
# Runs the tools of docs/audit.md on the contracts, and keeps their output below .apoc/audit.
#
#   scripts/audit.sh [--no-install] [--only LIST]
#
# LIST: comma list of smt, slither, halmos, coverage, mutation; default all, in this order.
#   smt       SMTChecker and z3 prove the arithmetic library for all values
#   slither   no finding without an explanation beside it
#   halmos    proves properties of ids, authority and money for all states
#   coverage  scripts/coverage.sh
#   mutation  scripts/mutate.sh
# Installs where missing: z3 from apt; Slither and Halmos from PyPI below .apoc/audit/python, pinned with hashes in
# scripts/audit/requirements.txt. The last line is `N passed, N failed`; exit 0 when nothing failed.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

usage() { sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

all=(smt slither halmos coverage mutation)
install=yes; setup=(); only="${all[*]}"
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=no; setup=(--no-install); shift ;;
    --only) [ $# -ge 2 ] || usage; only="${2//,/ }"; shift 2 ;;
    --only=*) only="${1#--only=}"; only="${only//,/ }"; shift ;;
    *) usage ;;
  esac
done
for step in $only; do
  case " ${all[*]} " in *" $step "*) ;; *) say "no such step: $step"; usage ;; esac
done
chosen() { case " $only " in *" $1 "*) ;; *) return 1 ;; esac; }

"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"}
# Again, to use what setup has installed.
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
# shellcheck source=scripts/python.sh
. "$root/scripts/python.sh"
cd "$root"
kept="$root/.apoc/audit"; python="$kept/python"; requirements="$root/scripts/audit/requirements.txt"
mkdir -p "$kept"

if chosen smt; then apt_install z3 z3; fi
if chosen slither || chosen halmos; then python_tools "Slither and Halmos" "$python" "$requirements"; fi

passed=0; failed=0; failures=()
# count NAME PASSED FAILED
count() {
  passed=$((passed + $2)); failed=$((failed + $3))
  [ "$3" -eq 0 ] || failures+=("$1")
  printf '── %s: %s passed, %s failed; full output: .apoc/audit/%s.txt\n\n' "$1" "$2" "$3" "$1"
}

# keep NAME COMMAND...: shows and keeps the output.
keep() {
  local name="$1"; shift
  printf '── %s\n' "$name"
  "$@" 2>&1 | tee "$kept/$name.txt"
}

# check NAME COMMAND...: one check that passes or fails as a whole.
check() { if keep "$@"; then count "$1" 1 0; else count "$1" 0 1; fi; }

# counted NAME PATTERN COMMAND...: checks that a tool counts itself; the pattern extracts the numbers. A run that
# fails, or has no check at all, counts as one more failure.
counted() {
  local name="$1" pattern="$2" status=0 good bad; shift 2
  keep "$name" "$@" || status=$?
  read -r good bad < <(sed -nE "s/$pattern/\1 \2/p" "$kept/$name.txt" | awk '{ g += $1; b += $2 } END { print g + 0, b + 0 }')
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then bad=1; fi
  count "$name" "$good" "$bad"
}

# Mocks are tokens that behave badly on purpose.
slither() {
  PATH="$root/node_modules/.bin:$PATH" NO_COLOR=1 "$python/bin/slither" . \
    --filter-paths 'node_modules|contracts/mocks' --fail-pedantic --disable-color
}

halmos() {
  PATH="$python/bin:$root/node_modules/.bin:$PATH" FOUNDRY_PROFILE=symbolic NO_COLOR=1 "$python/bin/halmos" \
    --root "$root" --forge-build-out .apoc/forge/symbolic --match-contract 'Proofs$' --solver yices \
    --default-bytes-lengths 0,65 --solver-timeout-assertion 300s --no-status
}

for step in "${all[@]}"; do
  chosen "$step" || continue
  case "$step" in
    smt) counted smt '^assertions: [0-9]+, proved: ([0-9]+), unproved: ([0-9]+).*' node scripts/audit/smt.ts ;;
    slither) check slither slither ;;
    halmos) counted halmos '^Symbolic test result: ([0-9]+) passed; ([0-9]+) failed.*' halmos ;;
    coverage) check coverage scripts/coverage.sh ${setup[@]+"${setup[@]}"} ;;
    mutation) check mutation scripts/mutate.sh ${setup[@]+"${setup[@]}"} ;;
  esac
done

if [ ${#failures[@]} -gt 0 ]; then printf 'failed: %s\n' "${failures[*]}"; fi
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
