/// A box for a message that a message of the same type holds.
package indirect enum Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
  /// Nothing.
  case none
  /// A message.
  case some(Value)

  /// Boxes what there is.
  package init(_ value: Value?) {
    if let value { self = .some(value) } else { self = .none }
  }

  /// What is in the box.
  package var value: Value? {
    switch self {
    case .none: nil
    case .some(let value): value
    }
  }
}
