package import Kernel

/// What can be bound to a `?` of a statement.
package enum Value: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  /// A number, or null.
  package init(_ number: Int64?) {
    self = number.map(Self.integer) ?? .null
  }

  /// A number, or null.
  package init(_ number: Int?) {
    self = number.map { .integer(Int64($0)) } ?? .null
  }

  /// Text, or null.
  package init(_ text: String?) {
    self = text.map(Self.text) ?? .null
  }

  /// Bytes, or null.
  package init(_ bytes: [UInt8]?) {
    self = bytes.map(Self.blob) ?? .null
  }

  /// An instant as milliseconds since 1970, or null.
  package init(_ instant: Instant?) {
    self = instant.map { .integer($0.unixMilliseconds) } ?? .null
  }

  /// A trace as its `traceparent`; empty text if there is none.
  init(_ trace: TraceContext?) {
    self = .text(trace?.text ?? "")
  }

  /// A day as days since 1970, or null.
  package init(_ day: Day?) {
    self = day.map { .integer(Int64($0.epochDay)) } ?? .null
  }

  /// A truth as 0 or 1.
  package init(_ truth: Bool) {
    self = .integer(truth ? 1 : 0)
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringInterpolation,
  ExpressibleByNilLiteral
{
  package init(integerLiteral number: Int64) {
    self = .integer(number)
  }

  package init(stringLiteral text: String) {
    self = .text(text)
  }

  package init(nilLiteral: ()) {
    self = .null
  }
}
