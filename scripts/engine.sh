#!/usr/bin/env bash
# Gives scripts a container engine: the user's own when its socket answers, else a private one below a folder.
#
#   scripts/engine.sh start [--engine auto|podman|docker] [--install|--no-install] --dir DIR
#   scripts/engine.sh stop --dir DIR
#
# `start` prints `DOCKER_HOST=unix:///...` on stdout and tells on stderr what it does. `auto` takes a user's engine
# if its socket answers (and `stop` then leaves it alone); `podman` and `docker` always start a private one.
# A private engine keeps its data, sockets and pid files below DIR/engine; `stop` ends it by pid, removes its
# containers, networks and mounts, and deletes DIR/engine. Both commands may be repeated.
set -euo pipefail

say() { printf 'engine: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

usage() { sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

# http SOCKET METHOD PATH: prints the body, fails unless the status is 2xx. Node is there: the project runs on it.
http() {
  node -e '
    const [socketPath, method, path] = process.argv.slice(1);
    const request = require("node:http").request({ socketPath, method, path, headers: { Host: "engine", "Content-Length": 0 }, timeout: 60000 }, (answer) => {
      answer.pipe(process.stdout);
      answer.on("end", () => { process.exitCode = answer.statusCode < 300 ? 0 : 1; });
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", () => process.exit(1));
    request.end();
  ' "$@" 2>/dev/null
}

# A socket counts as an engine only if it answers as one; a client binary or a stale socket file proves nothing.
answers() { [ -S "$1" ] && http "$1" GET /version 2>/dev/null | grep -q '"ApiVersion"'; }

user_socket() {
  local candidate
  if [ -n "${DOCKER_HOST:-}" ]; then
    answers "${DOCKER_HOST#unix://}" && echo "${DOCKER_HOST#unix://}"
    return
  fi
  for candidate in /var/run/docker.sock /run/podman/podman.sock \
    ${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR/docker.sock"} ${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR/podman/podman.sock"} \
    "${HOME:-/nonexistent}/.docker/run/docker.sock"; do
    if answers "$candidate"; then echo "$candidate"; return 0; fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "root or sudo is needed for: $*"; fi
}

install_packages() {
  [ "$install" = yes ] || die "$1 is not installed and installing was not permitted; run: apt-get install --no-install-recommends $2"
  command -v apt-get >/dev/null || die "$1 is not installed and there is no apt-get; install it with your package manager"
  say "installing $2 (apt-get)"
  # shellcheck disable=SC2086 # a list of packages
  { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $2; } >&2
}

# A unix socket path may have 107 bytes and podman's run folder 50: where DIR is deep, sockets and run folder lie in
# a short stand-in directory that `stop` removes.
short_dir() {
  if [ "${#state}" -le 46 ]; then echo "$state"; return; fi
  [ -s "$state/short-dir" ] || mktemp -d /tmp/apoc-engine.XXXXXX > "$state/short-dir"
  cat "$state/short-dir"
}

socket_path() { echo "$(short_dir)/engine.sock"; }

# Paths of podman's own, needed on its every command line.
podman_here() { podman --root "$state/root" --runroot "$(short_dir)/run" "$@"; }

# Whether a process was started for our folder: an argument of its is a path in there.
is_ours() {
  local words
  words=" $({ tr '\0' ' ' < "/proc/$1/cmdline"; } 2>/dev/null)" || return 1
  local dir
  for dir in "$state" "$(short_dir)"; do
    case "$words" in *" $dir/"* | *"=$dir/"* | *"://$dir/"*) return 0 ;; esac
  done
  return 1
}

# The process of the pid file, only if it is the one started here and not a later one with its number.
live_pid() {
  local pid
  pid="$(cat "$state/engine.pid" 2>/dev/null)" || return 1
  [ -n "$pid" ] && is_ours "$pid" && echo "$pid"
}

wait_for() {
  local i
  for i in $(seq 1 150); do
    if answers "$1"; then return 0; fi
    kill -0 "$(cat "$state/engine.pid")" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 20 "$state/engine.log" >&2
  die "$2 did not answer at $1 after $((i / 5)) s; see $state/engine.log"
}

podman_configuration() {
  export CONTAINERS_CONF="$state/containers.conf" CONTAINERS_STORAGE_CONF="$state/storage.conf"
  [ -s "$CONTAINERS_CONF" ] && return 0
  local runtime="" manager=""
  if command -v runc >/dev/null || [ -x /usr/sbin/runc ]; then runtime='runtime = "runc"'; fi
  # Without systemd as init there is nobody to ask for a systemd scope.
  if [ "$(id -u)" = 0 ] || [ ! -d /run/systemd/system ]; then manager='cgroup_manager = "cgroupfs"'; fi
  local run; run="$(short_dir)/run"
  mkdir -p "$state/networks" "$state/tmp" "$state/root" "$run" "$state/volumes" "$state/static"
  # Soft and hard limits are equal and below the usual ceiling: raising one needs CAP_SYS_RESOURCE.
  cat > "$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=2048:2048"]
log_driver = "k8s-file"

[engine]
$runtime
$manager
events_logger = "file"
lock_type = "file"
tmp_dir = "$run/libpod"
static_dir = "$state/static"
volume_path = "$state/volumes"
image_copy_tmp_dir = "$state/tmp"

[network]
network_backend = "netavark"
network_config_dir = "$state/networks"
CONF
  cat > "$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "overlay"
graphroot = "$state/root"
runroot = "$run"
CONF
}

start_podman() {
  command -v podman >/dev/null || install_packages podman "podman runc conmon netavark aardvark-dns iptables"
  podman_configuration
  local socket; socket="$(socket_path)"; rm -f "$socket"
  say "starting podman below $state"
  # conmon writes marks such as `oom` into the folder it is started from.
  TMPDIR="$state/tmp" env -C "$state/tmp" setsid podman --root "$state/root" --runroot "$(short_dir)/run" system service --time=0 "unix://$socket" \
    > "$state/engine.log" 2>&1 < /dev/null &
  echo $! > "$state/engine.pid"
  wait_for "$socket" podman
}

start_docker() {
  command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || install_packages dockerd "docker.io iptables"
  [ "$(id -u)" = 0 ] || die "a private dockerd needs root; use --engine podman"
  local socket; socket="$(socket_path)"; rm -f "$socket" "$state/dockerd.pid"
  mkdir -p "$state/tmp"
  # dockerd turns forwarding on and the FORWARD policy to DROP and never back.
  cat /proc/sys/net/ipv4/ip_forward > "$state/ip-forward.before"
  iptables -S FORWARD 2>/dev/null | head -n 1 > "$state/forward-policy.before" || true
  echo '{}' > "$state/daemon.json"
  say "starting dockerd below $state"
  # No default bridge: it would be the docker0 of another dockerd. Pods always get a network of their own.
  DOCKER_TMPDIR="$state/tmp" PATH="$PATH:/usr/sbin:/sbin" setsid dockerd --config-file "$state/daemon.json" \
    --data-root "$state/root" --exec-root "$(short_dir)/run" --pidfile "$state/dockerd.pid" -H "unix://$socket" \
    --bridge none --iptables=true --ip6tables=false --default-address-pool base=10.213.0.0/16,size=24 \
    --exec-opt native.cgroupdriver=cgroupfs > "$state/engine.log" 2>&1 < /dev/null &
  echo $! > "$state/engine.pid"
  wait_for "$socket" dockerd
}

start() {
  mkdir -p "$dir"; state="$(cd "$dir" && pwd)/engine"
  if [ -d "$state" ] && live_pid >/dev/null && answers "$(socket_path)"; then
    say "$(cat "$state/kind") already runs below $state"
    echo "DOCKER_HOST=unix://$(socket_path)"; return 0
  fi
  local socket
  if [ "$engine" = auto ]; then
    case "${DOCKER_HOST:-}" in
      "" | unix:///*) ;;
      *) die "DOCKER_HOST=$DOCKER_HOST: only unix:/// sockets are used; unset it or point it at a local socket" ;;
    esac
    if socket="$(user_socket)"; then
      say "using the engine at $socket; only objects with our label are touched"
      echo "DOCKER_HOST=unix://$socket"; return 0
    fi
    if command -v podman >/dev/null; then engine=podman
    elif [ "$(id -u)" = 0 ] && { command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ]; }; then engine=docker
    else engine=podman; fi
  fi
  # What a killed engine left behind would keep the new one from starting.
  [ ! -d "$state" ] || { say "cleaning up after an engine that is gone"; stop; }
  mkdir -p "$state"; chmod 700 "$state"; echo "$engine" > "$state/kind"
  "start_$engine"
  echo "DOCKER_HOST=unix://$(socket_path)"
}

