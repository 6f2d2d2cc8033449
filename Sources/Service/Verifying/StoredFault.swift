/// Something in a store that is not as it must be, as a check of it found.
package struct StoredFault: Sendable, Hashable, Codable {
  /// What was checked.
  package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// SQLite's own check of file and foreign keys.
    case integrity
    /// The feed's chain of hashes, and the hashes of its private parts.
    case chain
    /// A follower's cursor against the feed that it follows.
    case cursor
    /// A due day against budget, suspensions and calendar.
    case dueDay = "due-day"
    /// The instant of a clock's next level against what the clock tells of.
    case level
    /// A file against the row that speaks of it.
    case material
    /// Sealed bytes against the present seal.
    case seal
    /// What could not be checked, and should have been.
    case unchecked
  }

  /// What was checked.
  package var what: Kind
  /// Which thing: a case, a task, a file, with the column where there are several.
  package var subject: String
  /// The position in a feed; nil elsewhere.
  package var position: Int64?
  /// What is stored.
  package var stored: String
  /// What should be.
  package var expected: String

  package init(
    _ what: Kind,
    of subject: String,
    at position: Int64? = nil,
    stored: String,
    expected: String
  ) {
    self.what = what
    self.subject = subject
    self.position = position
    self.stored = stored
    self.expected = expected
  }
}
