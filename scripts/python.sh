# shellcheck shell=bash
# Sourced after toolchain.sh by the scripts that need Python programs.

# python_tools WHAT FOLDER REQUIREMENTS: makes a Python environment in FOLDER with what the file pins with hashes. The
# copy of the file in FOLDER says which requirements the environment was made for.
python_tools() {
  local what="$1" folder="$2" requirements="$3"
  if cmp -s "$requirements" "$folder/requirements.txt"; then return; fi
  permit "$what" "python3 -m venv $folder && $folder/bin/pip install --require-hashes -r $requirements"
  apt_install python3 python3 python3-venv
  # Debian has venv in a package of its own, and python3 without it.
  if ! python3 -c 'import ensurepip' 2>/dev/null; then
    say "installing python3-venv with apt-get"
    { as_root apt-get update -q && as_root apt-get install -q -y --no-install-recommends python3-venv; } >&2 ||
      die "python3 cannot make environments; install python3-venv"
  fi
  say "installing $what of ${requirements#"$root/"}"
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$requirements" >&2
  cp "$requirements" "$folder/requirements.txt"
}
