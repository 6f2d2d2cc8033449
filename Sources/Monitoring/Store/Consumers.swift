internal import Storage

/// A named reader of alerts.
struct ConsumerRow: Hashable {
  var name: String
  /// Empty if an operator registered it, so that any consumer may use it.
  var owner: String
  /// The encoded AlertFilter.
  var filter: [UInt8]
  /// The committed position.
  var position: Int64
}

extension Snapshot {
  /// A named reader; nil if there is none of that name.
  func consumer(_ name: String, hall: String) throws -> ConsumerRow? {
    try first(
      "SELECT name, owner, filter, position FROM consumer WHERE hall = ? AND name = ?",
      [.text(hall), .text(name)]
    ) {
      ConsumerRow(
        name: $0.text(0),
        owner: $0.text(1),
        filter: $0.blob(2),
        position: $0.integer(3)
      )
    }
  }

  /// How far each named reader of all halls has committed.
  func consumerPositions() throws -> [(name: ConsumerLags.Name, position: Int64)] {
    try rows("SELECT hall, name, position FROM consumer ORDER BY hall, name", []) {
      (ConsumerLags.Name(hall: $0.text(0), consumer: $0.text(1)), $0.integer(2))
    }
  }
}

extension Transaction {
  /// Keeps a new named reader.
  func insert(_ consumer: ConsumerRow, hall: String) throws {
    try execute(
      "INSERT INTO consumer (hall, name, owner, filter, position) VALUES (?, ?, ?, ?, ?)",
      [
        .text(hall), .text(consumer.name), .text(consumer.owner), .blob(consumer.filter),
        .integer(consumer.position),
      ]
    )
  }

  /// Commits how far a named reader has come.
  func commit(_ position: Int64, of name: String, hall: String) throws {
    try execute(
      "UPDATE consumer SET position = ? WHERE hall = ? AND name = ?",
      [.integer(position), .text(hall), .text(name)]
    )
  }
}
