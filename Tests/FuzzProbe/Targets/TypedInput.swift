internal import Messages
internal import TestSupport

/// An input that begins with the full name of a message type and a line feed.
enum TypedInput {
  private static let lineFeed = UInt8(ascii: "\n")

  /// The input for a type.
  static func make(_ type: any Message.Type, _ body: [UInt8]) -> [UInt8] {
    Array(type.fullName.utf8) + [lineFeed] + body
  }

  /// How many bytes the name and its line feed have.
  static func headCount(of input: some Sequence<UInt8>) -> Int {
    for (index, byte) in input.prefix(128).enumerated() where byte == lineFeed { return index + 1 }
    return 0
  }

  /// The type and where the body begins; nil if there is no such type.
  static func type(
    of input: UnsafeRawBufferPointer
  ) -> (type: any Message.Type, start: Int)? {
    let start = headCount(of: input)
    guard start > 0 else { return nil }
    let name = String(decoding: input[..<(start - 1)], as: UTF8.self)
    return Contract.message(named: name).map { ($0, start) }
  }

  /// Changes the body, or now and then the type.
  static func change(
    _ input: inout [UInt8],
    by generator: inout SeededGenerator,
    _ body: (inout [UInt8], any Message.Type, inout SeededGenerator) -> Void
  ) {
    let start = headCount(of: input)
    let name = String(decoding: input[..<max(0, start - 1)], as: UTF8.self)
    let isNew = Int.random(in: 0..<32, using: &generator) == 0
    let known = isNew ? nil : Contract.message(named: name)
    guard let type = known ?? Contract.messages.randomElement(using: &generator) else { return }
    var rest = Array(input[start...])
    body(&rest, type, &generator)
    input = make(type, rest)
  }
}
