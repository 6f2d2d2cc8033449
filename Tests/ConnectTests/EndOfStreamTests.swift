import Testing

@testable import Connect

@Suite struct EndOfStreamTests {
  @Test func `what is written is read back`() {
    let error = ErrorBody(
      code: .aborted,
      message: "办理 \"中\"\n",
      details: [.init(type: "a.B", value: [0, 255])]
    )
    let metadata = [
      EndOfStream.Metadata("x-one", ["a", "b"]), EndOfStream.Metadata("x-two-bin", ["AP8"]),
    ]
    for end in [
      EndOfStream(), EndOfStream(error: error), EndOfStream(metadata: metadata),
      EndOfStream(error: error, metadata: metadata),
    ] {
      #expect(EndOfStream(end.json()) == end)
    }
  }

  @Test func `a success is an empty object`() {
    #expect(EndOfStream().json() == Array("{}".utf8))
    #expect(EndOfStream(Array(#"{"error":null}"#.utf8)) == EndOfStream())
  }

  @Test(arguments: [
    #"{"error":{}}"#, #"{"error":{"code":"strange","message":"x"}}"#, #"{"error":5}"#,
  ])
  func `an error without a known code is unknown`(text: String) {
    #expect(EndOfStream(Array(text.utf8))?.error?.code == .unknown)
  }

  @Test(arguments: ["", "[]", "nothing", "{"])
  func `what is no object is no end`(text: String) {
    #expect(EndOfStream(Array(text.utf8)) == nil)
  }

  @Test func `incomplete details are left out and unknown members passed over`() {
    let text =
      #"{"code":"not_found","x":1,"details":[{"type":"a.B"},{"type":"c.D","value":"AQ=="}]}"#
    let error = ErrorBody(json: Array(text.utf8))
    #expect(
      error == ErrorBody(code: .notFound, message: "", details: [.init(type: "c.D", value: [1])])
    )
    #expect(ErrorBody(json: Array(#"{"code":"no such"}"#.utf8)) == nil)
  }
}
