#!/usr/bin/env bash
# Packs every package as it would be published and installs each command line program alone, away from this checkout.
#
#   scripts/packages.sh
#
# Ends with one line a program; exit 0 when each of them starts with plain Node and publint finds no fault.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
cd "$root"

work="$(mktemp -d "${TMPDIR:-/tmp}/apoc-packages.XXXXXX")"
trap 'rm -rf "$work"' EXIT

node_modules/.bin/tsc -b
mkdir "$work/tarballs"
for package in packages/*/; do
  (cd "$package" && pnpm pack --pack-destination "$work/tarballs" >/dev/null)
  node_modules/.bin/publint --strict "$package" >"$work/publint" 2>&1 || { cat "$work/publint" >&2; exit 1; }
done

# Packages of this checkout come from their tarballs, everything else from where pnpm gets it.
overrides="$(cd "$work/tarballs" && for file in *.tgz; do
  name="$(tar -xzOf "$file" package/package.json | node -p 'JSON.parse(require("fs").readFileSync(0)).name')"
  printf '  "%s": "file:%s"\n' "$name" "$work/tarballs/$file"
done)"

for pair in developer:apoc-dev publisher:apoc-pod provider:apoc-provider apoc:apoc; do
  package="${pair%%:*}"; program="${pair##*:}"
  place="$work/$program"; mkdir "$place"
  name="$(node -p "require('./packages/$package/package.json').name")"
  printf '{"private":true,"dependencies":{"%s":"*"}}\n' "$name" >"$place/package.json"
  { printf 'autoInstallPeers: false\noverrides:\n%s\n' "$overrides"; sed -n '/^allowBuilds:/,/^[^ ]*:$/p' pnpm-workspace.yaml | sed '$d'; } >"$place/pnpm-workspace.yaml"
  (cd "$place" && pnpm install --prod --silent)
  for others in apoc-dev apoc-pod apoc-provider apoc; do
    [ "$others" = "$program" ] || [ "$program" = apoc ] || [ ! -e "$place/node_modules/.bin/$others" ] ||
      die "$name alone also installs $others"
  done
  "$place/node_modules/.bin/$program" --help >/dev/null
  printf '%-14s %s\n' "$program" "$("$place/node_modules/.bin/$program" --version)"
done
