internal import Connect
internal import Messages
internal import Storage
internal import Synchronization

/// The last pages of a service's own feed, so that each is read, opened and encoded once for all
/// its followers, which nearly always ask for the same one.
///
/// A page that was read once stays true: entries are never changed, but for their personal parts,
/// and whenever such a part is erased all pages are forgotten.
final class SharedPages: Sendable {
  typealias Next =
    @Sendable (any Message, Int64?, Int, Reading) throws -> Registry.Page

  /// How many pages are kept.
  private static let most = 8

  private struct State {
    /// By the position behind which they begin, the oldest first.
    var pages: [(after: Int64, page: Registry.Page)] = []
    /// Raised when pages are forgotten, so that one that was read before is not kept after.
    var generation = 0
  }

  private let state = Mutex(State())
  private let changes: StoreChanges

  init(_ changes: StoreChanges) {
    self.changes = changes
    _ = changes.register { [weak self] change in
      if change.isErasing { self?.forget() }
    }
  }

  private func forget() {
    state.withLock { state in
      state.pages = []
      state.generation += 1
    }
  }

  /// A handler that asks `next` only for pages that nobody has asked for yet.
  ///
  /// What is asked may depend on nothing but the position.
  func sharing(_ next: @escaping Next) -> Next {
    { [self] request, position, limit, reading in
      guard let position, limit > 0 else { return try next(request, position, limit, reading) }
      // Nothing new, and no need to ask the store.
      if position >= changes.feedHead {
        return Registry.Page(messages: [], position: position, isLast: false, hasMore: false)
      }
      let (known, generation) = state.withLock { state in
        (state.pages.last { $0.after == position }?.page, state.generation)
      }
      if var known {
        // More may have come since the page was read.
        known.hasMore = known.position < changes.feedHead
        return known
      }
      var page = try next(request, position, limit, reading)
      guard !page.messages.isEmpty else { return page }
      page.envelopes = page.messages.map { Envelope(payload: $0.encode()).bytes }
      keep(page, after: position, generation)
      return page
    }
  }

  private func keep(_ page: Registry.Page, after position: Int64, _ generation: Int) {
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.pages.count >= Self.most { state.pages.removeFirst() }
      state.pages.append((position, page))
    }
  }
}
