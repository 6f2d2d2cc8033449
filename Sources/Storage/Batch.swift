/// One call's part of a batch.
///
/// A unit may be run again after what it wrote was undone, and only the last run counts: so it
/// does nothing but through the transaction, and sets afresh whatever it captures.
package typealias BatchUnit = (Transaction) throws -> Void

/// A payload that lacks what only its whole batch can give, such as one signature over all of them.
package protocol UnfinishedPayload: AnyObject {
  /// The payload; asked once, when the batch's ``BatchFinisher`` has run.
  ///
  /// - Throws: If it is still not finished: then nothing of the batch is kept.
  var finished: [UInt8] { get throws }
}

/// Finishes the payloads of all units that are kept, in the order of the feed, before the commit.
///
/// Like a unit it may be run again after all was undone. If it throws, nothing is kept for certain.
package typealias BatchFinisher = ([any UnfinishedPayload]) throws -> Void

/// What became of a unit.
package enum BatchOutcome: Sendable {
  /// It is on the disk. The position is that of the last feed entry up to and with this unit: what
  /// its answer says it reflects.
  case committed(position: Int64)

  /// Nothing of it was kept, for the reason that it threw or that the store had.
  case failed(any Error)

  /// The commit ended in an error: it may be there or not. The caller repeats with the same key.
  case unknown(StoreError)

  /// The position reached, if it was committed.
  package var position: Int64? {
    if case .committed(let position) = self { position } else { nil }
  }

  /// Why nothing was kept, if so.
  package var failure: (any Error)? {
    if case .failed(let error) = self { error } else { nil }
  }

  /// Whether nobody knows if it was kept.
  package var isUnknown: Bool {
    if case .unknown = self { true } else { false }
  }
}
