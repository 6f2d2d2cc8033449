#!/bin/sh
# Makes Sources/GrpcEcho/Generated from echo.proto with Debian's protoc and the two plugins of the
# packages that the peer names. What it makes is committed: building protoc's plugins with every
# build would cost minutes.
set -eu
cd "$(dirname "$0")"
build="swift build -c release --static-swift-stdlib --scratch-path ../../../../.build/grpc"
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do $build --product "$plugin" >&2; done
plugins=$($build --show-bin-path)
out=Sources/GrpcEcho/Generated
rm -rf "$out"
mkdir "$out"
protoc -I . --plugin="$plugins/protoc-gen-swift" --swift_out="$out" \
  --plugin="$plugins/protoc-gen-grpc-swift-2" --grpc-swift-2_out="$out" \
  --grpc-swift-2_opt=Client=false echo.proto
