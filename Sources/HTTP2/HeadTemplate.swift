internal import CNghttp2

/// A head that is sent many times, ready for nghttp2.
///
/// Its bytes never move and never change, so nghttp2 reads them where they lie: streams that send
/// it hold it until they are closed. That nothing is written after the initialiser is what makes
/// `@unchecked Sendable` true.
package final class HeadTemplate: @unchecked Sendable {
  /// The fields.
  package let list: HeaderList
  /// The fields in the layout of ``HeaderList``.
  let bytes: UnsafeRawBufferPointer
  let pairs: UnsafeMutableBufferPointer<nghttp2_nv>

  /// Prepares a list, mostly without `content-length`, which is given with each message.
  package init(_ list: HeaderList) {
    self.list = list
    let room = UnsafeMutableRawBufferPointer.allocate(
      byteCount: list.storage.count,
      alignment: 8
    )
    room.copyBytes(from: list.storage)
    bytes = UnsafeRawBufferPointer(room)
    pairs = .allocate(capacity: list.count)
    let keeps = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    var (position, index) = (0, 0)
    while let field = HeaderList.field(at: position, in: bytes) {
      pairs.initializeElement(at: index, to: field.pair(in: bytes, flags: keeps))
      index += 1
      position = field.end
    }
  }

  deinit {
    pairs.deallocate()
    bytes.deallocate()
  }
}

extension HeaderList.Field {
  /// The field as nghttp2 takes it; it points into the bytes.
  func pair(in bytes: UnsafeRawBufferPointer, flags: UInt32) -> nghttp2_nv {
    let flag = flags | (isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX.rawValue : 0)
    // nghttp2 declares names and values mutable and does not change them.
    let start = UnsafeMutablePointer(
      mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    )
    return nghttp2_nv(
      name: start?.advanced(by: nameStart),
      value: start?.advanced(by: valueStart),
      namelen: nameCount,
      valuelen: valueCount,
      flags: UInt8(flag)
    )
  }
}

/// The head of a message that is about to be sent.
package struct OutgoingHead {
  /// What many messages share.
  package var template: HeadTemplate
  /// What this one alone has, besides its length.
  package var extra: HeaderList?
  /// Its `content-length`, in bytes; negative for none.
  package var length: Int

  /// Puts the parts together.
  package init(_ template: HeadTemplate, extra: HeaderList? = nil, length: Int = -1) {
    self.template = template
    self.extra = extra
    self.length = length
  }

  /// All fields as one list.
  package var list: HeaderList {
    var list = template.list
    if let extra { list.append(contentsOf: extra) { _, _ in true } }
    list.append(length: length)
    return list
  }
}
