#!/bin/sh
# Installs oclaw for who runs this: sh install.sh [--from <folder or address>] [--to <folder>]
# The program is checked against the signed list of its release, tried, and put in place by one rename; nothing else is changed.
set -eu
umask 022

from=${OCLAW_FROM:-'@FROM@'}
key='@KEY@' # Ed25519, SPKI in base64
if [ "$(id -u)" = 0 ]; then to=/usr/local/bin; else to=${HOME:?}/.local/bin; fi

stop() {
  echo "oclaw: $*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
  --from) from=${2:?--from needs a folder or an address} && shift 2 ;;
  --to) to=${2:?--to needs a folder} && shift 2 ;;
  *) stop "there is no $1; there are --from <folder or address> and --to <folder>" ;;
  esac
done
case $from in '' | @*) stop 'where is the release? sh install.sh --from <folder or address>' ;; esac

# The names of releases: linux-x64, linux-arm64-musl, darwin-arm64 …
case $(uname -s) in
Linux) system=linux ;;
Darwin) system=darwin ;;
*) stop "there is no program for $(uname -s) here; on Windows take oclaw-windows-x64.exe" ;;
esac
case $(uname -m) in
x86_64 | amd64) machine=x64 ;;
aarch64 | arm64) machine=arm64 ;;
*) stop "there is no program for $(uname -m): it needs a 64-bit x86 or ARM machine and system" ;;
esac
target=$system-$machine
if [ -e /etc/alpine-release ]; then target=$target-musl; fi

mkdir -p "$to" || stop "$to cannot be made; choose another with --to"
[ -w "$to" ] || stop "$to cannot be written; choose another with --to, or run this as root"
work=$(mktemp -d "$to/.oclaw-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

get() {
  case $from in
  https://* | http://127.0.0.1[:/]* | http://localhost[:/]*)
    if command -v curl >/dev/null; then
      curl -fsSL --retry 2 -o "$work/$1" "$from/$1"
    elif command -v wget >/dev/null; then
      wget -q -O "$work/$1" "$from/$1"
    else
      stop 'this needs curl or wget'
    fi
    ;;
  *://*) stop "programs are only taken over https, not from $from" ;;
  *) cp "$from/$1" "$work/$1" ;;
  esac || stop "$from/$1 cannot be read"
}

get manifest.json
get manifest.json.sig

# Older OpenSSL and LibreSSL cannot check Ed25519 by command; the program itself checks every later update.
signed=no
if openssl version 2>/dev/null | grep -q '^OpenSSL [3-9]'; then
  printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$key" >"$work/key.pem"
  openssl base64 -d -A -in "$work/manifest.json.sig" -out "$work/sig"
  openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/manifest.json" -sigfile "$work/sig" >/dev/null 2>&1 ||
    stop "$from/manifest.json is not signed by who makes oclaw; nothing was installed"
  signed=yes
fi

entry=$(tr '}' '\n' <"$work/manifest.json" | grep "\"$target\":" || true)
name=$(printf %s "$entry" | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
hash=$(printf %s "$entry" | sed -n 's/.*"sha256":"\([0-9a-f]*\)".*/\1/p')
case $name in '' | */*) stop "this release has no program for $target" ;; esac
[ ${#hash} = 64 ] || stop "this release has no checksum for $target"

get "$name"
if command -v sha256sum >/dev/null; then found=$(sha256sum "$work/$name"); else found=$(shasum -a 256 "$work/$name"); fi
[ "${found%% *}" = "$hash" ] || stop "$name is not what the list of its release says; nothing was installed"
chmod 755 "$work/$name"
version=$("$work/$name" --version) || stop "the program for $target does not run here; nothing was installed"
mv -f "$work/$name" "$to/oclaw"
if [ ! -e "$to/openclaw" ] && ! command -v openclaw >/dev/null; then ln -s oclaw "$to/openclaw"; fi

echo "oclaw $version is in $to."
[ $signed = yes ] || echo 'Its checksum was compared; its signature was not (that needs OpenSSL 3).'
case :$PATH: in *":$to:"*) ;; *) echo "Put it on your path: export PATH=\"$to:\$PATH\"" ;; esac
echo 'Next: oclaw onboard'
