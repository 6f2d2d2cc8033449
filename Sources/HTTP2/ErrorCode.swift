/// Why a stream or a connection ended, as the peer or this side said it on the wire.
///
/// - Source: RFC 9113, section 7.
package struct ErrorCode: RawRepresentable, Sendable, Hashable {
  /// The number on the wire.
  package var rawValue: UInt32

  /// Creates the code with that number, known or not.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Nothing was wrong.
  package static let noError = Self(rawValue: 0x0)
  /// The peer broke the protocol.
  package static let protocolError = Self(rawValue: 0x1)
  /// This side failed.
  package static let internalError = Self(rawValue: 0x2)
  /// More data came than the window allowed.
  package static let flowControlError = Self(rawValue: 0x3)
  /// SETTINGS were not acknowledged in time.
  package static let settingsTimeout = Self(rawValue: 0x4)
  /// A frame came for a stream that was already half closed.
  package static let streamClosed = Self(rawValue: 0x5)
  /// A frame had an invalid length.
  package static let frameSizeError = Self(rawValue: 0x6)
  /// The stream was refused before anything was done: it is safe to ask again.
  package static let refusedStream = Self(rawValue: 0x7)
  /// The stream is no longer needed.
  package static let cancel = Self(rawValue: 0x8)
  /// The header compression state is broken.
  package static let compressionError = Self(rawValue: 0x9)
  /// The connection behind a CONNECT was lost.
  package static let connectError = Self(rawValue: 0xA)
  /// The peer behaves as if it meant to overload this side.
  package static let enhanceYourCalm = Self(rawValue: 0xB)
  /// The transport is not safe enough.
  package static let inadequateSecurity = Self(rawValue: 0xC)
  /// HTTP/1.1 is wanted.
  package static let http11Required = Self(rawValue: 0xD)
}

/// Why a connection cannot go on.
package struct SessionError: Error, Sendable, Hashable {
  /// A code of `enum nghttp2_error`, for example -903 for a bad client preface.
  package var code: Int32

  /// The client's first bytes were not the HTTP/2 preface.
  package static let badClientPreface = Self(code: -903)
  /// The peer flooded this side with frames that must be answered.
  package static let flooded = Self(code: -904)
  /// A header block came in too many pieces.
  package static let tooManyContinuations = Self(code: -905)
}
