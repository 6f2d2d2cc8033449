internal import JWTKit

/// What a token of an issuer says.
///
/// - Source: contract.md, "Conventions"; RFC 7519. Times are seconds since 1970.
struct TokenClaims: Codable, Sendable {
  var iss: String
  var sub: String
  var name: String?
  var roles: [String]?
  var halls: [String]?
  var posts: [String]?
  var aud: AudienceClaim?
  var exp: Double
  var nbf: Double?
}

/// For whom a token is: a name, or a list of them.
///
/// - Source: RFC 7519, 4.1.3.
struct AudienceClaim: Codable, Sendable {
  var names: [String]

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let name = try? value.decode(String.self) {
      names = [name]
    } else {
      names = try value.decode([String].self)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(names)
  }
}

/// What a portal says about the user for whom it speaks.
///
/// - Source: contract.md, "Gateway"; docs/rules/door.md, D6. Times are seconds since 1970.
struct SubjectClaims: Codable, Sendable {
  var sub: String
  var name: String
  var idType: String
  var idNumber: String
  /// How sure the identity is, 1 to 3.
  var assurance: Int
  /// When the user proved who it is.
  var authTime: Double
  var aud: AudienceClaim?
  var exp: Double
  var nbf: Double?

  enum CodingKeys: String, CodingKey {
    case sub
    case name
    case idType = "id_type"
    case idNumber = "id_number"
    case assurance
    case authTime = "auth_time"
    case aud
    case exp
    case nbf
  }
}

extension TokenClaims: JWTPayload {
  /// Refuses a token that names nobody; ``TokenChecker`` checks the times by the surroundings.
  func verify(using _: some JWTAlgorithm) throws { try NobodyNamed.check(sub) }
}

extension SubjectClaims: JWTPayload {
  /// Refuses a token that names nobody; ``TokenChecker`` checks the times by the surroundings.
  func verify(using _: some JWTAlgorithm) throws {
    try NobodyNamed.check((1...3).contains(assurance) ? sub : "")
  }
}

/// A token has no subject, or one of no assurance.
struct NobodyNamed: Error {
  static func check(_ subject: String) throws {
    if subject.isEmpty { throw NobodyNamed() }
  }
}
