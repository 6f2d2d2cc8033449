import Testing

@Suite struct AnswerTests {
  /// A newer gateway's answers have fields that this program does not know.
  @Test(arguments: ["Sources/onedoor", "Sources/Host/Client"])
  func `callers read answers without what they do not know`(folder: String) throws {
    let lines = try Tree.files(below: folder).flatMap { file in
      file.lines.filter { $0.contains(#/\b(\w*Response|M)\.decode\(json:/#) }
    }
    #expect(!lines.isEmpty)
    for line in lines {
      let isLenient = line.contains(".ofAnswers")
      #expect(isLenient, "\(line)")
    }
  }
}
