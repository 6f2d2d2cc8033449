internal import Connect
internal import Messages

/// Puts details in the clear into errors, for callers who read JSON.
///
/// Services answer the gateway in binary and leave `debug` out.
enum ErrorDebug {
  /// The error with `debug` at each detail; one with a detail of unknown type, or none, as it came.
  static func added(to body: [UInt8]) -> [UInt8] {
    guard case .object(let members)? = try? JSONParser.parse(body),
      case .string(let name)? = members.value("code"), let code = Code(name: name),
      case .array(let values)? = members.value("details")
    else { return body }
    let details = values.compactMap(detail)
    guard details.count == values.count else { return body }
    var message = ""
    if case .string(let text)? = members.value("message") { message = text }
    return ErrorBody(code: code, message: message, details: details).json()
  }

  /// The end of a stream with `debug` in its error; one without an error as it came.
  ///
  /// Services send no metadata there, so what they send is `{}` or `{"error":{...}}`.
  static func added(toEndOfStream payload: [UInt8]) -> [UInt8] {
    let (begin, end) = (Array(#"{"error":"#.utf8), Array("}".utf8))
    guard payload.starts(with: begin), payload.last == end[0] else { return payload }
    return begin + added(to: Array(payload[begin.count..<payload.count - 1])) + end
  }

  private static func detail(_ value: JSONValue) -> ErrorBody.Detail? {
    guard case .object(let members) = value,
      case .string(let type)? = members.value("type"),
      case .string(let text)? = members.value("value"), let bytes = Base64.decode(text),
      let message = try? Contract.message(named: type)?.decode(bytes)
    else { return nil }
    return ErrorBody.Detail(type: type, value: bytes, debug: message.encodeJSON())
  }
}

extension [JSONValue.Member] {
  fileprivate func value(_ key: String) -> JSONValue? { first { $0.key == key }?.value }
}
