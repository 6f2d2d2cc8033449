// swift-tools-version: 6.3
import PackageDescription

let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "generator",
  targets: [
    .systemLibrary(
      name: "CProtobufC",
      pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"])]
    ),
    .target(name: "CDescriptor", dependencies: ["CProtobufC"]),
    .executableTarget(
      name: "protoc-gen-onedoor",
      dependencies: ["CDescriptor", "CProtobufC"],
      swiftSettings: house
    ),
  ]
)
