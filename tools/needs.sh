# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing. Sourced by ./run; the names stand in tools/packages.txt.

say() { echo "run: $*"; }

# The package manager of this machine, or nothing.
manager() {
  local m
  for m in apt-get dnf apk pkg brew; do
    if command -v "$m" >/dev/null 2>&1; then echo "$m"; return; fi
  done
}

# needed MANAGER HABIT...: the packages that these habits need there.
needed() {
  local column
  case $1 in apt-get) column=2 ;; dnf) column=3 ;; apk) column=4 ;; pkg) column=5 ;; brew) column=6 ;; esac
  shift
  local line word habit
  while read -ra line; do
    for habit in "$@"; do
      word=${line[column - 1]:--}
      if [ "${line[0]:-}" = "$habit" ] && [ "$word" != - ]; then echo "$word"; fi
    done
  done <tools/packages.txt
}

# missing MANAGER PACKAGE...: those that are not installed, in one call of the manager where it can.
missing() {
  local m=$1 name
  shift
  case $m in
    apt-get)
      local have
      have=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
      for name in "$@"; do [[ $have == *" installed=$name "* ]] || echo "$name"; done ;;
    dnf) for name in "$@"; do rpm -q "$name" >/dev/null 2>&1 || echo "$name"; done ;;
    apk) for name in "$@"; do apk info -e "$name" >/dev/null 2>&1 || echo "$name"; done ;;
    pkg) for name in "$@"; do pkg info -e "$name" >/dev/null 2>&1 || echo "$name"; done ;;
    brew) for name in "$@"; do brew list --versions "$name" >/dev/null 2>&1 || echo "$name"; done ;;
  esac
}

apt_install() {
  local as_root=$1
  shift
  local quiet=(-qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0)
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" install -y --no-install-recommends "$@")
  if compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null && $as_root "${install[@]}" >/dev/null 2>&1; then return; fi
  $as_root apt-get "${quiet[@]}" update >/dev/null
  $as_root "${install[@]}" >/dev/null
}

# need HABIT...: when this returns, what the habits need is there, or ./run has ended with the reason.
need() {
  local m as_root=
  m=$(manager)
  if [ -z "$m" ]; then say "no package manager that I know; tools/packages.txt lists what '$*' needs" >&2; return; fi
  local want lack
  mapfile -t want < <(needed "$m" "$@" | sort -u)
  mapfile -t lack < <(missing "$m" "${want[@]}")
  [ ${#lack[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] && [ "$m" != brew ]; then as_root=sudo; fi
  if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
    say "not root and no sudo; install these and call again: ${lack[*]}" >&2
    exit 77
  fi
  say "installing ${#lack[@]} packages with $m: ${lack[*]}"
  case $m in
    apt-get) apt_install "$as_root" "${lack[@]}" ;;
    dnf) $as_root dnf -q -y install "${lack[@]}" >/dev/null ;;
    apk) $as_root apk -q add "${lack[@]}" ;;
    pkg) $as_root pkg install -qy "${lack[@]}" ;;
    brew) brew install -q "${lack[@]}" ;;
  esac || { say "installing failed: ${lack[*]}" >&2; exit 69; }
}
