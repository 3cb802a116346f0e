#!/usr/bin/env bash
# Installs everything that this checkout needs, and reports on stderr what it does:
#
#   scripts/setup.sh [--no-install] [--with LIST]
#
# Node 22.19 or later and pnpm 12: those of the system if they are suitable, else both from npm below .apoc/toolchain.
# Dependencies: `pnpm install --frozen-lockfile` if the lockfile has changed since the last run.
# --with: comma list of engine (podman and its parts, from apt, when no engine is installed), skopeo, chromium
#   and registry (docker-registry) from apt; busybox (Debian's static one) and debian13 (Debian 13's skopeo and
#   ctd-decoder), unpacked below .apoc/tools; vectors (of public packages, where ../shared/vectors is missing), below
#   .apoc/vectors.
# --no-install: exits with 69 if anything would have to be installed.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

install=yes; with=""
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=no; shift ;;
    --with) [ $# -ge 2 ] || usage; with="$2"; shift 2 ;;
    --with=*) with="${1#--with=}"; shift ;;
    *) usage ;;
  esac
done
for item in ${with//,/ }; do
  case "$item" in engine | skopeo | busybox | chromium | registry | debian13 | vectors) ;; *) usage ;; esac
done

# Concurrent scripts must not install at the same time.
mkdir -p "$root/.apoc"
if command -v flock >/dev/null; then
  exec 9> "$root/.apoc/setup.lock"
  flock 9
fi

packages=()
node_is_good || packages+=("$(node_package)")
pnpm_is_good || packages+=(pnpm@12)
if [ ${#packages[@]} -gt 0 ]; then
  permit "Node 22.19 or pnpm 12" "npm install --global ${packages[*]}"
  command -v npm >/dev/null || die "npm is needed to install ${packages[*]}; install Node 22.19 or later and pnpm 12"
  say "installing ${packages[*]} below .apoc/toolchain with npm"
  npm install --global --no-fund --no-audit --loglevel=error --prefix "$toolchain" "${packages[@]}" >&2
  PATH="$toolchain/bin:$PATH"
  hash -r
  node_is_good || die "Node cannot be used after installation: $(command -v node)"
  pnpm_is_good || die "pnpm cannot be used after installation: $(command -v pnpm)"
fi

# The copy of the lockfile records what node_modules was made for; scripts/apoc compares its time.
if [ ! -d "$root/node_modules" ] || ! cmp -s "$root/pnpm-lock.yaml" "$stamp"; then
  permit "an up-to-date node_modules" "pnpm install --frozen-lockfile"
  say "installing the dependencies of pnpm-lock.yaml"
  (cd "$root" && CI=true pnpm install --frozen-lockfile) >&2
  cp "$root/pnpm-lock.yaml" "$stamp"
fi
touch "$stamp"

for item in ${with//,/ }; do
  case "$item" in
    engine)
      if ! command -v dockerd >/dev/null && [ ! -x /usr/sbin/dockerd ]; then
        apt_install podman podman runc conmon netavark aardvark-dns iptables
      fi ;;
    skopeo) apt_install skopeo skopeo ;;
    chromium) apt_install chromium chromium ;;
    registry) apt_install docker-registry docker-registry ;;
    busybox)
      if [ ! -x "$root/.apoc/tools/busybox" ]; then
        permit "a static busybox" "scripts/busybox.sh .apoc/tools"
        "$root/scripts/busybox.sh" "$root/.apoc/tools" >/dev/null
      fi ;;
    debian13)
      if [ ! -x "$root/.apoc/tools/debian13/bin/ctd-decoder" ]; then
        permit "Debian 13's skopeo" "scripts/debian13.sh .apoc/tools/debian13"
        "$root/scripts/debian13.sh" "$root/.apoc/tools/debian13" >/dev/null
      fi ;;
    vectors)
      if [ ! -d "$root/../shared/vectors/attestation" ]; then
        if [ "$install" = yes ]; then "$root/scripts/vectors.sh" >/dev/null; else "$root/scripts/vectors.sh" --no-install >/dev/null; fi
      fi ;;
  esac
done
