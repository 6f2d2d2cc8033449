import Foundation
import Host
import Kernel
import Messages
import Service
import TestSupport
import Testing

@Suite struct KeyRotationTests {
  private let folder: TemporaryFolder
  private let keys: KeyFolder

  init() throws {
    folder = try TemporaryFolder()
    keys = KeyFolder(path: "\(folder.path)/keys")
    try keys.makeMissing(for: ["gateway", "intake"], randomBytes: Self.random)
  }

  private static func random(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255) }
  }

  private func pass(_ expiry: Instant) -> Pass {
    Pass(issuer: "gateway", subject: "u-1", roles: [.clerk], halls: ["1"], expiresAt: expiry)
  }

  @Test func `a pass is believed at every step of a rotation`() throws {
    let now = Instant.realNow
    let pass = pass(now.advanced(byMilliseconds: 300_000))
    let signing = try keys.keyring(of: "gateway")
    let reading = try keys.keyring(of: "intake")
    let old = try signing.seal(pass)
    func exchange() throws {
      try signing.replace(with: keys.keys(of: "gateway"))
      try reading.replace(with: keys.keys(of: "intake"))
    }
    #expect(try keys.prepareSigning(of: "gateway", randomBytes: Self.random) == "gateway.2")
    #expect(try keys.prepareSigning(of: "gateway", randomBytes: Self.random) == "gateway.2")
    try exchange()
    #expect(signing.signingID == "gateway")
    #expect(try keys.activateSigning(of: "gateway", now: now, isEarly: true) == "gateway.2")
    try exchange()
    #expect(signing.signingID == "gateway.2")
    let new = try signing.seal(pass)
    #expect(try reading.pass(of: old, now: now) == pass)
    #expect(try reading.pass(of: new, now: now) == pass)
    #expect(try keys.retireSigning(of: "gateway", now: now, isEarly: true) == ["gateway"])
    try exchange()
    #expect(throws: Refusal.bypass) { try reading.pass(of: old, now: now) }
    #expect(try reading.pass(of: new, now: now) == pass)
    #expect(try keys.prepareSigning(of: "gateway", randomBytes: Self.random) == "gateway.3")
  }

  @Test func `a retired key verifies the admissions of its time and no pass`() throws {
    let now = Instant.realNow
    let intake = try keys.keyring(of: "intake")
    let unsigned = IntakeV1.Admission(
      number: "1",
      hall: "1",
      itemCode: "1",
      itemVersion: 1,
      acceptedOn: "2026-09-14"
    )
    let admission = try intake.admissions([unsigned])[0]
    var pass = pass(now.advanced(byMilliseconds: 300_000))
    pass.issuer = "intake"
    pass.subject = "intake"
    pass.roles = [.service]
    let header = try intake.seal(pass)
    try keys.prepareSigning(of: "intake", randomBytes: Self.random)
    try keys.activateSigning(of: "intake", now: now, isEarly: true)
    try keys.retireSigning(of: "intake", now: now, isEarly: true)
    let gateway = try keys.keyring(of: "gateway")
    #expect(gateway.isValid(admission))
    #expect(throws: Refusal.bypass) { try gateway.pass(of: header, now: now) }
  }

  @Test func `a step that comes too early is refused`() throws {
    let now = Instant.realNow
    let second = now.advanced(byMilliseconds: 2_000)
    try keys.prepareSigning(of: "gateway", randomBytes: Self.random)
    #expect(throws: KeyFolder.Fault.self) {
      try keys.activateSigning(of: "gateway", now: second)
    }
    let later = now.advanced(byMilliseconds: (KeyFolder.overlap + 2) * 1_000)
    #expect(try keys.activateSigning(of: "gateway", now: later) == "gateway.2")
    #expect(throws: KeyFolder.Fault.self) { try keys.retireSigning(of: "gateway", now: later) }
    let end = now.advanced(byMilliseconds: (KeyFolder.afterlife + 2) * 1_000)
    #expect(try keys.retireSigning(of: "gateway", now: end) == ["gateway"])
    #expect(try keys.retireSigning(of: "gateway", now: end) == [])
  }

  @Test func `two authorities are believed while certificates are issued anew`() throws {
    let now = Instant.realNow
    func roots() throws -> Int {
      let pem = try String(contentsOfFile: "\(keys.path)/public/authorities.pem", encoding: .utf8)
      return pem.components(separatedBy: "BEGIN CERTIFICATE").count - 1
    }
    let before = try keys.identity(of: "intake").certificates
    try keys.prepareAuthority(now: now)
    #expect(try roots() == 2)
    #expect(try keys.identity(of: "intake").certificates == before)
    try keys.activateAuthority(for: ["gateway", "intake"], now: now, isEarly: true)
    #expect(try roots() == 2)
    #expect(try keys.identity(of: "intake").certificates != before)
    try keys.retireAuthority(now: now, isEarly: true)
    #expect(try roots() == 1)
  }

  @Test func `certificates are issued anew when they end soon`() throws {
    let services = ["gateway", "intake"]
    let now = Instant.realNow
    #expect(try keys.renewCertificates(for: services, endingWithin: 60, now: now) == [])
    let late = now.advanced(byMilliseconds: 340 * 86_400_000)
    #expect(try keys.renewCertificates(for: services, endingWithin: 60, now: late).count == 4)
    #expect(try keys.renewCertificates(for: services, endingWithin: 60, now: late) == [])
  }

  @Test func `an older folder gets the certificate for watching, by all that issue`() throws {
    let services = ["gateway", "intake"]
    let file = "\(keys.path)/private/watch/tls.pem"
    let first = try keys.identity(of: "watch").certificates
    try FileManager.default.removeItem(atPath: file)
    #expect(try keys.renewCertificates(for: services, endingWithin: 60, now: .realNow) == [file])
    try FileManager.default.removeItem(atPath: file)
    #expect(try keys.makeMissing(for: services, randomBytes: Self.random) == [file])
    let second = try keys.identity(of: "watch").certificates
    #expect(second != first)
    try keys.prepareAuthority(now: .realNow)
    try keys.activateAuthority(for: services, now: .realNow, isEarly: true)
    #expect(try keys.identity(of: "watch").certificates != second)
    try FileManager.default.removeItem(atPath: "\(keys.path)/private/intake/tls.pem")
    #expect(throws: KeyFolder.Fault.self) {
      try keys.renewCertificates(for: services, endingWithin: 60, now: .realNow)
    }
  }
}
