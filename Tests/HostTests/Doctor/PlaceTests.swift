import Foundation
import Host
import Testing

@Suite struct `Files, keys and what is set` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func found(
    _ kind: PathFacts.Kind,
    mode: Int?,
    owner: UInt32 = 7,
    isWritable: Bool = true,
    path: String = "/x"
  ) -> Finding? {
    let facts = PathFacts(
      path: path,
      kind: kind,
      mode: mode,
      owner: owner,
      isWritable: isWritable
    )
    return Doctor.permissions([facts], user: 7, of: "intake").first
  }

  @Test(arguments: [(0o600, Finding.Level.ok), (0o400, .ok), (0o640, .fault), (0o604, .fault)])
  func `a secret is its owner's alone`(mode: Int, level: Finding.Level) {
    #expect(found(.secret, mode: mode)?.level == level)
  }

  @Test func `a missing secret is a fault, a missing store is not`() {
    #expect(found(.secret, mode: nil)?.level == .fault)
    #expect(found(.ownOnly, mode: nil)?.level == .ok)
  }

  @Test func `a data folder is written by who owns it and runs`() {
    #expect(found(.dataFolder, mode: 0o755)?.level == .ok)
    #expect(found(.dataFolder, mode: 0o777)?.level == .fault)
    #expect(found(.dataFolder, mode: 0o755, owner: 8)?.level == .warning)
    #expect(found(.dataFolder, mode: 0o755, isWritable: false)?.level == .fault)
  }

  @Test func `a store or the materials that others may read are warned of`() {
    #expect(found(.ownOnly, mode: 0o600)?.level == .ok)
    #expect(found(.ownOnly, mode: 0o644)?.level == .warning)
    #expect(found(.ownOnly, mode: 0o755, path: "/d/materials")?.advice == "Run chmod 700 on it.")
    #expect(found(.ownOnly, mode: 0o600, isWritable: false)?.level == .fault)
  }

  @Test func `the files of a real folder of keys are seen with their modes and ends`() throws {
    let keys = KeyFolder(path: "\(folder.path)/keys")
    try keys.makeMissing(for: ["intake"]) { [UInt8](repeating: 3, count: $0) }
    let secrets = keys.allSecrets()
    #expect(secrets.count == 6, "two keys, three certificates, the authority")
    #expect(Doctor.permissions(secrets, user: 0, of: "keys").map(\.level) == [.ok])
    let seal = "\(keys.path)/private/intake/seal.key"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: seal)
    let findings = Doctor.permissions(keys.allSecrets(), user: 0, of: "keys")
    #expect(findings.map(\.subject) == [seal] && findings.map(\.level) == [.fault])
    let ends = keys.certificateEnds(of: ["intake", "nobody"])
    #expect(ends.count == 5 && ends.allSatisfy { $0.end != nil })
    let now = Int64(Date.now.timeIntervalSince1970)
    #expect(Doctor.certificates(ends, now: now).map(\.level) == [.ok])
    let later = Doctor.certificates(ends, now: now + 391 * 86_400)
    #expect(later.map(\.level) == [.fault, .fault, .fault])
  }

  private func set(_ environment: [String: String]) throws -> [Finding] {
    let data = ["ONEDOOR_DATA": folder.path]
    return try Doctor.configuration(
      Configuration(file: nil, environment: data.merging(environment) { $1 })
    )
  }

  @Test func `plaintext outside loopback is told, how bad depends on what was said`() throws {
    #expect(try set([:]).map(\.level) == [.ok])
    let door = ["ONEDOOR_LISTEN_DOOR": "0.0.0.0:80"]
    #expect(try set(door).map(\.level) == [.fault])
    let allowed = door.merging(["ONEDOOR_DOOR_PLAINTEXT": "anywhere"]) { $1 }
    #expect(try set(allowed).map(\.level) == [.warning])
    let inner = ["ONEDOOR_LISTEN_INTAKE": "10.0.0.1:1", "ONEDOOR_INNER_TLS": "never"]
    let findings = try set(inner)
    #expect(findings.map(\.subject) == ["intake"] && findings.map(\.level) == [.warning])
    #expect(try set(["ONEDOOR_LISTEN_INTAKE": "10.0.0.1:1"]).map(\.level) == [.ok])
  }

  @Test func `tokens of the key of trying out are warned of outside a demonstration`() throws {
    let keys = "\(folder.path)/keys/private"
    try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: "\(keys)/tokens.key"))
    #expect(try set([:]).map(\.check) == [.plaintext, .tokens])
    #expect(try set(["ONEDOOR_DEMO": "true"]).map(\.check) == [.plaintext])
    #expect(try set(["ONEDOOR_TOKENS_JWKS": "/k"]).map(\.check) == [.plaintext])
  }
}
