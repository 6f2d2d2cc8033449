package import Kernel

/// What makes two calls the same call.
package struct IdempotencyKey: Sendable, Hashable {
  /// The hall that the call names: each hall's calls are its own.
  package var hall: String
  /// The pass's subject.
  package var subject: String
  /// The full name of the method.
  package var method: String
  /// The caller's key.
  package var key: String

  package init(hall: String, subject: String, method: String, key: String) {
    self.hall = hall
    self.subject = subject
    self.method = method
    self.key = key
  }
}

/// The answer that a call got the first time.
package struct IdempotentAnswer: Sendable, Hashable {
  /// The hash of the first request's body: another body under the same key is refused.
  package var bodyHash: [UInt8]
  /// The encoded response.
  package var response: [UInt8]
  /// From when on it is forgotten, in real time.
  package var expires: Instant

  package init(bodyHash: [UInt8], response: [UInt8], expires: Instant) {
    self.bodyHash = bodyHash
    self.response = response
    self.expires = expires
  }
}

/// The SQL of the answers' table.
enum IdempotencyQueries {
  static let one = """
    SELECT body_hash, response, expires_at FROM idempotency
    WHERE hall = ? AND subject = ? AND method = ? AND key = ? AND expires_at > ?
    """

  static let page = """
    SELECT hall, subject, method, key, response FROM idempotency
    WHERE (hall, subject, method, key) > (?, ?, ?, ?)
    ORDER BY hall, subject, method, key LIMIT ?
    """

  static let save = """
    INSERT INTO idempotency (hall, subject, method, key, body_hash, response, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (hall, subject, method, key) DO UPDATE SET
      body_hash = excluded.body_hash, response = excluded.response,
      expires_at = excluded.expires_at
    """

  static let expired = """
    SELECT hall, subject, method, key FROM idempotency
    WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
    """

  static let remove = """
    DELETE FROM idempotency WHERE hall = ? AND subject = ? AND method = ? AND key = ?
    """
}

extension Snapshot {
  /// The answer that the same call got.
  ///
  /// - Parameters:
  ///   - key: What makes the calls the same.
  ///   - now: The real present.
  /// - Returns: nil if there was none or its time is over.
  /// - Throws: `StoreError`.
  package func idempotent(_ key: IdempotencyKey, now: Instant) throws -> IdempotentAnswer? {
    try first(
      IdempotencyQueries.one,
      [.text(key.hall), .text(key.subject), .text(key.method), .text(key.key), Value(now)]
    ) {
      IdempotentAnswer(
        bodyHash: $0.blob(0),
        response: $0.blob(1),
        expires: $0.instant(2)
      )
    }
  }
}

extension Snapshot {
  /// The answers that are kept, by their keys in order.
  ///
  /// - Parameters:
  ///   - after: The key behind which to begin; one of empty texts for all.
  ///   - limit: How many at most.
  /// - Returns: Keys with their responses, sealed as they are kept.
  /// - Throws: `StoreError`.
  package func idempotentAnswers(
    after: IdempotencyKey,
    limit: Int
  ) throws -> [(key: IdempotencyKey, response: [UInt8])] {
    try rows(
      IdempotencyQueries.page,
      [
        .text(after.hall), .text(after.subject), .text(after.method), .text(after.key),
        .integer(Int64(max(0, limit))),
      ]
    ) { row in
      let key = IdempotencyKey(
        hall: row.text(0),
        subject: row.text(1),
        method: row.text(2),
        key: row.text(3)
      )
      return (key: key, response: row.blob(4))
    }
  }
}

extension Snapshot {
  /// Whether there are answers whose time is over.
  ///
  /// - Parameter now: The real present.
  /// - Returns: Whether at least one is to be forgotten.
  /// - Throws: `StoreError`.
  package func hasExpiredIdempotent(now: Instant) throws -> Bool {
    try first(IdempotencyQueries.expired, [Value(now), .integer(1)]) { _ in true } ?? false
  }
}

extension Transaction {
  /// Keeps a call's answer, in the transaction of its effect.
  package func saveIdempotent(_ key: IdempotencyKey, _ answer: IdempotentAnswer) throws {
    try execute(
      IdempotencyQueries.save,
      [
        .text(key.hall), .text(key.subject), .text(key.method), .text(key.key),
        .blob(answer.bodyHash), .blob(answer.response), Value(answer.expires),
      ]
    )
  }

  /// Forgets answers whose time is over, the oldest first.
  ///
  /// - Parameters:
  ///   - now: The real present.
  ///   - limit: How many at most.
  /// - Returns: how many were forgotten; less than the limit if none is left.
  /// - Throws: `StoreError`.
  @discardableResult
  package func forgetIdempotent(now: Instant, limit: Int) throws -> Int {
    let keys = try rows(IdempotencyQueries.expired, [Value(now), .integer(Int64(limit))]) {
      [Value.text($0.text(0)), .text($0.text(1)), .text($0.text(2)), .text($0.text(3))]
    }
    for key in keys { try execute(IdempotencyQueries.remove, key) }
    return keys.count
  }
}
