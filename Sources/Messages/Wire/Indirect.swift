/// A box for a message that a message of the same type holds.
indirect enum Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
  case none
  case some(Value)

  init(_ value: Value?) {
    if let value { self = .some(value) } else { self = .none }
  }

  var value: Value? {
    switch self {
    case .none: nil
    case .some(let value): value
    }
  }
}
