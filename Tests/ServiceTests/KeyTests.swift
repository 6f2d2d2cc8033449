import Kernel
import Messages
import Simulation
import TestSupport
import Testing

@testable import Service

@Suite struct KeyTests {
  let now = Room.opening

  func pass(_ issuer: String, roles: Set<AccessV1.Role>) -> Pass {
    Pass(
      issuer: issuer,
      subject: issuer,
      name: "名",
      roles: roles,
      halls: ["370212"],
      posts: ["K01"],
      onBehalfOf: "u",
      assurance: 2,
      expiresAt: now.advanced(byMilliseconds: 1),
      source: "::1"
    )
  }

  @Test func `a pass comes back as it was sealed`() throws {
    let sealed = try TestKeys.keyring("gateway").seal(pass("gateway", roles: [.clerk, .chief]))
    let keyring = try TestKeys.keyring("intake")
    for _ in 0..<2 {
      #expect(try keyring.pass(of: sealed, now: now) == pass("gateway", roles: [.clerk, .chief]))
    }
    let later = now.advanced(byMilliseconds: 1)
    #expect(throws: Refusal.passExpired) { try keyring.pass(of: sealed, now: later) }
  }

  @Test func `a pass with any byte changed is none`() throws {
    let sealed = Array(try TestKeys.keyring("gateway").seal(pass("gateway", roles: [.clerk])).utf8)
    let keyring = try TestKeys.keyring("intake")
    for index in sealed.indices {
      var changed = sealed
      changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
      let text = String(decoding: changed, as: UTF8.self)
      // The last character of each half carries bits that mean nothing.
      guard Base64.decode(text.split(separator: ".").last ?? "") != nil else { continue }
      let isSame =
        Base64.decode(text.split(separator: ".").last ?? "")
        == Base64.decode(String(decoding: sealed, as: UTF8.self).split(separator: ".").last ?? "")
      if isSame, index > sealed.count - 3 { continue }
      #expect(throws: Refusal.self) { try keyring.pass(of: text, now: now) }
    }
  }

  @Test func `a service attests itself alone`() throws {
    let keyring = try TestKeys.keyring("intake")
    let approval = try TestKeys.keyring("approval")
    let own = try approval.seal(pass("approval", roles: [.service]))
    #expect(try keyring.pass(of: own, now: now).subject == "approval")
    var operators = pass("approval", roles: [.service])
    operators.subject = Keyring.operatorName
    #expect(try keyring.pass(of: approval.seal(operators), now: now).isOperators)
    operators.subject = "intake"
    #expect(throws: Refusal.bypass) {
      try keyring.pass(of: approval.seal(operators), now: now)
    }
    let people = try TestKeys.keyring("approval").seal(pass("approval", roles: [.clerk]))
    #expect(throws: Refusal.bypass) { try keyring.pass(of: people, now: now) }
    let forged = try TestKeys.keyring("approval").seal(pass("gateway", roles: [.clerk]))
    #expect(throws: Refusal.bypass) { try keyring.pass(of: forged, now: now) }
  }

  /// docs/rules/door.md, rule D2.
  @Test func `an admission is intake's alone and covers every field`() throws {
    let approval = try TestKeys.keyring("approval")
    func admission(_ service: String) throws -> IntakeV1.Admission {
      try TestKeys.keyring(service).admission(
        number: "n",
        hall: "370212",
        itemCode: "i",
        itemVersion: 3,
        acceptedOn: "2026-09-14"
      )
    }
    let good = try admission("intake")
    #expect(approval.isValid(good))
    #expect(!approval.isValid(try admission("gateway")))
    let changes: [(inout IntakeV1.Admission) -> Void] = [
      { $0.number = "m" }, { $0.hall = "370213" }, { $0.itemCode = "j" }, { $0.itemVersion = 4 },
      { $0.acceptedOn = "2026-09-15" }, { $0.alg = "none" }, { $0.signature[0] ^= 1 },
      { $0.keyId = "gateway" },
    ]
    for change in changes {
      var bad = good
      change(&bad)
      #expect(!approval.isValid(bad))
    }
  }

  /// The test cases 1 and 2 of RFC 4231.
  @Test(
    arguments: [
      (
        [UInt8](repeating: 0x0B, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
    ]
  )
  func `the keyed hash is HMAC-SHA256`(key: [UInt8], message: String, hash: String) {
    #expect(Digest.hex(KeyedHash(key).hash(Array(message.utf8))) == hash)
  }

  @Test func `sealed bytes open with their own key alone and hide repeats`() throws {
    let seal = TestKeys.seal("intake")
    let nonces: [[UInt8]] = [Array(repeating: 1, count: 12), Array(repeating: 2, count: 12)]
    let sealed = try nonces.map { try seal.seal([1, 2, 3], nonce: $0) }
    #expect(sealed[0] != sealed[1])
    #expect(try sealed.map { try seal.open($0) } == [[1, 2, 3], [1, 2, 3]])
    #expect(throws: Seal.Fault.notAuthentic) { try TestKeys.seal("approval").open(sealed[0]) }
    #expect(throws: Seal.Fault.unknownAlgorithm(9)) { try seal.open([9, 1]) }
    #expect(seal.hash("id", [1]) == seal.hash("id", [1]))
    #expect(seal.hash("id", [1]) != seal.hash("phone", [1]))
    #expect(seal.hash("id", [1]) != TestKeys.seal("approval").hash("id", [1]))
  }

  @Test(arguments: [0, 1, 49, 50, 51, 500, 501, 4_000_000_000])
  func `a page has 1 to 500 entries and its token comes back`(asked: UInt32) throws {
    let page = try Paging(.init(size: asked), parts: 2)
    #expect(page.size == (asked == 0 ? 50 : min(Int(asked), 500)))
    let token = Paging.token(["甲", "2"])
    #expect(try Paging(.init(token: token), parts: 2).mark == ["甲", "2"])
    #expect(throws: Refusal.self) { try Paging(.init(token: token), parts: 1) }
    #expect(throws: Refusal.self) { try Paging(.init(token: "!"), parts: 1) }
  }
}
