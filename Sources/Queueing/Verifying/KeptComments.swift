internal import Service
internal import Storage

extension Verification {
  /// Ratings: the sealed comment.
  static let ratings = rows("ratings", from: ["", ""]) { snapshot, after, limit in
    try snapshot.commentPage(after: after, limit: limit)
  } mark: { kept in
    (kept.hall, "rating \(kept.id)", [.text(kept.hall), .text(kept.id)])
  } faults: { kept, reading in
    [.sealed(kept.comment, of: "rating \(kept.id) comment", by: reading.seal)].compactMap(\.self)
  }
}
