internal import Kernel
internal import Messages
internal import Service
internal import TestSupport

/// Tokens, what portals say of their users, and portals' keys, shown to a gateway.
///
/// Whoever is let in shows what somebody believed has signed, within its time, and is who the
/// claims say; asked again the door says the same. The first byte chooses: 0, the field
/// `authorization` as it is; 1, header and claims, signed by somebody; 2, what a portal says as it
/// is; 3, the same signed by somebody; 4, the key of a portal. The second byte names the signer,
/// and the portal.
struct TokenTarget: FuzzTarget {
  let name = "token"

  private static let door = TokenDoor()
  /// What the signers have really signed, without the signatures.
  private static let genuine = Genuine()

  /// The claims and headers that stand at the beginning.
  private struct Genuine: Sendable {
    let tokens: [String]
    /// By portal.
    let subjects: [[String]]
    let signed: Set<Substring>

    init() {
      let signers = TokenTarget.door.signers
      tokens = (signers.issuer + [signers.other]).flatMap { signer in
        TokenSamples.claims(of: signer.owner).map { signer.sign($0) }
      }
      subjects = signers.portals.map { portal in
        TokenSamples.subjects.map { portal.sign($0) }
      }
      signed = Set((tokens + subjects.joined()).map { TokenTarget.signedPart(of: $0) })
    }
  }

  private static func signedPart(of token: String) -> Substring {
    token.lastIndex(of: ".").map { token[..<$0] } ?? ""
  }

  var seeds: [[UInt8]] {
    let door = Self.door
    var seeds: [[UInt8]] = []
    func add(_ mode: UInt8, _ number: Int, _ text: String) {
      seeds.append([mode, UInt8(number)] + Array(text.utf8))
    }
    for token in Self.genuine.tokens { add(0, 0, "Bearer \(token)") }
    for text in TokenSamples.forgeries(door.signers) { add(0, 0, text) }
    for (index, signer) in door.signers.quick.enumerated() {
      let head = #"{"alg":"\#(signer.algorithm)","kid":"\#(signer.id)"}"#
      for claims in TokenSamples.claims(of: signer.owner) { add(1, index, "\(head)\n\(claims)") }
      for claims in TokenSamples.subjects { add(3, index, "\(head)\n\(claims)") }
      for claims in TokenSamples.subjects { add(3, index | 16, "\(head)\n\(claims)") }
    }
    for (index, portal) in door.portals.enumerated() {
      for subject in Self.genuine.subjects[index] { add(2, index << 4, subject) }
      add(4, 0, portal.key)
    }
    return seeds
  }

  func headCount(of input: [UInt8]) -> Int { min(2, input.count) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    guard input.count > 2 else {
      input = seeds.randomElement(using: &generator) ?? []
      return
    }
    switch Int.random(in: 0..<16, using: &generator) {
    case 0: input[1] = UInt8.random(in: 0...31, using: &generator)
    case 1: input[0] = UInt8.random(in: 0...4, using: &generator)
    default:
      let rest = Array(input[2...])
      let changed =
        input[0] % 2 == 1
        ? TokenMutation.change(json: rest, by: &generator)
        : TokenMutation.change(token: rest, by: &generator)
      input = input[..<2] + changed
    }
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard input.count >= 2 else { return false }
    let door = Self.door
    let signers = door.signers
    let signer = signers.quick[Int(input[1] & 15) % signers.quick.count]
    let portal = Int(input[1] >> 4) % door.portals.count
    let bytes = Array(input.dropFirst(2))
    switch input[0] {
    case 0:
      let field = String(decoding: bytes, as: UTF8.self)
      let token = field.split(separator: " ", maxSplits: 1).last ?? ""
      check(token: String(token.drop { $0 == " " }), of: nil, ["authorization": field])
    case 1:
      guard let token = Self.token(bytes, signer) else { return false }
      check(token: token, of: signer, ["authorization": "Bearer \(token)"])
    case 2:
      check(subject: String(decoding: bytes, as: UTF8.self), of: nil, portal)
    case 3:
      guard let token = Self.token(bytes, signer) else { return false }
      check(subject: token, of: signer, portal)
    case 4: check(key: String(decoding: bytes, as: UTF8.self))
    default: return false
    }
    return true
  }

