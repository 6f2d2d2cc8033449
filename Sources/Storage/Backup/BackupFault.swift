/// Something that makes a backup useless, as a person and a program read it.
package struct BackupFault: Error, Sendable, Hashable {
  /// What kind of thing.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A file is not there.
    case missing = "MISSING"
    /// A manifest or a list cannot be read as one.
    case unreadable = "UNREADABLE"
    /// A file is not what its manifest or its name says.
    case changed = "CHANGED"
    /// A file is that of another service.
    case foreign = "FOREIGN"
    /// The store in a file, or its feed, is not sound.
    case damaged = "DAMAGED"
    /// A follower's copy has seen more of a feed than that feed's own copy holds.
    case ahead = "AHEAD"
    /// A follower's copy has seen another entry than that feed's own copy holds there.
    case otherRecord = "OTHER_RECORD"
    /// There is no record of the whole.
    case unfinished = "UNFINISHED"
    /// What is to be restored is there already.
    case inTheWay = "IN_THE_WAY"
    /// What is to be restored is there and a process has it open.
    case inUse = "IN_USE"
  }

  package var kind: Kind
  /// The file's name in the backup's folder.
  package var file: String
  /// What is wrong with it.
  package var detail: String

  package init(_ kind: Kind, _ file: String, _ detail: String) {
    self.kind = kind
    self.file = file
    self.detail = detail
  }
}
