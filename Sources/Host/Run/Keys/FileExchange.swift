/// Something that is read from files and taken anew as a whole while a service runs.
package struct FileExchange: Sendable {
  /// What it is, for the log.
  package let name: String
  /// The files that it is read from.
  let files: @Sendable () -> [String]
  /// Reads and uses it.
  let take: @Sendable () async throws -> Void
  /// When its certificate ends, in seconds since 1970; nil if it has none.
  var end: (@Sendable () throws -> Int64?)?

  /// Says what is taken anew, and how.
  package init(
    name: String,
    files: @escaping @Sendable () -> [String],
    take: @escaping @Sendable () async throws -> Void,
    end: (@Sendable () throws -> Int64?)? = nil
  ) {
    self.name = name
    self.files = files
    self.take = take
    self.end = end
  }
}
