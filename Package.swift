// swift-tools-version: 6.3
import PackageDescription

/// The settings every Swift target of the house is compiled with.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")

/// A Swift target of the house: its name and, floor by floor, what it stands on.
func floor(_ name: String, on dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of a target, in the folder that mirrors it.
func tests(
  _ name: String,
  on dependencies: [Target.Dependency],
  exclude: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

let package = Package(
  name: "onedoor",
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  ],
  targets: [
    // MARK: 0 - C
    .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    .systemLibrary(
      name: "CProtobufC",
      pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"])]
    ),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CMessages", dependencies: ["CProtobufC"]),

    // MARK: 1 - pure
    floor("Kernel", on: []),
    floor("Law", on: ["Kernel"]),

    // MARK: 2 - protocol
    floor("HTTP2", on: ["CNghttp2"]),
    floor("Messages", on: ["CMessages", "CProtobufC", "Kernel"]),
    floor("Connect", on: ["CZlib", "Messages"]),

    // MARK: 3 - storage
    floor("Storage", on: ["Kernel", crypto, grdb, sqlite]),

    // MARK: 4 - service
    floor("Service", on: ["Connect", "Kernel", "Law", "Messages", "Storage", crypto]),

    // MARK: Test side
    floor("TestSupport", on: ["Kernel", "Law"]),
    tests("KernelTests", on: ["Kernel", "TestSupport"]),
    tests("LawTests", on: ["Kernel", "Law", "TestSupport"]),
    tests("HTTP2Tests", on: ["HTTP2", "TestSupport"]),
  ]
)
