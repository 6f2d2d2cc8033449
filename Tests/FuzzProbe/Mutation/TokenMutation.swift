internal import Foundation
internal import Kernel
internal import Messages
internal import Service
internal import TestSupport

/// Changes of tokens, and of what stands in them.
enum TokenMutation {
  private static let names = [
    "alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "x5c", "b64", "cty", "zip", "iss", "sub",
    "name", "roles", "halls", "posts", "exp", "nbf", "iat", "aud", "jti", "id_type", "id_number",
    "assurance", "auth_time",
  ]

  private static let now = TokenDoor.start.unixMilliseconds / 1_000

  private static let values = [
    #""none""#, #""None""#, #""EdDSA""#, #""ES256""#, #""RS256""#, #""HS256""#, #""ed""#,
    #""ec""#, #""rsa""#, #""eddsa""#, #""JWT""#, #"["exp"]"#, "[]", "null", "{}", #"["b64"]"#,
    #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #""https://a.example""#,
    #""https://b.example""#, #""b:zhang""#, #""zhang""#, #""portal-a/u""#, #"["operator"]"#,
    #"["service"]"#, #"["ROLE_CLERK"]"#, #"["370212"]"#, #"["370211","370212"]"#, "[null]", "[1]",
    "\(now)", "\(now).001", "\(now + 1)", "\(now + 30)", "\(now + 31)", "\(now + 330)",
    "\(now + 331)", "1e300", "1e400", "-1e308", "9223372036854775807", "1.79e9", "2", "3", "2.0",
    "4", "0", "-1", "1.5", #""\#(now + 60)""#, "true", #""\ud800""#, #""\u0000""#, #""\u0065""#,
  ]

  /// Changes the JSON of the header or of the claims, which have a line feed between them.
  static func change(json input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
    let end = input.firstIndex(of: 0x0A) ?? input.endIndex
    var parts = [Array(input[..<end]), Array(input[end...].dropFirst())]
    let index = Int.random(in: 0..<3, using: &generator) == 0 ? 0 : 1
    change(&parts[index], by: &generator)
    // A line feed in the header would be its end.
    return parts[0].filter { $0 != 0x0A } + [0x0A] + parts[1]
  }

  private static func change(_ json: inout [UInt8], by generator: inout SeededGenerator) {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: Mutation.blind(&json, from: 0, by: &generator)
    case 1, 2, 3: setMember(&json, by: &generator)
    case 4:
      let start = [[0xEF, 0xBB, 0xBF], [0x20], [0x0A, 0x09], [0], [0xFE, 0xFF]] as [[UInt8]]
      json = (start.randomElement(using: &generator) ?? []) + json
    case 5: json = json.flatMap { [$0, 0] }
    default: JSONMutation.change(&json, names: names, by: &generator)
    }
  }

  /// Gives a member another value, or the object another member.
  private static func setMember(_ json: inout [UInt8], by generator: inout SeededGenerator) {
    let name = names.randomElement(using: &generator) ?? ""
    let value = values.randomElement(using: &generator) ?? ""
    let text = String(decoding: json, as: UTF8.self)
    let mark = "\"\(name)\":"
    if Int.random(in: 0..<4, using: &generator) > 0, let place = text.range(of: mark) {
      let rest = text[place.upperBound...]
      let end = rest.first == "[" ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : nil
      let next = end ?? rest.firstIndex { $0 == "," || $0 == "}" } ?? rest.endIndex
      json = Array((text[..<place.upperBound] + value + text[next...]).utf8)
    } else if text.hasPrefix("{") {
      json = Array("{\(mark)\(value),\(text.dropFirst())".utf8)
    }
  }

  /// Changes a token, or what stands before it.
  static func change(token input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
    var parts = input.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Array($0) }
    guard let index = parts.indices.randomElement(using: &generator) else { return input }
    switch Int.random(in: 0..<10, using: &generator) {
    case 0, 1, 2, 3: recode(&parts[index], by: &generator)
    case 4:
      let ends = ["=", "==", " ", "\t", "A", "\0"]
      parts[index] += Array((ends.randomElement(using: &generator) ?? "").utf8)
    case 5: parts.swapAt(index, parts.indices.randomElement(using: &generator) ?? index)
    case 6: parts[index] = []
    case 7:
      // The last letter has bits that mean nothing.
      if let last = parts[index].indices.last {
        parts[index][last] ^= 1 << UInt8.random(in: 0..<3, using: &generator)
      }
    case 8:
      parts[index] = parts[index].map { byte in
        byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? 0x2F : byte
      }
    default: Mutation.blind(&parts[index], from: 0, by: &generator)
    }
    return Array(parts.joined(separator: [UInt8(ascii: ".")]))
  }

  /// Changes what a part says, behind the scheme if there is one.
  private static func recode(_ part: inout [UInt8], by generator: inout SeededGenerator) {
    let start = part.lastIndex(of: 0x20).map { $0 + 1 } ?? 0
    let text = String(decoding: part[start...], as: UTF8.self)
    guard var bytes = Base64.decode(text) else {
      Mutation.blind(&part, from: 0, by: &generator)
      return
    }
    change(&bytes, by: &generator)
    part = part[..<start] + Array(TokenSigner.text(bytes).utf8)
  }
}
