#!/usr/bin/env bash
# The whole story on this machine: two developers, a publisher, a provider, real money flow, three attacks.
#
#   scripts/demo.sh [--engine auto|podman|docker] [--no-install] [ARGS of `apoc demo`]
#
# Installs what is missing (see scripts/setup.sh) and says so. Uses the container engine whose socket answers, else
# starts its own; `--engine podman` and `--engine docker` always start one. Works in a temporary folder, and leaves
# nothing behind.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

usage() { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

install=yes; engine=auto; args=()
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=no; shift ;;
    --engine) [ $# -ge 2 ] || usage; engine="$2"; shift 2 ;;
    --engine=*) engine="${1#--engine=}"; shift ;;
    *) args+=("$1"); shift ;;
  esac
done
case "$engine" in auto | podman | docker) ;; *) usage ;; esac

permission=(--install); setup=()
if [ "$install" = no ]; then permission=(--no-install); setup=(--no-install); fi
"$root/scripts/setup.sh" ${setup[@]+"${setup[@]}"} --with busybox
# Again, to use what setup has installed.
# shellcheck source=scripts/toolchain.sh
. "$root/scripts/toolchain.sh"

work="$(mktemp -d "${TMPDIR:-/tmp}/apoc-demo.XXXXXX")"
finish() {
  "$root/scripts/engine.sh" stop --dir "$work" || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

answer="$("$root/scripts/engine.sh" start --engine "$engine" "${permission[@]}" --dir "$work")"
case "$answer" in DOCKER_HOST=*) export "${answer?}" ;; esac
export APOC_BUSYBOX="$root/.apoc/tools/busybox"
mkdir "$work/stage"
"$root/scripts/apoc" demo --dir "$work/stage" ${args[@]+"${args[@]}"}
