import Kernel
import Messages
import Service
import Testing

@Suite
struct OwnerTests {
  private func owner(_ subject: String, _ onBehalfOf: String = "") -> String {
    Pass(
      issuer: "gateway",
      subject: subject,
      roles: [.applicant],
      halls: [],
      onBehalfOf: onBehalfOf,
      expiresAt: Instant(unixMilliseconds: 0)
    ).owner
  }

  /// docs/rules/door.md, rule D6.
  @Test func `a token's subject is never taken for a portal's user`() {
    #expect(owner("u1") == "u1")
    #expect(owner("portal", "u1") == "portal/u1")
    #expect(owner("portal/u1") == "/portal/u1")
    #expect(owner("/portal/u1") == "//portal/u1")
    let all = [
      owner("p"), owner("p/u"), owner("/p/u"), owner("p", "u"), owner("p", "/u"), owner("p", "u/v"),
      owner("p/u/v"), owner("/"), owner("p/"),
    ]
    #expect(Set(all).count == all.count)
  }
}
