import Foundation
import Testing

@Suite struct ToolTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "onedoor-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  @Test(arguments: [
    "", "up", "serve", "healthcheck", "call", "token", "catalogue import", "calendar due",
    "calendar explain", "calendar import", "alerts follow", "backup", "clock advance", "key init",
    "config print",
  ])
  func `every command explains itself`(_ command: String) throws {
    let result = try Tool.run("\(command) --help")
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: onedoor"))
  }

  @Test func `all faults of the configuration are told, and the status is 78`() throws {
    let result = try Tool.run(
      "config print",
      environment: ["ONEDOOR_QUEUE": "0", "ONEDOOR_COLOUR": "red"]
    )
    #expect(result.status == 78)
    #expect(result.error.contains("2 faults"))
    #expect(result.error.contains("ONEDOOR_QUEUE: must be a whole number from 1 to 1000000"))
    #expect(result.error.contains("ONEDOOR_COLOUR: is not a variable of this program"))
  }

  @Test func `keys are made once`() throws {
    // Four of each service, the authority and its certificate, those of operator and watch.
    #expect(try Tool.run("key init keys", folder: folder).output.split(separator: "\n").count == 28)
    let again = try Tool.run("key init keys", folder: folder)
    #expect(again.output == "")
    #expect(again.status == 0)
  }

  @Test func `what cannot be printed is told, and the status is 74`() throws {
    let result = try Tool.run("calendar due 2026-09-14 20wd", to: "/dev/full")
    #expect(result.status == 74)
    #expect(result.error == "onedoor: the output: No space left on device\n")
  }

  @Test func `a gateway that is not there is not reachable`() throws {
    let result = try Tool.run("call CatalogueService/ListItems --gateway 127.0.0.1:1")
    #expect(result.status == 69)
  }

  @Test func `a method that the contract has not is not found`() throws {
    #expect(try Tool.run("call CatalogueService/Burn").status == 66)
  }

  @Test func `a token needs the key that up makes`() throws {
    let result = try Tool.run("token --role clerk", folder: folder)
    #expect(result.status == 78)
    #expect(result.error.contains("`onedoor up` makes one"))
  }

  @Test func `a clock that nobody made cannot be stepped`() throws {
    #expect(try Tool.run("clock advance 2026-09-21", folder: folder).status == 66)
  }
}
