internal import Connect
internal import HTTP2
internal import Messages
internal import Service

/// What a call wants to be answered with: the JSON in the text of its request.
struct Script: Codable {
  /// Metadata under one name.
  struct Field: Codable {
    var name: String
    var values: [String]
  }

  /// An error.
  struct Fault: Codable {
    var code: String
    var message: String
    /// Texts of messages that go along.
    var details: [String]?
  }

  /// What comes before the messages.
  var headers: [Field]?
  /// The messages.
  var data: [String]?
  /// What ends the call; nil for success.
  var error: Fault?
  /// What comes behind the messages.
  var trailers: [Field]?
  /// How long each message waits, in milliseconds.
  var delayMs: Int?
}

/// What the service has seen of a call, and one message of the script.
struct Seen: Codable {
  var data: String
  var verb: String
  var fields: [Script.Field]
  /// How long the padding of the request was, in characters.
  var padding: Int

  init(_ data: String, _ request: InboundRequest, padding: Int) {
    self.data = data
    verb = request.verb
    self.padding = padding
    fields = []
    guard let list = request.fields as? HeaderList else { return }
    for (name, value) in list.pairs where !name.hasPrefix(":") {
      if let known = fields.firstIndex(where: { $0.name == name }) {
        fields[known].values.append(value)
      } else {
        fields.append(Script.Field(name: name, values: [value]))
      }
    }
  }
}

extension [Script.Field] {
  /// One field of a head for each value.
  func answerFields(prefix: String = "") -> [Answer.Field] {
    flatMap { field in field.values.map { Answer.Field(prefix + field.name, $0) } }
  }

  /// The metadata at the end of a stream.
  var metadata: [EndOfStream.Metadata] { map { EndOfStream.Metadata($0.name, $0.values) } }
}

extension Script.Fault {
  /// The error as it goes over the wire, with what was seen as its last detail.
  func body(_ seen: String) -> ErrorBody {
    ErrorBody(
      code: Code(name: code) ?? .unknown,
      message: message,
      details: ((details ?? []) + [seen]).map { text in
        ErrorBody.Detail(
          type: ProbeV1.EchoResponse.fullName,
          value: ProbeV1.EchoResponse(text: text).encode()
        )
      }
    )
  }
}
