import Kernel
import Testing

@Suite struct IdentifierTests {
  private enum Ticket {}

  @Test func `an identifier is its text`() {
    let identifier = Identifier<Ticket>("A023")
    #expect(identifier.description == "A023")
    #expect(identifier == Identifier("A023"))
    #expect(identifier != Identifier("A024"))
  }
}
