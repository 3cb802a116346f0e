#!/usr/bin/env bash
# Runs every check of the project; continues after a failure.
#
#   scripts/test.sh [--no-install] [--only LIST]
#
# LIST: comma list of lint, format, types, generated, packages, unit, contracts, conformance, e2e; default all, in this order.
# conformance and e2e use the container engine whose socket answers, else start their own.
# The last line is `N passed, N failed`, with `, N skipped` if there were any; exits with 0 if nothing failed. With CI
# set, skipped tests count as failed; tests that lack their vectors are not run, and listed as `left out`.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

all=(lint format types generated packages unit contracts conformance e2e)
install=yes; only="${all[*]}"
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=no; shift ;;
    --only) [ $# -ge 2 ] || usage; only="${2//,/ }"; shift 2 ;;
    --only=*) only="${1#--only=}"; only="${only//,/ }"; shift ;;
    *) usage ;;
  esac
done
for step in $only; do
  case " ${all[*]} " in *" $step "*) ;; *) say "no such step: $step"; usage ;; esac
done
chosen() { case " $only " in *" $1 "*) ;; *) return 1 ;; esac; }

setup=(); [ "$install" = yes ] || setup+=(--no-install)
with=skopeo
if chosen conformance || chosen e2e; then with=skopeo,engine,busybox; fi
chosen unit || chosen conformance || chosen e2e || with=""
if chosen conformance; then with="$with,vectors"; fi
# Tests that need a browser or peers report if there is none; in CI they must run.
if chosen conformance && [ -n "${CI:-}" ]; then with="$with,chromium,registry,debian13"; fi
"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"} ${with:+--with "$with"}
# Again, to use what setup has installed.
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
cd "$root"
if [ -x "$root/.apoc/tools/busybox" ]; then export APOC_BUSYBOX="$root/.apoc/tools/busybox"; fi

work="$(mktemp -d "${TMPDIR:-/tmp}/apoc-test.XXXXXX")"
engine_started=no
finish() {
  [ "$engine_started" = no ] || "$root/scripts/engine.sh" stop --dir "$work" || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0; failed=0; skipped=0; failures=()

# count NAME PASSED FAILED SKIPPED
count() {
  passed=$((passed + $2)); failed=$((failed + $3)); skipped=$((skipped + $4))
  [ "$3" -eq 0 ] || failures+=("$1")
  printf '── %s: %s passed, %s failed, %s skipped\n\n' "$1" "$2" "$3" "$4"
}

# check NAME COMMAND...: one check that passes or fails as a whole.
check() {
  local name="$1"; shift
  printf '── %s: %s\n' "$name" "$*"
  if "$@"; then count "$name" 1 0 0; else count "$name" 0 1 0; fi
}

# vitest PROJECT [OPTION...]: counts single tests. A file that cannot be loaded, or a run without a report, is one failure.
vitest() {
  local report="$work/$1.json" status=0 counts
  printf '── %s: vitest\n' "$1"
  node_modules/.bin/vitest run --project "$@" --reporter=default --reporter=json --outputFile.json="$report" || status=$?
  counts="$(node -e '
    const { readFileSync } = require("node:fs");
    const status = Number(process.argv[2]);
    let passed = 0, failed = 0, skipped = 0;
    try {
      const report = JSON.parse(readFileSync(process.argv[1], "utf8"));
      passed = report.numPassedTests;
      failed = report.numFailedTests;
      skipped = report.numPendingTests + report.numTodoTests;
      // A file whose tests never ran.
      failed += report.testResults.filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")).length;
    } catch {}
    if (failed === 0 && (status !== 0 || passed + skipped === 0)) failed = 1;
    console.log(passed, failed, skipped);
  ' "$report" "$status")"
  # shellcheck disable=SC2086 # three numbers
  count "$1" $counts
}

# Hardhat prints `N passing` and `N failing`; a run that fails without them counts as one failure.
solidity() {
  local log="$work/solidity.log" status=0 good bad
  printf '── solidity: hardhat test solidity\n'
  node_modules/.bin/hardhat test solidity 2>&1 | tee "$log" || status=$?
  good="$(sed -n 's/^ *\([0-9][0-9]*\) passing.*/\1/p' "$log" | tail -n 1)"
  bad="$(sed -n 's/^ *\([0-9][0-9]*\) failing.*/\1/p' "$log" | tail -n 1)"
  if [ "${bad:-0}" -eq 0 ] && { [ "$status" -ne 0 ] || [ "${good:-0}" -eq 0 ]; }; then bad=1; fi
  count solidity "${good:-0}" "${bad:-0}" 0
}

# An engine for the steps that run containers, once.
need_engine() {
  [ -z "${engine_ready:-}" ] || return 0
  engine_ready=yes
  local answer permission=--install
  [ "$install" = yes ] || permission=--no-install
  engine_started=yes
  if answer="$("$root/scripts/engine.sh" start --engine auto "$permission" --dir "$work")"; then
    case "$answer" in DOCKER_HOST=*) export "${answer?}" ;; esac
  else
    say "no container engine: the tests that need one will fail"
  fi
}

generated() {
  local status=0
  node --conditions=apoc-source scripts/generate-abis.ts --check || status=1
  node --conditions=apoc-source scripts/generate-docs.ts --check || status=1
  node --conditions=apoc-source scripts/generate-policy-schema.ts --check || status=1
  node --conditions=apoc-source scripts/generate-openapi.ts --check || status=1
  return "$status"
}

for step in "${all[@]}"; do
  chosen "$step" || continue
  case "$step" in
    lint) check lint node_modules/.bin/oxlint --type-aware --deny-warnings ;;
    format) check format node_modules/.bin/biome format ;;
    types) check types node_modules/.bin/tsc -b ;;
    generated) check generated generated ;;
    packages) check packages scripts/packages.sh ;;
    unit) vitest unit ;;
    contracts) solidity; vitest contracts; check gas node --conditions=apoc-source --disable-warning=ExperimentalWarning test/bench/contracts.ts --check ;;
    # A file has no tests where it needs vectors that are missing; the output lists those tests.
    conformance) need_engine; vitest conformance --passWithNoTests ;;
    e2e) need_engine; vitest e2e ;;
  esac
done

if [ ${#failures[@]} -gt 0 ]; then printf 'failed: %s\n' "${failures[*]}"; fi
if [ -n "${CI:-}" ] && [ "$skipped" -gt 0 ]; then
  printf '%s skipped tests count as failed, since CI is set\n' "$skipped"
  failed=$((failed + skipped)); skipped=0
fi
finish
trap - EXIT
if [ "$skipped" -gt 0 ]; then
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
else
  printf '%s passed, %s failed\n' "$passed" "$failed"
fi
[ "$failed" -eq 0 ]
