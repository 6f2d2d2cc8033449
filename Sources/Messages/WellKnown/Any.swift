extension GoogleProtobuf.Any_ {
  /// The address that stands before the full name of a type.
  private static let prefix = "type.googleapis.com/"

  /// Holds a message.
  package init<Content: Message>(_ content: Content) {
    self.init(typeUrl: Self.prefix + Content.fullName, value: content.encode())
  }

  /// The message within.
  ///
  /// - Throws: `unreadableAny` if it is of another type or cannot be decoded.
  package func content<Content: Message>(_: Content.Type) throws(EncodeError) -> Content {
    let suffix = Array("/\(Content.fullName)".utf8)
    guard typeUrl.utf8.suffix(suffix.count).elementsEqual(suffix),
      let content = try? Content.decode(value)
    else {
      throw .unreadableAny(typeUrl)
    }
    return content
  }

  /// True: the JSON is that of the message within, with its type.
  package static var hasOwnJSON: Bool { true }

  /// Appends the message within as an object that begins with `@type`.
  package func writeJSON(to writer: inout JSONWriter) {
    if typeUrl.isEmpty, value.isEmpty { return writer.raw("{}") }
    guard let type = writer.types.message(at: typeUrl) else {
      writer.fail(.unknownType(typeUrl))
      return writer.object { _ in }
    }
    guard let content = try? type.decode(value) else {
      writer.fail(.unreadableAny(typeUrl))
      return writer.object { _ in }
    }
    Self.write(content, typeUrl, to: &writer)
  }

  private static func write(
    _ content: some Message,
    _ typeURL: String,
    to writer: inout JSONWriter
  ) {
    guard type(of: content).hasOwnJSON else { return writer.message(content, typeURL: typeURL) }
    writer.object { writer in
      writer.member("@type") { $0.text(typeURL) }
      writer.member("value") { content.writeJSON(to: &$0) }
    }
  }

  /// Reads an object whose `@type`, wherever it stands, says what the rest is.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .object(let members) = reader.current else { return reader.fault(.type(.object)) }
    if members.isEmpty { return Self() }
    let types = members.filter { $0.key == "@type" }
    guard types.count == 1, case .string(let url) = types[0].value,
      let type = reader.options.types.message(at: url)
    else { return reader.fault(.unreadable(.typeURL)) }
    return content(type, url, members, from: &reader)
  }

  private static func content<Content: Message>(
    _: Content.Type,
    _ url: String,
    _ members: [JSONValue.Member],
    from reader: inout JSONReader
  ) -> Self? {
    guard Content.hasOwnJSON else {
      let content = reader.message(Content.self, skipping: "@type")
      return content.map { Self(typeUrl: url, value: $0.encode()) }
    }
    var result: Self?
    for member in members where member.key != "@type" {
      if member.key == "value", result == nil {
        let content = reader.member(member) { Content.readJSON(from: &$0) }
        result = content.map { Self(typeUrl: url, value: $0.encode()) } ?? Self()
      } else if !reader.options.ignoresUnknown {
        reader.unknown(member)
      }
    }
    return result ?? reader.fault(.unreadable(.typeURL))
  }
}
