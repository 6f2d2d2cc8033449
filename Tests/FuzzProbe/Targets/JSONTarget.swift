internal import Messages
internal import Service
internal import TestSupport

/// The JSON form of every message of the contract.
///
/// What decodes must have a binary form and a JSON that both read back to the same.
struct JSONTarget: FuzzTarget {
  let name = "json"

  var seeds: [[UInt8]] {
    Contract.messages.map { TypedInput.make($0, Array("{}".utf8)) } + Samples.json
  }

  func headCount(of input: [UInt8]) -> Int { TypedInput.headCount(of: input) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    TypedInput.change(&input, by: &generator) { body, type, generator in
      JSONMutation.change(&body, names: type.fields.map(\.jsonName), by: &generator)
    }
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard let (type, start) = TypedInput.type(of: input) else { return false }
    check(type, Array(input[start...]))
    return true
  }

  private func check<M: Message>(_: M.Type, _ json: [UInt8]) {
    let message: M
    do throws(DecodeError) {
      message = try M.decode(json: json)
    } catch {
      require(error.violations.count <= MessageLimits.violations, "more faults than the limit")
      if case .syntax(let offset) = error.reason {
        require((0...json.count).contains(offset), "an offset outside of the text")
      }
      return
    }
    let encoded = message.encode()
    guard let again = try? M.decode(encoded) else {
      fatalError("\(M.fullName): what JSON made does not decode")
    }
    require(again.encodeJSON() == message.encodeJSON(), "\(M.fullName): binary changed the JSON")
    _ = message.violations(checking: .law)
    Self.checkJSON(of: message)
  }

  /// The JSON of a message must read back, and be the same when it is written again.
  ///
  /// What came in binary may have no canonical JSON, as a duration of two signs has none; what is
  /// written of it then need not read.
  static func checkJSON<M: Message>(of message: M) {
    guard let json = try? message.canonicalJSON() else {
      _ = message.encodeJSON()
      return
    }
    require(message.encodeJSON() == json, "\(M.fullName): two forms of JSON")
    do {
      let again = try M.decode(json: json)
      require(again.encodeJSON() == json, "\(M.fullName): the JSON changed")
    } catch {
      fatalError("\(M.fullName): its own JSON does not read: \(error.messageEn)")
    }
  }

  func allowance(for count: Int) -> Int { (1 << 20) + 2_000 * count }
}
