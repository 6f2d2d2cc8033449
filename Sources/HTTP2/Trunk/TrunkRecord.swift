/// What one side of a trunk says to the other about one of its calls.
///
/// A trunk is one HTTP/2 stream between two services of the house that carries many short calls,
/// as records one behind the other in either direction. nghttp2 costs as much for each stream as a
/// short call does; so the stream is opened once, and a head that is sent many times goes over it
/// once and is named by a number afterwards.
///
/// - Source: docs/adr/0035-calls-between-services-share-a-stream.md
package struct TrunkRecord {
  /// What is said.
  package enum Kind: UInt8, Sendable, CaseIterable {
    /// From now on `head` is the number of these fields.
    case head = 1
    /// A whole call.
    case call = 2
    /// The caller does not want the answer any more.
    case cancel = 3
    /// The caller took so many bytes of the answer's pieces: as many more may follow.
    case credit = 4
    /// A whole answer.
    case answer = 5
    /// An answer begins; pieces follow.
    case begin = 6
    /// A piece of an answer.
    case piece = 7
    /// The answer that was begun is whole.
    case end = 8
    /// There will be no answer, or no more of it.
    case broken = 9
    /// No number is that of a head any more.
    case forget = 11
  }

  /// On the wire, the kind of a ``Kind/call`` with its trace in binary.
  static let tracedCall: UInt8 = 10

  /// How a record begins, each number in the order of x86 and ARM, the least byte first:
  /// bytes behind the prefix (4), kind (1), number of passing fields (1), head (2), call (4), bytes
  /// of passing fields (4), number (8).
  static let prefixCount = 24

  /// What is said.
  package let kind: Kind
  /// Which head it is about.
  package let head: Int
  /// Which call it is about.
  package let call: UInt32
  /// The length that the fields say (``Kind/call``, ``Kind/answer``, ``Kind/begin``; negative for
  /// none), bytes of credit, or an error code.
  package let number: Int
  /// Fields in the layout of ``HeaderList``.
  let fields: UnsafeRawBufferPointer
  let fieldCount: Int
  /// The trace of a call, if it came in binary.
  package let trace: TrunkTrace?
  /// The body, or a piece of it.
  package let body: UnsafeRawBufferPointer

  /// Calls the closure with the head of the message that begins with this record.
  ///
  /// - Parameters:
  ///   - template: The head that the record names.
  ///   - body: Takes the head, which is valid for the call only.
  /// - Returns: What the closure returns.
  package func withHead<Result>(_ template: HeadTemplate, _ body: (Head) -> Result) -> Result {
    let count = template.list.count
    return body(
      Head(lasting: template.bytes, count, passing: fields, fieldCount, length: number)
    )
  }
}

/// What `traceparent` says of a call, in binary: nearly every call has one, and to write and read
/// its 55 digits would cost more than all else that a trunk does for the call.
package struct TrunkTrace: Sendable, Hashable {
  /// How many bytes it takes, between a record's prefix and its fields.
  static let count = 25

  /// The first half of the trace's number.
  package let high: UInt64
  /// The second half of the trace's number.
  package let low: UInt64
  /// The number of the step.
  package let span: UInt64
  /// What is asked for.
  package let flags: UInt8

  /// Puts the numbers together; whether they are those of a trace the reader finds out.
  package init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
    self.high = high
    self.low = low
    self.span = span
    self.flags = flags
  }

  /// Reads it where it lies.
  init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
    high = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
    low = bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
    span = bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
    flags = bytes[start + 24]
  }

  /// Writes it where it is to lie.
  func write(into room: UnsafeMutableRawBufferPointer, at start: Int) {
    room.storeBytes(of: high, toByteOffset: start, as: UInt64.self)
    room.storeBytes(of: low, toByteOffset: start + 8, as: UInt64.self)
    room.storeBytes(of: span, toByteOffset: start + 16, as: UInt64.self)
    room[start + 24] = flags
  }
}

/// What a trunk lets its two sides do.
package enum TrunkLimits {
  /// How many heads a side remembers of the other.
  package static let heads = 512
  /// How many bytes all these heads have together.
  package static let allHeads = 256 << 10
  /// The longest head, and the most bytes of the fields that a message has alone.
  package static let head = 4 << 10
  /// The most fields of either.
  package static let fields = 64
  /// The longest body of a call, in bytes; longer ones go over a stream of their own.
  package static let call = 16 << 10
  /// How much of an answer may be on its way before the caller has taken it, in bytes.
  package static let window = 64 << 10
  /// How many calls may be open at once; a power of two.
  package static let calls = 4_096
  /// The longest record behind its prefix, in bytes.
  static let record = TrunkTrace.count + head + window
}

/// Why a trunk cannot go on: the other side does not keep to its form.
package enum TrunkFault: Error, Sendable, Hashable {
  /// A record of an unknown kind.
  case unknownKind(UInt8)
  /// A record that is too long, or whose parts are longer than itself or than they may be.
  case badLength
  /// Fields that are none, or that no message of this direction may have.
  case badFields
  /// A head that was never defined, or a number that no head may have.
  case unknownHead
  /// Something that only the other side says, or that does not follow what was said before.
  case outOfPlace
  /// More calls were taken back than anybody does who means well.
  case tooManyCancels
}
