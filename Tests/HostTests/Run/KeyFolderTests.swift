import Foundation
import Host
import Service
import TestSupport
import Testing

@Suite struct KeyFolderTests {
  private let folder: TemporaryFolder
  private let keys: KeyFolder

  init() throws {
    folder = try TemporaryFolder()
    keys = KeyFolder(path: "\(folder.path)/keys")
  }

  private func make(_ services: String..., seed: UInt64 = 1) throws -> [String] {
    var generator = SeededGenerator(seed: seed)
    return try keys.makeMissing(for: services) { count in
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
  }

  @Test func `keys are made once and then stay`() throws {
    // The authority and its certificate, three keys, a certificate, those of operator and watch.
    #expect(try make("gateway").count == 8)
    let seal = try keys.seal(of: "gateway")
    #expect(try make("gateway", "intake", seed: 2).count == 4)
    #expect(try make("gateway", "intake", seed: 3).isEmpty)
    #expect(
      try keys.seal(of: "gateway").hash("test", [1]) == seal.hash("test", [1])
    )
  }

  @Test func `what one service signs the others recognise`() throws {
    _ = try make("gateway", "intake")
    let signature = try keys.keyring(of: "intake").sign([1, 2, 3])
    let gateway = try keys.keyring(of: "gateway")
    #expect(gateway.isSignature(signature, of: [1, 2, 3], by: "intake"))
    #expect(!gateway.isSignature(signature, of: [1, 2, 3], by: "gateway"))
  }

  @Test(arguments: [
    "private/gateway/sign.key", "private/gateway/seal.key", "private/gateway/tls.pem",
    "authority/ca.pem",
  ])
  func `a secret is readable by its owner only`(_ file: String) throws {
    _ = try make("gateway")
    let path = "\(keys.path)/\(file)"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `a secret that others may read is refused`() throws {
    _ = try make("gateway")
    let path = "\(keys.path)/private/gateway/seal.key"
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: KeyFolder.Fault.exposed(path: path)) { try keys.seal(of: "gateway") }
  }

  @Test func `a key that is missing or no key is named`() throws {
    _ = try make("gateway")
    #expect(throws: KeyFolder.Fault.missing(path: "\(keys.path)/private/intake/seal.key")) {
      try keys.seal(of: "intake")
    }
    let path = "\(keys.path)/public/gateway.pub"
    try Data("c2hvcnQ=\n".utf8).write(to: URL(filePath: path))
    #expect(throws: KeyFolder.Fault.malformed(path: path)) { try keys.keyring(of: "gateway") }
  }

  @Test func `keys of the first layout are moved to their place`() throws {
    _ = try make("gateway")
    let seal = try keys.seal(of: "gateway")
    let manager = FileManager.default
    try manager.createDirectory(atPath: "\(keys.path)/seal", withIntermediateDirectories: true)
    for (new, old) in [
      ("private/gateway/seal.key", "seal/gateway.key"),
      ("private/gateway/sign.key", "private/gateway.key"),
    ] {
      try manager.moveItem(atPath: "\(keys.path)/\(new)", toPath: "\(keys.path)/\(old)")
    }
    #expect(try make("gateway", seed: 2).isEmpty)
    #expect(try keys.seal(of: "gateway").hash("test", [1]) == seal.hash("test", [1]))
    #expect(try keys.keyring(of: "gateway").signingID == "gateway")
  }

  @Test func `a service whose public key nobody has is refused`() throws {
    _ = try make("gateway")
    try FileManager.default.removeItem(atPath: "\(keys.path)/public/gateway.pub")
    #expect(throws: KeyFolder.Fault.unpublished(service: "gateway")) {
      try keys.keyring(of: "gateway")
    }
  }
}
