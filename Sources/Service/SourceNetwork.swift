/// From which network an address is: what limits by source count as one caller.
///
/// - Source: RFC 4291, 2.5.4 and 2.5.5.2; RFC 6177: whoever has one IPv6 address has 2^64 of them.
package enum SourceNetwork {
  /// The network of an address: an IPv4 address itself, of an IPv6 address its first 64 bits.
  ///
  /// What is no address stays as it is.
  package static func of(_ address: String) -> String {
    let colon = UInt8(ascii: ":")
    guard address.utf8.contains(colon) else { return address }
    // An IPv4 caller at a socket for both kinds.
    let mapped = "::ffff:"
    if address.lowercased().hasPrefix(mapped), address.utf8.contains(UInt8(ascii: ".")) {
      return String(address.dropFirst(mapped.count))
    }
    guard let groups = groups(address) else { return address }
    return groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
  }

  /// The eight groups of an IPv6 address without a zone; nil if it is none.
  private static func groups(_ address: String) -> [UInt16]? {
    let bare = address.prefix { $0 != "%" }
    let halves = bare.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves.map { half in half.split(separator: ":").map { UInt16($0, radix: 16) } }
    let known = parts.joined().compactMap { $0 }
    guard known.count == parts.joined().count else { return nil }
    guard parts.count == 2, known.count < 8 else { return known.count == 8 ? known : nil }
    let zeros = [UInt16](repeating: 0, count: 8 - known.count)
    return parts[0].compactMap { $0 } + zeros + parts[1].compactMap { $0 }
  }
}
