#!/bin/sh
# Makes the Swift of Messages and the C of CMessages from Proto/, and those of the tests' foreign
# contract from Tests/Foreign/Proto. `--check` fails if what is committed differs. PLUGIN may name a
# plugin that is built already.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
plugin=${PLUGIN:-}
if [ -z "$plugin" ]; then
  swift build --package-path "$root/Proto/generator" --product protoc-gen-onedoor >&2
  plugin=$(swift build --package-path "$root/Proto/generator" --show-bin-path)/protoc-gen-onedoor
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir "$out/house" "$out/foreign"
cd "$root/Proto"
# shellcheck disable=SC2046
protoc --plugin=protoc-gen-onedoor="$plugin" --onedoor_out="$out/house" \
  --onedoor_opt=documents,hidden=onedoor.probe.v1 -I . -I /usr/include \
  google/protobuf/any.proto google/protobuf/duration.proto google/protobuf/empty.proto \
  google/protobuf/field_mask.proto google/protobuf/struct.proto google/protobuf/timestamp.proto \
  google/protobuf/wrappers.proto \
  $(find . -name '*.proto' -not -path './generator/*' | sed 's,^\./,,' | LC_ALL=C sort)
if [ -d "$root/Tests/Foreign/Proto" ]; then
  cd "$root/Tests/Foreign/Proto"
  # shellcheck disable=SC2046
  protoc --plugin=protoc-gen-onedoor="$plugin" --onedoor_out="$out/foreign" \
    --onedoor_opt=module=Foreign -I . -I "$root/Proto" -I /usr/include \
    $(find . -name '*.proto' | sed 's,^\./,,' | LC_ALL=C sort)
fi

# Compares or replaces folders of what was made with those below a folder of the root.
take() {
  made=$1 place=$2
  shift 2
  for folder; do
    if [ "$check" = --check ]; then
      diff -r "$made/$folder" "$place/$folder"
    else
      rm -rf "${place:?}/$folder"
      mkdir -p "$(dirname "$place/$folder")"
      cp -r "$made/$folder" "$place/$folder"
    fi
  done
}

check=${1:-}
# Headers of our own stand beside those that are made; what is left of a package that is gone goes.
if [ "$check" != --check ]; then
  find "$root/Sources/CMessages/include" -mindepth 1 -maxdepth 1 ! -name arena.h ! -name unpack.h \
    ! -name module.modulemap -exec rm -rf {} +
fi
headers=$(cd "$out/house/CMessages/include" && ls)
take "$out/house" "$root/Sources" Gateway/Generated Messages/Generated CMessages/generated
for header in $headers; do take "$out/house" "$root/Sources" "CMessages/include/$header"; done
if [ -d "$out/foreign/Foreign" ]; then
  take "$out/foreign" "$root/Tests" Foreign/Generated CForeign
fi
