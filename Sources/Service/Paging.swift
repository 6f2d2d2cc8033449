package import Messages

/// How lists are paged: at most so many entries behind an opaque mark.
///
/// The mark names the last entry seen, so a page stays right when entries are inserted.
package struct Paging: Sendable, Hashable {
  /// How many entries a page has if the caller names no number.
  package static let usual = 50
  /// How many entries a page has at most.
  package static let most = 500

  /// How many entries at most, 1 to 500.
  package let size: Int
  /// The parts of the mark behind which the page begins; nil for the first page.
  package let mark: [String]?

  /// Reads what the caller asks for.
  ///
  /// - Parameters:
  ///   - page: The caller's page; nil for the first.
  ///   - parts: How many parts a mark of this list has.
  /// - Throws: ``Refusal`` `INVALID_FIELDS` if the token is not one of this list.
  package init(_ page: CommonV1.Page?, parts: Int) throws(Refusal) {
    size = page.map { $0.size == 0 ? Self.usual : min(Int($0.size), Self.most) } ?? Self.usual
    guard let token = page?.token, !token.isEmpty else {
      mark = nil
      return
    }
    let decoded = Base64.decode(token).map { String(decoding: $0, as: UTF8.self) }
    let values = decoded?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let values, values.count == parts else {
      throw .invalid(
        field: "page.token",
        reason: "FORMAT",
        zh: "翻页标记无效",
        en: "The page token is not one of this list"
      )
    }
    mark = values
  }

  /// The token of a mark.
  package static func token(_ mark: [String]) -> String {
    Base64.encode(Array(mark.joined(separator: "\n").utf8), urlSafe: true, padded: false)
  }

  /// A page's entries and its next token, of entries that were fetched one more than the size.
  ///
  /// - Parameters:
  ///   - fetched: Up to `size + 1` entries.
  ///   - mark: The mark of an entry.
  /// - Returns: At most `size` entries, and the token of the next page or an empty text.
  package func cut<T>(_ fetched: [T], mark: (T) -> [String]) -> (entries: [T], next: String) {
    guard fetched.count > size, let last = fetched.prefix(size).last else { return (fetched, "") }
    return (Array(fetched.prefix(size)), Self.token(mark(last)))
  }
}
