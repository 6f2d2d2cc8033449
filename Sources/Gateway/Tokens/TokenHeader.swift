internal import FoundationEssentials

/// What a token's header says of its signature.
///
/// JWTKit reads all members of a header, and ends the process at a number beyond 64 bits.
struct TokenHeader: Decodable {
  /// The member `alg`.
  let algorithm: String
  /// The member `kid`.
  let kid: String?
  /// Whether it has a member `crit`, whatever that is.
  let isCritical: Bool

  enum CodingKeys: String, CodingKey {
    case alg, kid, crit
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    algorithm = try members.decode(String.self, forKey: .alg)
    kid = try members.decodeIfPresent(String.self, forKey: .kid)
    isCritical = members.contains(.crit)
  }
}

/// The members of a token's header or claims.
enum TokenMembers {
  /// Whether a member of an object in valid JSON is there twice: the decoder takes the first one.
  ///
  /// - Source: RFC 7515, 4; RFC 7519, 4: such a token is refused, or its last one counts.
  static func areRepeated(in json: [UInt8]) -> Bool {
    var names: Set<String> = []
    var depth = 0
    var index = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let end = endOfText(in: json, from: index)
        let next = json[end...].first { !" \t\r\n".utf8.contains($0) }
        if depth == 1, next == UInt8(ascii: ":"), !names.insert(text(json[index..<end])).inserted {
          return true
        }
        index = end - 1
      default: break
      }
      index += 1
    }
    return false
  }

  /// Where the text that begins at an index ends, behind its quotation mark.
  private static func endOfText(in json: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < json.count, json[index] != UInt8(ascii: "\"") {
      index += json[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, json.count)
  }

  /// What a text between quotation marks says.
  private static func text(_ quoted: ArraySlice<UInt8>) -> String {
    let plain = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    guard quoted.contains(UInt8(ascii: "\\")) else { return plain }
    return (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? plain
  }
}
