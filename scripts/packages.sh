#!/usr/bin/env bash
# Packs every package as it would be published and installs each command line program alone, away from this checkout;
# likewise the libraries against whose types the programs of test/consumer are compiled.
#
#   scripts/packages.sh [--keep DIR]
#
# Prints one line per program. Exits with 0 if each starts with plain Node and installs nothing that is in its bundle,
# test/packed passes with `apoc`, the programs of test/consumer succeed and publint finds nothing.
# --keep: the packed `apoc` stays installed in the new folder DIR, for measurements.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/toolchain.sh"
cd "$root"

keep=""
case "${1:-}" in
  "") ;;
  --keep) [ $# -eq 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }; keep="$(realpath -m "$2")" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

work="$(mktemp -d "${TMPDIR:-/tmp}/apoc-packages.XXXXXX")"
trap 'rm -rf "$work"' EXIT

node_modules/.bin/tsc -b
node scripts/bundle.ts
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

# install PLACE NAME: a project in the folder PLACE that depends on the packed package NAME only.
install() {
  mkdir "$1"
  printf '{"private":true,"type":"module","dependencies":{"%s":"*"}}\n' "$2" >"$1/package.json"
  { printf 'autoInstallPeers: false\noverrides:\n%s\n' "$overrides"; sed -n '/^allowBuilds:/,/^[^ ]*:$/p' pnpm-workspace.yaml | sed '$d'; } >"$1/pnpm-workspace.yaml"
  (cd "$1" && pnpm install --prod --silent)
}

for pair in developer:apoc-dev publisher:apoc-pod provider:apoc-provider apoc:apoc; do
  package="${pair%%:*}"; program="${pair##*:}"
  place="$work/$program"
  name="$(node -p "require('./packages/$package/package.json').name")"
  install "$place" "$name"
  # The bundle has everything but the executable that starts a chain.
  brought="$(find "$place/node_modules/.pnpm" -mindepth 1 -maxdepth 1 ! -name node_modules ! -name lock.yaml \
    ! -name "${name/\//+}@*" ! -name "@foundry-rs+anvil*" -printf '%f ')"
  [ -z "$brought" ] || die "$program alone also installs $brought"
  "$place/node_modules/.bin/$program" --help >/dev/null
  [ "$(HOME="$work" "$place/node_modules/.bin/$program" wallet list --json)" = "[]" ] || die "$program knows no wallets"
  printf '%-14s %s\n' "$program" "$("$place/node_modules/.bin/$program" --version)"
done
node --conditions=apoc-source test/packed/apoc.ts "$work/apoc/node_modules/.bin/apoc" 2>"$work/packed" ||
  { cat "$work/packed" >&2; die "the packed apoc does not work"; }
[ -z "$keep" ] || cp -R "$work/apoc" "$keep"

# Strict TypeScript, as a user compiles it: the main entry with the types of a browser, the others with those of Node.
for folder in test/consumer/*/; do
  name="$(node -p "require('./packages/$(basename "$folder")/package.json').name")"; place="$work/consumer-$(basename "$folder")"
  install "$place" "$name"
  cp "$folder"*.ts "$place/"
  for program in "$place"/*.ts; do
    case "$program" in */main.ts) types='"types":[],"lib":["es2024","dom","dom.asynciterable"]' ;;
      *) types="\"typeRoots\":[\"$root/node_modules/@types\"],\"types\":[\"node\"],\"lib\":[\"es2024\"]" ;; esac
    printf '{"compilerOptions":{"strict":true,"exactOptionalPropertyTypes":true,"noUncheckedIndexedAccess":true,"module":"nodenext","target":"es2024","rootDir":".","outDir":"out",%s},"files":["%s"]}\n' \
      "$types" "$(basename "$program")" >"$place/tsconfig.json"
    node_modules/.bin/tsc -p "$place/tsconfig.json"
    (cd "$place" && node "out/$(basename "$program" .ts).js")
  done
  printf '%-14s %s\n' "$name" "$(node -p "require('$place/node_modules/$name/package.json').version")"
done