# ids SOCKET PATH: the Ids in a list answer.
ids() { http "$1" GET "$2" | node -e 'let t="";process.stdin.on("data",(c)=>t+=c).on("end",()=>{for(const o of JSON.parse(t||"[]"))console.log(o.Id??o.ID)})' 2>/dev/null; }

# All objects of a private engine are ours; bridges and firewall rules go only with their networks.
empty_engine() {
  local socket id; socket="$(socket_path)"
  answers "$socket" || return 0
  for id in $(ids "$socket" "/v1.41/containers/json?all=true"); do http "$socket" DELETE "/v1.41/containers/$id?force=true&v=true" >/dev/null || true; done
  : > "$state/bridges"
  for id in $(ids "$socket" "/v1.41/networks"); do
    http "$socket" DELETE "/v1.41/networks/$id" >/dev/null || echo "br-${id:0:12}" >> "$state/bridges"
  done
}

# The containers of a podman service outlive it; without the service the command line tool finds them.
empty_podman() {
  command -v podman >/dev/null || return 0
  podman_configuration
  podman_here rm --all --force --time 0 >/dev/null 2>&1 || true
  podman_here network prune --force >/dev/null 2>&1 || true
}

# After the last dockerd has gone its firewall chains guard nothing, but its DROP policy breaks others.
restore_firewall() {
  [ -e "$state/forward-policy.before" ] || return 0
  local process
  for process in /proc/[0-9]*; do
    [ "$(cat "$process/comm" 2>/dev/null)" != dockerd ] || return 0
  done
  local chain table
  if grep -q -- '-P FORWARD ACCEPT' "$state/forward-policy.before"; then iptables -P FORWARD ACCEPT 2>/dev/null || true; fi
  for table in filter nat; do
    iptables -t "$table" -S 2>/dev/null | grep -E '^-A (FORWARD|PREROUTING|OUTPUT) .*-j DOCKER' | sed 's/^-A/-D/' |
      while read -r rule; do eval "iptables -t $table $rule" 2>/dev/null || true; done || true
    for chain in DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-USER DOCKER; do iptables -t "$table" -F "$chain" 2>/dev/null || true; done
    for chain in DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-USER DOCKER; do iptables -t "$table" -X "$chain" 2>/dev/null || true; done
  done
  # Other bridges, of podman for instance, need forwarding as much.
  if ! ls -d /sys/class/net/*/bridge >/dev/null 2>&1; then
    cat "$state/ip-forward.before" > /proc/sys/net/ipv4/ip_forward 2>/dev/null || true
  fi
}

# Every process whose command line names our folder: containerd, shims, conmon of an engine that was killed.
stragglers() {
  local process
  for process in /proc/[0-9]*; do
    local pid="${process#/proc/}"
    [ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] || continue
    case "$(cat "$process/comm" 2>/dev/null)" in
      containerd | containerd-shim* | docker-proxy | conmon | aardvark-dns | slirp4netns | rootlessport | dockerd | podman)
        if is_ours "$pid"; then echo "$pid"; fi ;;
    esac
  done
}

unmount_below() {
  local mount
  for mount in $(awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do
    umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
  done
}

# Bridges of networks that dockerd could not remove, for instance since it was killed before, with their rules.
remove_bridges() {
  local bridge table
  for bridge in $(cat "$state/bridges" 2>/dev/null); do
    ip link delete "$bridge" 2>/dev/null || true
    for table in filter nat; do
      iptables -t "$table" -S 2>/dev/null | grep -E -- "^-A .* $bridge( |$)" | sed 's/^-A/-D/' |
        while read -r rule; do eval "iptables -t $table $rule" 2>/dev/null || true; done || true
    done
  done
}

stop() {
  state="$(cd "$dir" 2>/dev/null && pwd)/engine" || return 0
  [ -d "$state" ] || { say "nothing to stop below $dir"; return 0; }
  local kind pid i; kind="$(cat "$state/kind" 2>/dev/null || true)"
  say "stopping ${kind:-engine} below $state"
  empty_engine
  [ "$kind" != podman ] || empty_podman
  if pid="$(live_pid)"; then
    kill "$pid" 2>/dev/null || true
    for i in $(seq 1 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  fi
  for i in TERM KILL; do
    for pid in $(stragglers); do kill -"$i" "$pid" 2>/dev/null || true; done
    [ -z "$(stragglers)" ] || sleep 0.5
  done
  unmount_below "$state"
  remove_bridges
  restore_firewall
  if [ -s "$state/short-dir" ]; then unmount_below "$(cat "$state/short-dir")" && rm -rf "$(cat "$state/short-dir")"; fi
  # Layers of a rootless engine belong to subordinate user ids.
  rm -rf "$state" 2>/dev/null || podman unshare rm -rf "$state" || die "cannot delete $state"
}

command="${1:-}"; [ $# -gt 0 ] && shift
engine=auto; install=no; dir=""; state=""
while [ $# -gt 0 ]; do
  case "$1" in
    --engine) engine="${2:-}"; shift 2 ;;
    --dir) dir="${2:-}"; shift 2 ;;
    --install) install=yes; shift ;;
    --no-install) install=no; shift ;;
    *) usage ;;
  esac
done
[ -n "$dir" ] || usage
case "$engine" in auto | podman | docker) ;; *) usage ;; esac
case "$command" in start | stop) "$command" ;; *) usage ;; esac
