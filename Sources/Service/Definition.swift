package import Messages
package import Storage

/// What makes one of the six services: its name, its schema, its handlers, what it follows and
/// what it does later.
package struct Definition: Sendable {
  /// What happens when a timer fires.
  ///
  /// The stamp says whether it is stale.
  package typealias TimerEffect = @Sendable (TimerRow, Writing) throws -> Void

  /// The name, for example `intake`.
  package let name: String
  /// The service's own migrations, oldest first.
  package let migrations: [Migration]
  /// What answers each method.
  package var registry = Registry()
  /// What each kind of timer does.
  package var timers: [String: TimerEffect] = [:]
  /// What the entries of each followed service do here.
  package var follows: [Effects] = []
  /// What of its own rows can be worked out anew and compared, in the order in which it is.
  package var verifications: [Verification] = []
  /// Told when a stream has ended, with its call and the position that it had reached.
  package var streamEnded: @Sendable (Call, Int64?) -> Void = { _, _ in }

  package init(name: String, migrations: [Migration]) {
    self.name = name
    self.migrations = migrations
  }
}

/// What the entries of one followed service do here, by type.
///
/// Other types are skipped.
package struct Effects: Sendable {
  /// What an entry does.
  typealias Effect = @Sendable (FeedV1.Entry, Writing) throws -> Void

  /// The service that is followed.
  package let upstream: String
  private(set) var effects: [String: Effect] = [:]

  package init(of upstream: String) {
    self.upstream = upstream
  }

  /// What an entry with this payload does.
  ///
  /// The call's instant is that of the entry.
  package mutating func on<M: Message>(
    _ type: M.Type,
    _ effect: @escaping @Sendable (M, FeedV1.Entry, Writing) throws -> Void
  ) {
    let decoding: Effect = { entry, writing in
      try effect(try M.decode(entry.payload), entry, writing)
    }
    effects[M.fullName] = decoding
  }
}

extension FeedV1.Entry {
  /// The personal data of the entry, or nil if there are none or they were erased.
  package func personal<M: Message>(_ type: M.Type) throws -> M? {
    privatePart.isEmpty ? nil : try M.decode(privatePart)
  }
}
