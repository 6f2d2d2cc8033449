internal import Messages
internal import Service
internal import TestSupport

/// The binary form of every message of the contract.
///
/// What decodes must encode, decode again to the same, and have a JSON that reads back.
struct MessageTarget: FuzzTarget {
  let name = "message"

  var seeds: [[UInt8]] {
    Contract.messages.map { TypedInput.make($0, []) } + Samples.binary
  }

  func headCount(of input: [UInt8]) -> Int { TypedInput.headCount(of: input) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    TypedInput.change(&input, by: &generator) { body, _, generator in
      body = WireMutation.change(body, by: &generator)
    }
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard let (type, start) = TypedInput.type(of: input) else { return false }
    check(type, UnsafeRawBufferPointer(rebasing: input[start...]))
    return true
  }

  private func check<M: Message>(_: M.Type, _ bytes: UnsafeRawBufferPointer) {
    guard let message = try? M.decode(bytes) else { return }
    let encoded = message.encode()
    do {
      let again = try M.decode(encoded)
      // Not numbers are unequal to themselves, so bytes are compared.
      require(again.encode() == encoded, "\(M.fullName): the encoding changed")
    } catch {
      fatalError("\(M.fullName): what was encoded does not decode: \(error)")
    }
    _ = message.violations(checking: .law)
    JSONTarget.checkJSON(of: message)
  }

  func allowance(for count: Int) -> Int { (1 << 20) + 2_000 * count }
}
