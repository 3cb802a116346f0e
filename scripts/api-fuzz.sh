#!/usr/bin/env bash
# Lets schemathesis ask a provider for everything that its OpenAPI document allows, and for what it forbids.
#
#   scripts/api-fuzz.sh [--no-install] [ARGS of `schemathesis run`, e.g. --max-examples=200 --seed=1]
#
# The provider is a process on the development chain, TEE and registry, as in the demo. No answer may be a defect (5xx),
# or have a status, an error code or a form that the document does not list. Installs where missing: schemathesis from
# PyPI below .apoc/tools, pinned with hashes in scripts/api-fuzz/requirements.txt. Uses the container engine whose
# socket answers, else one of its own. The last line is `N passed, N failed`; exit 0 when nothing failed.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

install=yes; permission=--install; setup=(); args=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 0 ;;
    --no-install) install=no; permission=--no-install; setup=(--no-install); shift ;;
    *) args+=("$1"); shift ;;
  esac
done
"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"} --with busybox
# What setup installed just now comes first, too.
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"
# shellcheck source=scripts/python.sh
. "$root/scripts/python.sh"
cd "$root"
environment="$root/.apoc/tools/schemathesis"
python_tools schemathesis "$environment" "$root/scripts/api-fuzz/requirements.txt"

work="$(mktemp -d "${TMPDIR:-/tmp}/apoc-api-fuzz.XXXXXX")"
finish() {
  "$root/scripts/engine.sh" stop --dir "$work" || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
answer="$("$root/scripts/engine.sh" start --engine auto "$permission" --dir "$work")"
case "$answer" in DOCKER_HOST=*) export "${answer?}" ;; esac
export APOC_BUSYBOX="$root/.apoc/tools/busybox"
node --conditions=apoc-source --disable-warning=ExperimentalWarning test/conformance/api/fuzz-api.ts \
  "$environment/bin/schemathesis" ${args[@]+"${args[@]}"}
