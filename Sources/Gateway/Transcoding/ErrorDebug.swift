internal import Connect
internal import Messages

/// Puts details in the clear into errors, for callers who read JSON.
///
/// Services answer the gateway in binary and leave `debug` out.
enum ErrorDebug {
  /// The error with `debug` at each detail; one with a detail of unknown type, or none, as it came.
  static func added(to body: [UInt8]) -> [UInt8] {
    ErrorBody(json: body).flatMap(added)?.json() ?? body
  }

  /// The end of a stream with `debug` in its error; one without an error as it came.
  static func added(toEndOfStream payload: [UInt8]) -> [UInt8] {
    guard var end = EndOfStream(payload), let error = end.error.flatMap(added) else {
      return payload
    }
    end.error = error
    return end.json()
  }

  private static func added(_ error: ErrorBody) -> ErrorBody? {
    guard !error.details.isEmpty else { return nil }
    var error = error
    for index in error.details.indices {
      let detail = error.details[index]
      guard let message = try? Contract.message(named: detail.type)?.decode(detail.value) else {
        return nil
      }
      error.details[index].debug = message.encodeJSON()
    }
    return error
  }
}
