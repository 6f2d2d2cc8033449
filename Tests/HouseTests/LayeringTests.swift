import Foundation
import Testing

/// Who may import whom, besides the standard library.
///
/// The manifest says the same of targets, but SwiftPM 6.3.1 lets a file import any module that
/// happens to be built already, so this table is the one that holds.
private let allowed: [String: Set<String>] = {
  let room: Set<String> = ["Connect", "Kernel", "Law", "Messages", "Service", "Storage"]
  return [
    "Kernel": [],
    "Law": ["Kernel"],
    "HTTP2": ["CNghttp2"],
    "Messages": ["CMessages", "CProtobufC", "Glibc", "Kernel"],
    "Connect": ["CZlib", "Messages"],
    "Storage": [
      "CWriteAheadLog", "Kernel", "GRDB", "GRDBSQLite", "Crypto", "Glibc", "Dispatch",
    ],
    "Service": [
      "Connect", "Kernel", "Law", "Messages", "Storage", "Crypto", "FoundationEssentials",
    ],
    "Catalogue": room,
    "Intake": room.union(["Glibc"]),
    "Approval": room,
    "Queueing": room,
    "Monitoring": room,
    "Gateway": room.union(["Crypto", "JWTKit", "Foundation", "FoundationEssentials"]),
    "Host": room.union([
      "CLinux", "HTTP2", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "NIOTLS", "Logging", "Crypto",
      "SwiftASN1", "X509",
      "ServiceLifecycle", "Configuration", "Foundation", "FoundationEssentials", "Glibc",
      "Dispatch", "SystemPackage", "UnixSignals",
    ]),
    "onedoor": room.union([
      "Approval", "ArgumentParser", "Catalogue", "Crypto", "Foundation", "FoundationEssentials",
      "Gateway", "Glibc", "Host", "HTTP2", "Intake", "JWTKit", "Logging", "Monitoring", "NIOCore",
      "NIOPosix", "Queueing", "Subprocess", "SystemPackage", "Configuration", "Dispatch",
      "ServiceLifecycle",
    ]),
    "TestSupport": ["Kernel", "Law", "Foundation"],
    "Simulation": room.union([
      "TestSupport", "Foundation", "Intake", "Approval", "Monitoring", "Catalogue",
    ]),
  ]
}()

@Suite struct LayeringTests {
  @Test func `every module is in the table`() throws {
    let sources = Tree.root.appending(path: "Sources")
    let modules = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    let systemLibraries: Set<String> = [
      "CAllocation", "CLinux", "CMessages", "CNghttp2", "CProtobufC", "CWriteAheadLog", "CZlib",
    ]
    #expect(Set(modules).subtracting(systemLibraries) == Set(allowed.keys))
  }

  @Test(arguments: allowed.keys.sorted())
  func `a module imports only what its row allows`(module: String) throws {
    let importLine =
      #/(?m)^(?:@\w+ )*(?:(?:package|internal|private|public) )?import (\w+)/#
    for file in try Tree.files(below: "Sources/\(module)") {
      for match in file.text.matches(of: importLine) {
        let name = String(match.1)
        let isAllowed = allowed[module]?.contains(name) == true || name == "Synchronization"
        #expect(isAllowed, "\(file.path) imports \(name)")
      }
    }
  }

  @Test func `rules are pure: they import Kernel and Law alone`() throws {
    for file in try Tree.files(below: "Sources") where file.path.contains("/Rules/") {
      for match in file.text.matches(of: #/(?m)^(?:(?:package|internal) )?import (\w+)/#) {
        #expect(["Kernel", "Law"].contains(String(match.1)), "\(file.path) imports \(match.1)")
      }
      #expect(!file.text.contains(" async"), "\(file.path) is asynchronous")
    }
  }

  @Test func `only Storage knows GRDB`() throws {
    for file in try Tree.files(below: "Sources") where !file.path.hasPrefix("Sources/Storage/") {
      #expect(!file.text.contains("import GRDB"), "\(file.path)")
    }
  }

  @Test func `nothing is public, since we ship a program`() throws {
    for file in try Tree.files(below: "Sources") {
      let match = file.text.firstMatch(of: #/(?m)^\s*(?:public|open) /#)
      #expect(match == nil, "\(file.path)")
    }
  }
}
