/// What the store allows at most.
package enum Limits {
  /// Reads at the same time; more wait for one to end.
  package static let readers = 4

  /// How much work one read may be; then it is broken off.
  ///
  /// - Unit: instructions of SQLite's virtual machine, some 100 million a second.
  package static let readInstructions = 300_000_000

  /// After how many instructions a read's work is counted.
  static let instructionStep: Int32 = 1_000_000

  /// How long a connection waits for another one's lock.
  ///
  /// - Unit: seconds.
  package static let busySeconds = 5

  /// Prepared statements kept by one connection; beyond it the whole cache is dropped.
  package static let statements = 1_000

  /// Decoded reference values kept in memory; beyond it the whole cache is dropped.
  package static let decodedReferences = 10_000

  /// Feed entries in one page.
  package static let feedPage = 1_000

  /// Entries of the feed that are kept in memory, of whole commits.
  ///
  /// A follower that gathers entries for `batch.gather` finds them here at 20,000 a second.
  static let feedTail = 1_000

  /// How long the payloads and personal parts of these entries may be together.
  ///
  /// - Unit: bytes.
  static let feedTailBytes = 2 << 20

  /// Timers in one page.
  package static let timerPage = 1_000

  /// How much of the file the writing connection keeps in memory.
  ///
  /// - Unit: kibibytes.
  static let writerCacheKilobytes = 32_768

  /// After how many pages in the log a commit also checkpoints.
  ///
  /// - Unit: pages of 4,096 bytes.
  package static let checkpointPages = 4_000

  /// To what size the log is cut after a checkpoint that emptied it.
  ///
  /// - Unit: bytes.
  package static let keptLogBytes = 64 << 20

  /// From which size of the log an operator should look for a reader that never ends.
  ///
  /// - Unit: bytes.
  package static let alarmingLogBytes: Int64 = 64 << 20
}
