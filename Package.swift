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
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let certificates: [Target.Dependency] = [
  .product(name: "SwiftASN1", package: "swift-asn1"),
  .product(name: "X509", package: "swift-certificates"),
]
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOTLS"].map {
  .product(name: $0, package: "swift-nio")
}
let embedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser",
  package: "swift-argument-parser"
)

/// What each room stands on.
let room: [Target.Dependency] = ["Connect", "Kernel", "Law", "Messages", "Service", "Storage"]

/// What each room is tested with.
let bench: [Target.Dependency] = room + ["Simulation", "TestSupport"]

/// A Swift target of the house: its name and what it stands on.
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

/// A small executable that tests start, in a folder of the tests.
func probe(
  _ name: String,
  on dependencies: [Target.Dependency],
  exclude: [String] = []
) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies,
    path: "Tests/\(name)",
    exclude: exclude,
    swiftSettings: house
  )
}

let package = Package(
  name: "onedoor",
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
  ],
  targets: [
    // MARK: 0 - C
    .systemLibrary(
      name: "CNghttp2",
      pkgConfig: "libnghttp2",
      providers: [.apt(["libnghttp2-dev"])]
    ),
    .systemLibrary(
      name: "CProtobufC",
      pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"])]
    ),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CMessages", dependencies: ["CProtobufC"]),
    .target(name: "CWriteAheadLog", dependencies: [sqlite]),
    .target(name: "CAllocation", linkerSettings: [.linkedLibrary("jemalloc")]),

    // MARK: 1 - pure
    floor("Kernel", on: []),
    floor("Law", on: ["Kernel"]),

    // MARK: 2 - protocol
    floor("HTTP2", on: ["CNghttp2"]),
    floor("Messages", on: ["CMessages", "CProtobufC", "Kernel"]),
    floor("Connect", on: ["CZlib", "Messages"]),

    // MARK: 3 - storage
    floor("Storage", on: ["CWriteAheadLog", "Kernel", crypto, grdb, sqlite]),

    // MARK: 4 - service
    floor("Service", on: ["Connect", "Kernel", "Law", "Messages", "Storage", crypto]),

    // MARK: 5 - the six rooms
    floor("Catalogue", on: room),
    floor("Intake", on: room),
    floor("Approval", on: room),
    floor("Queueing", on: room),
    floor("Monitoring", on: room),
    floor("Gateway", on: room + [crypto, jwt]),

    // MARK: 6 - host
    floor("Host", on: room + ["CLinux", "HTTP2", crypto, logging, tls] + certificates + nio),

    // MARK: 7 - program
    .executableTarget(
      name: "onedoor",
      dependencies: room
        + ["Catalogue", "Intake", "Approval", "Queueing", "Monitoring", "Gateway"]
        + ["CAllocation", "Host", "HTTP2", arguments, crypto],
      exclude: ["Data/README.md", "Data/catalogue"],
      resources: [.embedInCode("Data/calendar/work-calendar.json")],
      swiftSettings: house
    ),

    // MARK: Test side
    .target(
      name: "CForeign",
      dependencies: ["CMessages", "CProtobufC"],
      path: "Tests/CForeign"
    ),
    .target(
      name: "Foreign",
      dependencies: ["CForeign", "CMessages", "CProtobufC", "Messages"],
      path: "Tests/Foreign",
      exclude: ["Proto"],
      swiftSettings: house
    ),
    tests(
      "ForeignTests",
      on: ["Foreign", "Messages"],
      exclude: ["Golden", "conformance.py", "conformance_json.py", "nasty.py"]
    ),
    floor("TestSupport", on: ["Kernel", "Law"]),
    floor("Simulation", on: room + ["Approval", "Intake", "Monitoring", "TestSupport"]),
    tests("HouseTests", on: ["Messages"]),
    tests("KernelTests", on: ["Kernel", "TestSupport"]),
    tests("LawTests", on: ["Kernel", "Law", "TestSupport"]),
    tests("HTTP2Tests", on: ["HTTP2", "TestSupport"]),
    tests(
      "MessagesTests",
      on: ["Kernel", "Messages", "TestSupport"],
      exclude: ["Golden", "golden.py"]
    ),
    tests("ConnectTests", on: ["Connect", "TestSupport"]),
    probe("StorageProbe", on: ["Kernel", "Storage", grdb]),
    .target(name: "CRecorder", path: "Tests/CRecorder"),
    .target(
      name: "Recorder",
      dependencies: ["CRecorder", "Storage"],
      path: "Tests/Recorder",
      swiftSettings: house
    ),
    tests(
      "StorageTests",
      on: ["Kernel", "Recorder", "Storage", "StorageProbe", "TestSupport", grdb],
      exclude: ["Golden"]
    ),
    tests("ServiceTests", on: bench),
    tests("SimulationTests", on: bench + ["Approval", "Intake", "Monitoring"]),
    tests("CatalogueTests", on: bench + ["Catalogue"]),
    tests("IntakeTests", on: bench + ["Intake"]),
    tests("ApprovalTests", on: bench + ["Approval"]),
    tests("QueueingTests", on: bench + ["Queueing"]),
    tests("MonitoringTests", on: bench + ["Monitoring"]),
    tests(
      "GatewayTests",
      on: bench + ["Gateway", crypto, cryptoExtras, jwt]
    ),
    tests(
      "HostTests",
      on: bench + ["Host", "HTTP2", tls, embedded] + certificates + nio,
      exclude: ["Run/Golden"]
    ),
    tests("OnedoorTests", on: ["onedoor", "TestSupport"]),
    probe(
      "FuzzProbe",
      on: room + ["Gateway", "Host", "HTTP2", "TestSupport", crypto, cryptoExtras, embedded] + nio,
      exclude: ["Corpus", "explore"]
    ),
    probe(
      "ConformanceProbe",
      on: room + ["Gateway", "Host", "HTTP2", crypto]
    ),
    .executableTarget(
      name: "BenchProbe",
      dependencies: ["CAllocation", "Host", "Kernel", "Messages", "Service", "Storage"],
      path: "Tests/Benchmarks/Probe",
      swiftSettings: house
    ),
  ]
)

// `make sanitize` builds the tests that it names and what they stand on, nothing else.
if let names = Context.environment["ONEDOOR_TESTS"] {
  var wanted = Set(names.split(separator: " ").map(String.init))
  var count = 0
  while wanted.count > count {
    count = wanted.count
    for target in package.targets where wanted.contains(target.name) {
      for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
}

// `Tests/FuzzProbe/explore` has libFuzzer count what runs in the targets that it names. It looks at
// every counter after every input, so others have none.
if let names = Context.environment["ONEDOOR_COUNTED"] {
  let flag = "sanitize-coverage=\(Context.environment["ONEDOOR_COVERAGE"] ?? "edge")"
  for target in package.targets where names.split(separator: " ").contains(target.name[...]) {
    if target.name.hasPrefix("C") && target.swiftSettings == nil {
      target.cSettings = [.unsafeFlags(["-f\(flag)"])]
    } else {
      target.swiftSettings = house + [.unsafeFlags(["-\(flag)"])]
    }
  }
}
