internal import Kernel
internal import Messages
internal import Service

/// What a token that was believed says, read without the code that believed it.
struct TokenContent {
  let header: TokenJSON
  let claims: TokenJSON

  /// Reads a token; `isSigned` says whether somebody signed header and claims as they are.
  init(_ token: String, isSigned: Bool) {
    require(isSigned, "what nobody signed is believed: \(token)")
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    require(parts.count == 3, "a token in \(parts.count) parts is believed")
    func read(_ part: Substring.UTF8View) -> TokenJSON {
      guard let bytes = Base64.decode(String(Substring(part))), let json = TokenJSON(bytes) else {
        fatalError("\(String(Substring(part))) is believed and has no one meaning")
      }
      return json
    }
    header = read(parts[0])
    claims = read(parts[1])
  }

  /// The header names the algorithm of the one key that may have signed.
  ///
  /// - Parameters:
  ///   - signer: Who signed, if that is known.
  ///   - believed: Whose keys are believed.
  ///   - isMeant: Whether a key is one of those that the token names.
  func checkSigner(
    _ signer: TokenSigner?,
    among believed: [TokenSigner],
    where isMeant: (TokenSigner) -> Bool
  ) {
    guard case .object(let fields) = header else { fatalError("a header that is no object") }
    require(fields["crit"] == nil, "an extension that is critical is passed over")
    let isNamed = believed.count > 1
    let keys = believed.filter { key in
      isMeant(key) && key.algorithm == header["alg"]?.text
        && (!isNamed || key.id == header["kid"]?.text)
    }
    require(!keys.isEmpty, "\(header) names no key of \(claims)")
    guard let signer else { return }
    require(
      keys.contains { $0.owner == signer.owner && $0.algorithm == signer.algorithm },
      "\(signer.owner) has signed for another: \(claims)"
    )
  }

  private static let roles: [String: AccessV1.Role] = {
    var roles: [String: AccessV1.Role] = [:]
    for role in AccessV1.Role.allCases where role != .service && role != .unspecified {
      guard let name = role.protoName else { continue }
      roles[String(name.dropFirst("ROLE_".count)).lowercased()] = role
    }
    return roles
  }()

  /// Times are within what is allowed, and the caller is who the claims say.
  ///
  /// - Returns: The end of the token, in seconds since 1970.
  func checkToken(_ verdict: TokenDoor.Verdict, prefix: String, now: Instant) -> Double {
    guard let subject = claims["sub"]?.text, !subject.isEmpty, let end = claims["exp"]?.number
    else { fatalError("a token for nobody or for ever: \(claims)") }
    require(end * 1_000 > Double(now.unixMilliseconds), "a token after its end")
    if let begin = claims["nbf"] {
      guard let begin = begin.number else { fatalError("\(begin) is no time") }
      require(begin * 1_000 <= Double(now.unixMilliseconds + 30_000), "a token before its time")
    }
    let named = optional("halls")
    let halls = named.isEmpty ? [TokenDoor.hall] : named.filter(TokenDoor.halls.contains)
    guard case .admitted(let pass) = verdict else {
      require(verdict == .known("WRONG_HALL") && halls.isEmpty, "\(verdict) for \(claims)")
      return end
    }
    let roles = Set(optional("roles").compactMap { Self.roles[$0] })
    require(pass.subject == prefix + subject, "\(pass) for \(claims)")
    require(pass.name == text("name"), "\(pass) for \(claims)")
    require(Set(pass.roles) == (roles.isEmpty ? [.public] : roles), "\(pass) for \(claims)")
    require(pass.halls == halls && pass.posts == optional("posts"), "\(pass) for \(claims)")
    require(pass.onBehalfOf.isEmpty && pass.assurance == 0, "\(pass) for \(claims)")
    checkPass(pass, end, now)
    return end
  }

  /// The same for what a portal says of its user.
  func checkSubject(_ verdict: TokenDoor.Verdict, portal: String, now: Instant) -> Double {
    let milliseconds = Double(now.unixMilliseconds)
    guard let subject = claims["sub"]?.text, !subject.isEmpty, let end = claims["exp"]?.number,
      let since = claims["auth_time"]?.number, let assurance = claims["assurance"]?.number,
      claims["id_type"]?.text != nil, claims["id_number"]?.text != nil, claims["name"]?.text != nil
    else { fatalError("a user who is not named whole: \(claims)") }
    require(end * 1_000 > milliseconds, "a user after the end")
    require(end * 1_000 <= milliseconds + 330_000, "a user for too long")
    require(since * 1_000 <= milliseconds + 30_000, "a user who will prove it")
    require([1, 2, 3].contains(assurance), "an assurance of \(assurance)")
    guard case .admitted(let pass) = verdict else { fatalError("\(verdict) for \(claims)") }
    require(pass.subject == portal && pass.onBehalfOf == subject, "\(pass) for \(claims)")
    require(pass.name == text("name"), "\(pass) for \(claims)")
    require(pass.assurance == UInt32(assurance), "\(pass) for \(claims)")
    require(pass.roles == [.portal] && pass.halls == [TokenDoor.hall], "\(pass) for \(claims)")
    require(pass.posts.isEmpty, "\(pass) for \(claims)")
    checkPass(pass, end, now)
    return end
  }

  /// A pass is the gateway's own and outlasts what was shown by a minute at most.
  private func checkPass(_ pass: AccessV1.Pass, _ end: Double, _ now: Instant) {
    require(pass.keyId == Keyring.gateway, "a pass of \(pass.keyId)")
    let longest = Double(now.unixMilliseconds + Pass.lifetime)
    require(
      Double(pass.expiresAtMs) <= min(longest, end * 1_000 + 60_000),
      "a pass that ends too late"
    )
  }

  private func text(_ name: String) -> String {
    guard let value = claims[name] else { return "" }
    guard let text = value.text else { fatalError("\(name) is believed to be \(value)") }
    return text
  }

  private func optional(_ name: String) -> [String] {
    guard let value = claims[name] else { return [] }
    guard let texts = value.texts else { fatalError("\(name) is believed to be \(value)") }
    return texts
  }
}
