/// Why bytes are no message of the wanted type.
package struct DecodeError: Error, Sendable, Hashable {
  /// The kind of fault.
  package enum Reason: Sendable, Hashable {
    /// The bytes are not the binary form of a message.
    case malformed
    /// A text is not UTF-8.
    case invalidText
    /// Messages are nested deeper than `MessageLimits.depth`.
    case tooDeep
    /// The message needs more memory than `MessageLimits.memory(for:)`.
    case tooLarge
    /// The bytes are not JSON; what is wrong begins at this byte.
    case syntax(offset: Int)
    /// The JSON is sound but does not fit the message; `violations` says where.
    case fields
  }

  /// The kind of fault.
  package let reason: Reason
  /// The fields at fault; empty unless the reason is `fields`.
  package let violations: [Violation]

  /// A fault.
  package init(_ reason: Reason, violations: [Violation] = []) {
    self.reason = reason
    self.violations = violations
  }

  /// What is wrong, in English.
  package var messageEn: String {
    switch reason {
    case .malformed: "the message is malformed"
    case .invalidText: "a text is not UTF-8"
    case .tooDeep: "messages are nested deeper than \(MessageLimits.depth) levels"
    case .tooLarge: "the message needs too much memory"
    case .syntax(let offset): "not JSON from byte \(offset)"
    case .fields: violations.map { "\($0.field) \($0.messageEn)" }.joined(separator: "; ")
    }
  }

  /// What is wrong, in Chinese.
  package var messageZh: String {
    switch reason {
    case .malformed: "消息格式有误"
    case .invalidText: "文本不是 UTF-8"
    case .tooDeep: "消息嵌套超过 \(MessageLimits.depth) 层"
    case .tooLarge: "消息占用内存过多"
    case .syntax(let offset): "第 \(offset) 字节起不是有效的 JSON"
    case .fields: violations.map { "\($0.field) \($0.messageZh)" }.joined(separator: "；")
    }
  }
}
