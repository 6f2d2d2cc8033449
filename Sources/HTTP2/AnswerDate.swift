internal import CNghttp2

/// The field `date` of the answers that one loop sends, whose text is put in place once a second.
///
/// nghttp2 reads it where it lies, when it sends the head, so no answer copies it.
///
/// - Source: RFC 9110, 5.6.7 and 6.6.1
package final class AnswerDate {
  /// How many bytes every IMF-fixdate has.
  private static let count = 29
  private static let name: StaticString = "date"

  private let room = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
  /// The field as nghttp2 takes it, valid as long as this object lives.
  let pair: nghttp2_nv

  /// What the answers say, an IMF-fixdate.
  package var text: String {
    didSet { put() }
  }

  /// Makes the field.
  ///
  /// - Parameter text: An IMF-fixdate, like each that follows: 29 letters of ASCII.
  package init(_ text: String) {
    self.text = text
    let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    pair = nghttp2_nv(
      name: UnsafeMutablePointer(mutating: Self.name.utf8Start),
      value: room,
      namelen: Self.name.utf8CodeUnitCount,
      valuelen: Self.count,
      flags: UInt8(flags)
    )
    put()
  }

  deinit {
    room.deallocate()
  }

  private func put() {
    precondition(text.utf8.count == Self.count, "An IMF-fixdate has 29 letters.")
    let room = UnsafeMutableBufferPointer(start: room, count: Self.count)
    _ = room.update(fromContentsOf: text.utf8)
  }
}
