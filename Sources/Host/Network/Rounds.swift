internal import NIOCore

/// What waits for many sources, which take turns: one of each, round after round.
///
/// Of one source what came first goes first.
struct Rounds<Element> {
  private var bySource: [String: CircularBuffer<Element>] = [:]
  /// The sources for which something waits, in the order of their turns.
  private var order = CircularBuffer<String>()
  /// How many wait.
  private(set) var count = 0

  /// How many wait for one source.
  func count(of source: String) -> Int { bySource[source]?.count ?? 0 }

  /// Adds one behind those of its source.
  mutating func add(_ element: Element, for source: String) {
    if bySource[source] == nil { order.append(source) }
    bySource[source, default: CircularBuffer()].append(element)
    count += 1
  }

  /// Takes the one whose turn it is; nil if none waits.
  mutating func next() -> Element? {
    while let source = order.popFirst() {
      guard let first = bySource[source]?.popFirst() else {
        bySource[source] = nil
        continue
      }
      count -= 1
      if count(of: source) == 0 { bySource[source] = nil } else { order.append(source) }
      return first
    }
    return nil
  }

  /// Drops some of those of a source.
  mutating func drop(of source: String, where isGone: (Element) -> Bool) {
    guard let all = bySource[source] else { return }
    var kept = CircularBuffer<Element>()
    for one in all where !isGone(one) { kept.append(one) }
    // The source keeps its turn; with nothing left it is passed over.
    bySource[source] = kept
    count -= all.count - kept.count
  }

  /// Drops some of all.
  mutating func drop(where isGone: (Element) -> Bool) {
    for source in order { drop(of: source, where: isGone) }
  }
}
