#!/usr/bin/env bash
# Gives scripts a container engine: the user's own when its socket answers, else a private one below a folder.
#
#   scripts/engine.sh start [--engine auto|podman|docker] [--install|--no-install] --dir DIR
#   scripts/engine.sh stop --dir DIR
#
# `start` prints `DOCKER_HOST=unix:///...` on stdout and tells on stderr what it does. `auto` takes a user's engine
# if its socket answers (and `stop` then leaves it alone); `podman` and `docker` always start a private one.
# A private engine keeps its data, sockets and pid file below DIR/engine; `stop` ends it, removes its containers,
# networks and mounts, and deletes DIR/engine. Both commands may be repeated.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
[ -d "$root/node_modules" ] || "$root/scripts/setup.sh"
exec node --conditions=apoc-source --disable-warning=ExperimentalWarning "$root/scripts/engine.ts" "$@"
