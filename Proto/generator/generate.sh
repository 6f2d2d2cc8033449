#!/bin/sh
# Makes the Swift of Messages and the C of CMessages from Proto/. `--check` fails if what is
# committed differs.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
swift build --package-path "$root/Proto/generator" --product protoc-gen-onedoor >&2
plugin=$(swift build --package-path "$root/Proto/generator" --show-bin-path)/protoc-gen-onedoor
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$root/Proto"
# shellcheck disable=SC2046
protoc --plugin=protoc-gen-onedoor="$plugin" --onedoor_out="$out" \
  --onedoor_opt=documents,hidden=onedoor.probe.v1 -I . -I /usr/include \
  google/protobuf/any.proto google/protobuf/duration.proto google/protobuf/empty.proto \
  google/protobuf/field_mask.proto google/protobuf/struct.proto google/protobuf/timestamp.proto \
  google/protobuf/wrappers.proto \
  $(find onedoor -name '*.proto' | LC_ALL=C sort)
cd "$root/Sources"
folders="Gateway/Generated Messages/Generated CMessages/generated CMessages/include/onedoor CMessages/include/google"
if [ "${1:-}" = --check ]; then
  for folder in $folders; do diff -r "$out/$folder" "$folder"; done
  cmp "$out/CMessages/include/messages.h" CMessages/include/messages.h
else
  # shellcheck disable=SC2086
  rm -rf $folders
  mkdir -p Messages CMessages/include
  cp -r "$out/." .
fi
