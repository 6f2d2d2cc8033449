internal import Gateway
internal import JWTKit
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@Suite
struct TokenTests {
  /// docs/rules/door.md, rule D5.
  @Test(arguments: ["ed", "ec", "rsa"])
  func `a token of each kind of key is believed`(_ kid: String) async throws {
    let door = try await DoorRoom()
    var claims = Claims(issuer: door.issuer.name, subject: "li")
    claims.roles = ["clerk", "hall_manager", "unheard_of"]
    claims.posts = ["W-12"]
    let token = try await door.issuer.sign(claims, kid: JWKIdentifier(string: kid))
    let passage = await door.passage(DoorRoom.accept, ["authorization": "bearer  \(token)"])
    let pass = try #require(try door.pass(of: passage))
    #expect(pass.issuer == "gateway")
    #expect(pass.subject == "li")
    #expect(pass.name == "张三")
    #expect(pass.roles == [.clerk, .hallManager])
    #expect(pass.halls == [Room.hall])
    #expect(pass.posts == ["W-12"])
    #expect(pass.owner == "li")
    #expect(pass.source == DoorRoom.peer)
  }

  /// Ways to make a token that must not be believed.
  enum Forgery: String, CaseIterable, Sendable {
    case algNone
    case algNoneInCapitals
    case unknownKid
    case noKid
    case strangeKey
    case wrongIssuer
    case noIssuer
    case otherAlgorithmOfSameKid
    case wrongAlgorithmInHeader
    case noAlgorithm
    case hmacWithPublicKey
    case tamperedPayload
    case tamperedSignature
    case noSignature
    case notYetValid
    case forOthers
    case forNobody
    case audienceOfWrongType
    case noExpiry
    case noSubject
    case emptySubject
    case critical
    case rolesOfWrongType
    case memberTwice
    case claimTwice
    case claimsInUTF16
    case fourParts
    case noToken
    case tooLong
    case otherScheme
  }

  /// docs/rules/door.md, rule D5.
  @Test(arguments: Forgery.allCases)
  func `a forged token is not believed`(_ forgery: Forgery) async throws {
    let door = try await DoorRoom()
    let header = try await Self.authorization(forgery, door.issuer)
    let passage = await door.passage(DoorRoom.track, ["authorization": header])
    #expect(passage.word == "TOKEN_INVALID")
    #expect(passage.answer?.status == 401)
    #expect(passage.answer?.value("www-authenticate") == "Bearer")
    #expect(door.gateway.metrics.refused["TOKEN_INVALID"] == 1)
  }

  private static func authorization(
    _ forgery: Forgery,
    _ issuer: TestIssuer
  ) async throws -> String {
    (forgery == .otherScheme ? "Basic " : "Bearer ") + (try await token(forgery, issuer))
  }

  private static func encoded(_ json: String) -> String { TestIssuer.text(json.utf8) }

  /// Signed by a key for ES256 that says it is the key `ed`.
  private static func mixed(_ claims: Claims, _ issuer: TestIssuer) async throws -> String {
    let keys = await JWTKeyCollection().add(ecdsa: ES256PrivateKey(), kid: "ed")
    return try await keys.sign(claims, kid: "ed")
  }

  /// Signed by the public key as if it were a shared secret.
  private static func hmac(_ claims: Claims, _ issuer: TestIssuer) async throws -> String {
    let keys = await JWTKeyCollection()
      .add(hmac: HMACKey(from: issuer.edJWK), digestAlgorithm: .sha256, kid: "ed")
    return try await keys.sign(claims, kid: "ed")
  }

  private static let header = #"{"alg":"EdDSA","kid":"ed"}"#

  /// A token that names two subjects, one of them by an escaped letter.
  private static func twice(_ issuer: TestIssuer) throws -> String {
    let claims = #"{"sub":"li","iss":"\#(issuer.name)","exp":2e9,"\u0073ub":"zhang"}"#
    return try issuer.sign(header: header, payloadOf: "x.\(encoded(claims)).")
  }

  private static func numberAsAudience(_ issuer: TestIssuer) throws -> String {
    let claims = #"{"iss":"\#(issuer.name)","sub":"li","exp":2e9,"aud":7}"#
    return try issuer.sign(header: header, payloadOf: "x.\(encoded(claims)).")
  }

