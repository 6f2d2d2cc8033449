internal import Crypto

/// A Merkle tree over byte strings, so that one signature over its root stands for all of them.
///
/// - Source: RFC 9162, section 2.1.
struct HashTree {
  /// The bytes of a hash.
  static let hashBytes = SHA256.byteCount

  /// The leaves' hashes, and above them those of each floor of nodes up to the root alone.
  ///
  /// A node without a sibling stands on the next floor too, which makes the tree of the RFC: it
  /// splits at the largest power of two below the size.
  private let floors: [[SHA256Digest]]

  /// The tree over the hashes of its leaves, of which there is one at least.
  init(_ leaves: [SHA256Digest]) {
    precondition(!leaves.isEmpty, "A tree has leaves.")
    var floors = [leaves]
    var floor = leaves
    while floor.count > 1 {
      floor = stride(from: 0, to: floor.count, by: 2).map { left in
        left + 1 < floor.count ? Self.node(floor[left], floor[left + 1]) : floor[left]
      }
      floors.append(floor)
    }
    self.floors = floors
  }

  /// The hash that depends on all leaves.
  var root: [UInt8] { Array(floors[floors.count - 1][0]) }

  /// The audit path of a leaf: the hashes beside its way up, one behind the other.
  func path(of leaf: Int) -> [UInt8] {
    var path: [UInt8] = []
    path.reserveCapacity((floors.count - 1) * Self.hashBytes)
    var place = leaf
    for floor in floors.dropLast() {
      let sibling = place ^ 1
      if sibling < floor.count { path.append(contentsOf: floor[sibling]) }
      place >>= 1
    }
    return path
  }

  /// The hash of a leaf.
  static func leaf(_ bytes: [UInt8]) -> SHA256Digest {
    bytes.withUnsafeBytes { hash(0, $0, UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  private static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
    left.withUnsafeBytes { left in right.withUnsafeBytes { hash(1, left, $0) } }
  }

  /// The hash of a byte that says what is hashed, and of what follows it.
  private static func hash(
    _ kind: UInt8,
    _ first: UnsafeRawBufferPointer,
    _ second: UnsafeRawBufferPointer
  ) -> SHA256Digest {
    var hasher = SHA256()
    withUnsafeBytes(of: kind) { hasher.update(bufferPointer: $0) }
    hasher.update(bufferPointer: first)
    hasher.update(bufferPointer: second)
    return hasher.finalize()
  }

  /// The root that follows from a leaf and its audit path.
  ///
  /// - Parameters:
  ///   - leaf: The leaf's hash.
  ///   - index: Which leaf it is, from 0 on.
  ///   - size: How many leaves the tree has.
  ///   - path: The audit path.
  /// - Returns: The root; nil if no tree of that size has such a leaf or a path of that length.
  /// - Source: RFC 9162, section 2.1.3.2.
  static func root(
    from leaf: SHA256Digest,
    at index: UInt32,
    of size: UInt32,
    by path: [UInt8]
  ) -> [UInt8]? {
    guard index < size, path.count.isMultiple(of: hashBytes) else { return nil }
    var place = index
    var last = size - 1
    var root = leaf
    for start in stride(from: 0, to: path.count, by: hashBytes) {
      guard last > 0 else { return nil }
      let isRight = place & 1 == 1 || place == last
      root = path[start..<start + hashBytes].withUnsafeBytes { sibling in
        root.withUnsafeBytes { isRight ? hash(1, sibling, $0) : hash(1, $0, sibling) }
      }
      // The last node of a floor without a sibling goes up as it is.
      while isRight, place & 1 == 0, place != 0 {
        place >>= 1
        last >>= 1
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 ? Array(root) : nil
  }
}
