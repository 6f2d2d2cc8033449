internal import Connect
internal import Synchronization

/// The last messages of streams in the form in which callers got them.
///
/// Whoever follows the alerts gets the same messages as all others, so each is turned into JSON,
/// and compressed, once for all of them. A message's form depends on nothing but its bytes, its
/// method and what the caller reads, so it says nobody anything of somebody else. The last ones
/// stay in memory until others come; what streams at the door tell holds nothing of an applicant.
final class SharedEnvelopes: Sendable {
  /// How many forms are kept.
  static let most = 32

  /// The longest message that is kept, in binary; in JSON it may be a few times as long.
  ///
  /// - Unit: bytes.
  static let longest = 16 << 10

  private struct Form {
    var method: String
    var coding: ContentCoding
    var payload: [UInt8]
    var envelope: (flags: UInt8, payload: [UInt8])
  }

  private struct State {
    /// A ring, the newest before `next`.
    var forms: [Form] = []
    var next = 0
  }

  private let state = Mutex(State())

  /// The form of a message in JSON, made unless it is known.
  ///
  /// - Parameters:
  ///   - payload: The message in binary.
  ///   - method: The path of the method that answers with it.
  ///   - coding: How it is compressed.
  ///   - make: Makes the envelope.
  /// - Returns: What goes out.
  func form(
    of payload: [UInt8],
    _ method: String,
    _ coding: ContentCoding,
    _ make: () -> (flags: UInt8, payload: [UInt8])
  ) -> (flags: UInt8, payload: [UInt8]) {
    guard payload.count <= Self.longest else { return make() }
    let known = state.withLock { state in
      state.forms.first {
        $0.payload == payload && $0.coding == coding && $0.method == method
      }?.envelope
    }
    if let known { return known }
    let envelope = make()
    let form = Form(method: method, coding: coding, payload: payload, envelope: envelope)
    state.withLock { state in
      if state.forms.count < Self.most {
        state.forms.append(form)
      } else {
        state.forms[state.next] = form
      }
      state.next = (state.next + 1) % Self.most
    }
    return envelope
  }
}