  private static func token(_ forgery: Forgery, _ issuer: TestIssuer) async throws -> String {
    var claims = Claims(issuer: issuer.name, subject: "zhang")
    claims.roles = ["clerk"]
    let good = try await issuer.sign(claims)
    let parts = good.split(separator: ".").map(String.init)
    let stranger = try await TestIssuer(issuer.name)
    switch forgery {
    case .algNone: return encoded(#"{"alg":"none","kid":"ed"}"#) + ".\(parts[1])."
    case .algNoneInCapitals: return encoded(#"{"alg":"NONE","kid":"ed"}"#) + ".\(parts[1])."
    case .unknownKid:
      return try issuer.sign(header: #"{"alg":"EdDSA","kid":"e"}"#, payloadOf: good)
    case .noKid: return try issuer.sign(header: #"{"alg":"EdDSA"}"#, payloadOf: good)
    case .strangeKey: return try await stranger.sign(claims)
    case .wrongIssuer: claims.iss = "https://elsewhere.example"
    case .noIssuer: claims.iss = nil
    case .otherAlgorithmOfSameKid: return try await mixed(claims, issuer)
    case .wrongAlgorithmInHeader:
      return try issuer.sign(header: #"{"alg":"ES256","kid":"ed"}"#, payloadOf: good)
    case .noAlgorithm: return try issuer.sign(header: #"{"kid":"ed"}"#, payloadOf: good)
    case .hmacWithPublicKey: return try await hmac(claims, issuer)
    case .tamperedPayload:
      claims.roles = ["operator"]
      let other = try await stranger.sign(claims).split(separator: ".").map(String.init)
      return "\(parts[0]).\(other[1]).\(parts[2])"
    case .tamperedSignature:
      return "\(parts[0]).\(parts[1])." + (parts[2].first == "A" ? "B" : "A") + parts[2].dropFirst()
    case .noSignature: return "\(parts[0]).\(parts[1])."
    case .notYetValid: claims.nbf = Claims.opening + 31
    case .forOthers: claims.aud = ["https://payroll.example", "onedoo"]
    case .forNobody: claims.aud = []
    case .audienceOfWrongType: return try numberAsAudience(issuer)
    case .noExpiry: claims.exp = nil
    case .noSubject: claims.sub = nil
    case .emptySubject: claims.sub = ""
    case .critical:
      let header = #"{"alg":"EdDSA","kid":"ed","crit":["x"],"x":1}"#
      return try issuer.sign(header: header, payloadOf: good)
    case .memberTwice:
      return try issuer.sign(header: #"{"alg":"EdDSA","kid":"ed","kid":"e"}"#, payloadOf: good)
    case .claimTwice: return try twice(issuer)
    case .claimsInUTF16:
      let claims = #"{"iss":"\#(issuer.name)","sub":"li","exp":2e9}"#
      let text = TestIssuer.text(claims.utf16.flatMap { [UInt8($0), 0] as [UInt8] })
      return try issuer.sign(header: header, payloadOf: "x.\(text).")
    case .rolesOfWrongType: return "\(parts[0])." + encoded(#"{"roles":"clerk"}"#) + ".\(parts[2])"
    case .fourParts: return good + ".x"
    case .noToken: return ""
    case .tooLong: claims.name = String(repeating: "a", count: 8_192)
    case .otherScheme: return good
    }
    return try await issuer.sign(claims)
  }

  /// A header that held such a number ended the process, whoever had signed it.
  @Test(arguments: ["1e19", "-1e308", "9223372036854775808", "0.5"])
  func `a number that is no integer of ours in a header ends nothing`(
    _ number: String
  ) async throws {
    let door = try await DoorRoom()
    let header = #"{"alg":"EdDSA","kid":"ed","x":\#(number)}"#
    let good = try await door.issuer.token("clerk")
    let token = try door.issuer.sign(header: header, payloadOf: good)
    let forged = "\(Self.encoded(header)).e30."
    for (token, word) in [(forged, "TOKEN_INVALID"), (token, "->intake")] {
      let fields = ["authorization": "Bearer \(token)"]
      #expect(await door.passage(DoorRoom.track, fields).word == word)
    }
  }

  @Test
  func `a header of our own making is believed if nothing is wrong with it`() async throws {
    let door = try await DoorRoom()
    let token = try door.issuer.sign(
      header: #"{"alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#,
      payloadOf: try await door.issuer.token("clerk")
    )
    #expect(
      await door.passage(DoorRoom.accept, ["authorization": "Bearer \(token)"]).word == "->intake"
    )
  }

  /// docs/rules/door.md, rule D5.
  @Test
  func `a token is over at the second that it names`() async throws {
    let door = try await DoorRoom()
    var claims = Claims(issuer: door.issuer.name, subject: "zhang")
    claims.exp = Claims.opening + 10
    let fields = ["authorization": "Bearer \(try await door.issuer.sign(claims))"]
    door.room.clock.advance(byMilliseconds: 9_999)
    #expect(await door.passage(DoorRoom.track, fields).word == "->intake")
    door.room.clock.advance(byMilliseconds: 1)
    let passage = await door.passage(DoorRoom.track, fields)
    #expect(passage.word == "TOKEN_EXPIRED")
    #expect(passage.answer?.status == 401)
  }

  /// docs/rules/door.md, rule D5.
  @Test
  func `a token may begin half a minute ahead of our clock`() async throws {
    let door = try await DoorRoom()
    var claims = Claims(issuer: door.issuer.name, subject: "zhang")
    claims.nbf = Claims.opening + 30
    let token = try await door.issuer.sign(claims)
    #expect(
      await door.passage(DoorRoom.track, ["authorization": "Bearer \(token)"]).word == "->intake"
    )
  }

  /// docs/rules/door.md, rule D5; RFC 7519, 4.1.3.
  @Test(arguments: [#""onedoor""#, #"["elsewhere","hall"]"#, #"["onedoor"]"#])
  func `a token for this house among others is believed`(_ audience: String) async throws {
    let door = try await DoorRoom { $0.audiences = ["onedoor", "hall"] }
    let claims =
      #"{"iss":"\#(door.issuer.name)","sub":"li","exp":2e9,"roles":["clerk"],"aud":\#(audience)}"#
    let token = try door.issuer.sign(
      header: Self.header,
      payloadOf: "x.\(Self.encoded(claims))."
    )
    let fields = ["authorization": "Bearer \(token)"]
    #expect(await door.passage(DoorRoom.accept, fields).word == "->intake")
    // Who has no name of its own is not the one that is meant.
    let nameless = try await DoorRoom()
    try await nameless.gateway.reload([door.issuer.settings])
    #expect(await nameless.passage(DoorRoom.accept, fields).word == "TOKEN_INVALID")
  }

  /// docs/rules/door.md, rule D7.
  @Test
  func `nobody outside is a service`() async throws {
    let door = try await DoorRoom()
    let token = try await door.issuer.token("service", "unspecified")
    let passage = await door.passage(DoorRoom.track, ["authorization": "Bearer \(token)"])
    #expect(try door.pass(of: passage)?.roles == [.public])
  }

  @Test
  func `the prefix of an issuer keeps its names apart`() async throws {
    let other = try await TestIssuer("https://other.example")
    let door = try await DoorRoom { settings in
      settings.issuers.append(
        GatewaySettings.Issuer(name: other.name, jwks: other.jwks, prefix: "other:")
      )
    }
    let token = try await other.token("applicant")
    let passage = await door.passage(DoorRoom.track, ["authorization": "Bearer \(token)"])
    #expect(try door.pass(of: passage)?.subject == "other:zhang")
  }

  @Test
  func `a reload takes a key away at once and gives another`() async throws {
    let door = try await DoorRoom()
    let fields = ["authorization": "Bearer \(try await door.issuer.token("clerk"))"]
    #expect(await door.passage(DoorRoom.track, fields).word == "->intake")
    let successor = try await TestIssuer(door.issuer.name)
    try await door.gateway.reload([successor.settings])
    #expect(await door.passage(DoorRoom.track, fields).word == "TOKEN_INVALID")
    let fresh = try await successor.token("clerk")
    #expect(
      await door.passage(DoorRoom.track, ["authorization": "Bearer \(fresh)"]).word == "->intake"
    )
  }

  @Test
  func `settings name all faults of their keys at once`() async throws {
    let secret = #"{"kty":"OKP","crv":"Ed25519","kid":"p","x":"AA","d":"AA"}"#
    let issuers = [
      GatewaySettings.Issuer(name: "", jwks: "{}"),
      GatewaySettings.Issuer(name: "a", jwks: #"{"keys":[\#(secret)]}"#),
      GatewaySettings.Issuer(
        name: "b",
        jwks: #"{"keys":[{"kty":"RSA","kid":"r","alg":"RS512","n":"AQ","e":"AQAB"},{"kty":"EC"}]}"#
      ),
    ]
    let door = try await DoorRoom()
    let faults = await #expect(throws: GatewaySettings.Faults.self) {
      try await door.gateway.reload(issuers)
    }
    #expect(faults?.faults.count == 5)
    #expect(faults?.description.contains("private key") == true)
    // What was before goes on.
    let token = try await door.issuer.token("clerk")
    #expect(
      await door.passage(DoorRoom.track, ["authorization": "Bearer \(token)"]).word == "->intake"
    )
  }
}
