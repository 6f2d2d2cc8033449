internal import Messages

/// Messages from which mutation begins.
enum Samples {
  /// Messages in which every kind of field is set.
  private static let messages: [any Message] = [
    ProbeV1.Lists(
      doubles: [1.5, -0, .infinity],
      int32s: [-1, 0, 300],
      bools: [true, false],
      strings: ["a", "办件"],
      byteStrings: [[0, 255]],
      colours: [.red, .belowZero],
      scalars: [ProbeV1.Scalars(doubleValue: 0.1, stringValue: "x")]
    ),
    ProbeV1.Maps(
      counts: ["a": 1, "": -1],
      names: [-5: "b"],
      colours: [true: .green],
      scalars: [7: ProbeV1.Scalars(int64Value: -1)]
    ),
    ProbeV1.Choices(choice: .text("t"), between: "b", nested: .at(.init(seconds: 1, nanos: 5))),
    ProbeV1.Recursive(
      child: ProbeV1.Recursive(label: 1),
      children: [ProbeV1.Recursive(label: 2), ProbeV1.Recursive(either: .right("r"))],
      byName: ["n": ProbeV1.Recursive(mutual: ProbeV1.Mutual(back: ProbeV1.Recursive()))],
      label: 3
    ),
    ProbeV1.Times(
      at: .init(seconds: 1_700_000_000, nanos: 120_000_000),
      lasting: .init(seconds: -3, nanos: -500_000_000)
    ),
    AccessV1.Pass(keyId: "gateway", alg: "ed25519", subject: "s", roles: [.clerk], halls: ["h"]),
    IntakeV1.Admission(number: "n", hall: "h", itemCode: "i", itemVersion: 1, keyId: "intake"),
  ]

  /// The messages in their binary form.
  static var binary: [[UInt8]] {
    messages.map { TypedInput.make(type(of: $0), $0.encode()) }
  }

  /// The messages as JSON.
  static var json: [[UInt8]] {
    messages.map { TypedInput.make(type(of: $0), $0.encodeJSON()) }
  }
}
