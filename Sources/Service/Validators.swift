package import Connect

/// What an answer to a GET says to caches, and what their questions are answered.
///
/// - Source: RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111, section 5.2.
package enum Validators {
  /// How long an answer may be used without asking: not at all.
  ///
  /// What was published must be seen at once, and asking costs no more than a 304.
  private static let policy = "no-cache"

  /// What makes two answers to the same path differ.
  private static let vary = "Accept-Encoding, Onedoor-Hall"

  /// The answer to a GET with its entity tag, or the 304 to who has it already.
  ///
  /// The tag is strong: it is made of the bytes before compression and of the coding, so the same
  /// bytes always have the same tag, on every machine and after a restart.
  ///
  /// - Parameters:
  ///   - answer: The answer with the codec of the caller, not compressed.
  ///   - coding: How its body will be compressed.
  ///   - ifNoneMatch: The tags that the caller has; nil if it has none.
  ///   - isShared: Whether the answer is the same for all callers, so that a shared cache may
  ///     keep it.
  /// - Returns: The answer with `etag`, `cache-control` and `vary`; or the 304; or a refusal that
  ///   nobody keeps.
  package static func stamp(
    _ answer: Answer,
    coding: ContentCoding,
    ifNoneMatch: String?,
    isShared: Bool
  ) -> Answer {
    var answer = answer
    guard answer.status == 200 else {
      // Some errors could be kept by default (RFC 9110, 15.1).
      answer.fields.append(.init("cache-control", "no-store"))
      return answer
    }
    return stamp(
      answer,
      tag: tag(of: answer.body, coding),
      ifNoneMatch: ifNoneMatch,
      isShared: isShared
    )
  }

  /// The same for a success whose tag is known.
  package static func stamp(
    _ answer: Answer,
    tag: String,
    ifNoneMatch: String?,
    isShared: Bool
  ) -> Answer {
    var answer = answer
    if let ifNoneMatch, matches(tag, ifNoneMatch) {
      answer = Answer(
        status: 304,
        fields: answer.fields.filter { $0.name != "content-type" && $0.name != "content-length" }
      )
    }
    answer.fields += [
      .init("etag", tag),
      .init("cache-control", "\(isShared ? "public" : "private"), \(policy)"),
      .init("vary", isShared ? vary : "\(vary), Authorization"),
    ]
    return answer
  }

  /// The strong entity tag of a body in a coding: 128 bits of its SHA-256.
  package static func tag(of body: [UInt8], _ coding: ContentCoding) -> String {
    let digest = Digest.hex(Array(Digest.sha256(body).prefix(16)))
    return coding == .identity ? "\"\(digest)\"" : "\"\(digest)-\(coding.name)\""
  }

  /// Whether `If-None-Match` names a tag, by the weak comparison.
  static func matches(_ tag: String, _ ifNoneMatch: String) -> Bool {
    ifNoneMatch.split(separator: ",").contains { part in
      let part = part.drop { $0 == " " || $0 == "\t" }
      let named = (part.hasPrefix("W/") ? part.dropFirst(2) : part)
        .prefix { $0 != " " && $0 != "\t" }
      return named == tag || named == "*"
    }
  }
}