  /// The token of a header and claims with a line feed between them.
  private static func token(_ bytes: [UInt8], _ signer: TokenSigner) -> String? {
    guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
    return signer.sign(Array(bytes[..<end]), Array(bytes[(end + 1)...]))
  }

  /// Asks twice, which must make no difference; of those who are refused only every fourth.
  private func ask(_ fields: [String: String]) -> TokenDoor.Verdict {
    let (verdict, _) = Self.door.ask(fields)
    if case .refused = verdict, fields.values.reduce(0, { $0 + $1.utf8.count }) % 4 > 0 {
      return verdict
    }
    let (again, isRemembered) = Self.door.ask(fields)
    require(verdict == again, "asked again: \(verdict), \(again)")
    if case .admitted = verdict {
      require(isRemembered, "who was let in is not remembered")
      Self.door.forget()
    }
    return verdict
  }

  // Tokens

  private func check(token: String, of signer: TokenSigner?, _ fields: [String: String]) {
    let verdict = ask(fields)
    if case .refused(let reason) = verdict {
      require(["TOKEN_INVALID", "TOKEN_EXPIRED"].contains(reason), "refused as \(reason)")
      return
    }
    let door = Self.door
    let content = TokenContent(token, isSigned: signer != nil || isGenuine(token))
    let believed = door.signers.issuer + [door.signers.other]
    content.checkSigner(signer, among: believed) { $0.owner == content.claims["iss"]?.text }
    let isOther = content.claims["iss"]?.text == door.signers.other.owner
    let end = content.checkToken(
      verdict,
      prefix: isOther ? TokenDoor.prefix : "",
      now: TokenDoor.start
    )
    checkEnd(end, fields, "TOKEN_EXPIRED")
  }

  private func isGenuine(_ token: String) -> Bool {
    Self.genuine.signed.contains(Self.signedPart(of: token))
  }

  /// At the end of what was shown the door lets nobody in by it, though it has remembered it.
  private func checkEnd(_ end: Double, _ fields: [String: String], _ reason: String) {
    let door = Self.door
    let milliseconds = (end * 1_000).rounded(.up)
    guard milliseconds < 4e12 else { return }
    door.clock.set(Instant(unixMilliseconds: Int64(milliseconds)))
    let (verdict, _) = door.ask(fields)
    door.clock.set(TokenDoor.start)
    require(verdict == .refused(reason), "at its end a token is \(verdict)")
  }

  // Portals

  private func check(subject: String, of signer: TokenSigner?, _ portal: Int) {
    let door = Self.door
    let (key, id) = door.portals[portal]
    let fields = ["onedoor-portal-key": key, "onedoor-subject": subject]
    let verdict = ask(fields)
    if case .refused(let reason) = verdict {
      require(["SUBJECT_INVALID", "SUBJECT_EXPIRED"].contains(reason), "refused as \(reason)")
      return
    }
    let content = TokenContent(subject, isSigned: signer != nil || isGenuine(subject))
    content.checkSigner(signer, among: [door.signers.portals[portal]]) { _ in true }
    let end = content.checkSubject(verdict, portal: id, now: TokenDoor.start)
    checkEnd(end, fields, "SUBJECT_EXPIRED")
  }

  private func check(key: String) {
    let portal = Self.door.portals.first { $0.key.utf8.elementsEqual(key.utf8) }
    switch (ask(["onedoor-portal-key": key]), portal) {
    case (.refused("PORTAL_KEY_UNKNOWN"), nil): break
    case (.admitted(let pass), let portal?):
      require(pass.subject == portal.id && pass.roles == [.portal], "another portal: \(pass)")
      require(pass.onBehalfOf.isEmpty && pass.assurance == 0, "a portal speaks for \(pass)")
    case (let verdict, _): fatalError("the key of a portal: \(verdict)")
    }
  }

  func allowance(for count: Int) -> Int { (8 << 20) + 2_000 * count }
}
