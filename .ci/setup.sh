#!/usr/bin/env bash
# Makes .venv at the root from requirements.lock, and lets it find the four rooms from any working directory.
# What it needs and does not find it installs as root on Debian; elsewhere it says what to install, and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "setup: $*"; exit 2; }

# need CHECK PACKAGE WHY: runs CHECK; where it fails, installs the Debian package PACKAGE.
need() {
  eval "$1" >/dev/null 2>&1 && return
  [ "$(uname -s)" = Linux ] || stop "$3 is missing."
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    stop "$3 is missing. On Debian or Ubuntu: sudo apt-get install $2"
  fi
  say "setup: installing the Debian package $2 ($3)"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >&2 \
    || stop "apt-get could not install $2 ($3)."
  eval "$1" >/dev/null 2>&1 || stop "$3 is still missing after installing $2."
}

# The newest Python that is new enough, unless PYTHON names one.
pick_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  stop "Python 3.11 or newer is needed, and ${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>&1 || true)." \
    "Install one, or name it: make setup PYTHON=/path/to/python3.12"
}

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  python=$(pick_python)
  need "'$python' -c 'import ensurepip, venv'" python3-venv "Python's venv module"
  say "setup: making .venv with $("$python" --version)"
  rm -rf .venv
  "$python" -m venv .venv
fi
if [ "$(uname -s)" = Linux ]; then
  need ".venv/bin/python -c 'import ctypes; ctypes.CDLL(\"libgomp.so.1\")'" libgomp1 "LightGBM's library libgomp.so.1"
fi

say "setup: installing the pinned packages of requirements.lock (a few minutes the first time)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.lock \
  || stop "pip could not install requirements.lock; its message stands above."

# Four folders up from site-packages is the root: `python -m service` works from any working directory.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo '../../../..' > "$site/retention-risk.pth"
say "setup: compiling the loops that features and scores are made with (a minute or two, once)"
.venv/bin/python -m service.compiled || stop "the loops could not be compiled; the message stands above."
touch .venv/.ready
say "setup: done"
