import Host
import Service
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  @Test func `what nobody sets has its fallback`() throws {
    let configuration = try Configuration(file: nil, environment: ["PATH": "/bin"])
    #expect(configuration.dataFolder == "data")
    #expect(configuration.keysFolder == "data/keys")
    #expect(configuration.listening("intake") == Address(host: "127.0.0.1", port: 18_082))
    #expect(configuration.address("intake") == configuration.listening("intake"))
    #expect(configuration.door?.port == 8_080)
    #expect(configuration.clockFile == nil)
    #expect(configuration.engineSettings.queue == 4_096)
  }

  @Test func `the environment goes before the file`() throws {
    let file = #"{"data": "/a", "batch": {"calls": 7}, "listen": {"intake": "[::1]:5"}}"#
    let configuration = try Configuration(
      file: ("house.json", Array(file.utf8)),
      environment: ["ONEDOOR_DATA": "/b", "ONEDOOR_DEMO": "true"]
    )
    #expect(configuration.dataFolder == "/b")
    #expect(configuration.engineSettings.batch == 7)
    #expect(configuration.listening("intake") == Address(host: "::1", port: 5))
    #expect(configuration.isDemo)
  }

  @Test func `a token may name this house in several ways`() throws {
    let usual = try Configuration(file: nil, environment: [:])
    #expect(usual.tokenAudiences == ["onedoor"])
    let names = ["ONEDOOR_TOKENS_AUDIENCE": "https://hall.example, onedoor,"]
    let several = try Configuration(file: nil, environment: names)
    #expect(several.tokenAudiences == ["https://hall.example", "onedoor"])
  }

  @Test(arguments: ["1024", "8388608", "8388609"])
  func `a body is as long as one caller may hold`(_ bytes: String) {
    let read = try? Configuration(file: nil, environment: ["ONEDOOR_BODY": bytes])
    #expect(read?.bodyBytes == (bytes == "8388609" ? nil : Int(bytes)))
    #expect(read?.engineSettings.body == read?.bodyBytes)
  }

  @Test func `all faults of a file and the environment are told at once`() throws {
    let file = """
      {
        "data": "",
        "colour": "red",
        "listen": {"intake": "nowhere", "reception": "127.0.0.1:1"},
        "queue": 0,
        "log": {"level": "loud", "level": "info"},
        "batch": {"calls": "many"},
        "demo": 1
      }
      """
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(
        file: ("bad.json", Array(file.utf8)),
        environment: ["ONEDOOR_HALL": "", "ONEDOOR_HAL": "370212", "HOME": "/root"]
      )
    }
    let text = try #require(error).description + "\n"
    #expect(try text == Golden.text("bad-configuration.txt", actual: text))
  }

  @Test func `a file that is no JSON is refused with the place of the fault`() {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration(file: ("bad.json", Array("{data".utf8)), environment: [:])
    }
    #expect(error?.faults.first?.place == "bad.json")
    #expect(error?.faults.first?.detail == "not JSON from byte 1")
  }

  @Test func `every key has a variable of its own`() {
    let variables = ConfigurationKey.all.map(\.variable)
    #expect(Set(variables).count == variables.count)
    #expect(variables.contains("ONEDOOR_LISTEN_INTAKE"))
    #expect(ConfigurationKey.all.allSatisfy { !$0.purpose.isEmpty })
  }

  @Test func `what is printed reads back as the same configuration`() throws {
    let environment = ["ONEDOOR_HALL": "110105", "ONEDOOR_QUEUE": "10"]
    let configuration = try Configuration(file: nil, environment: environment)
    let lines = configuration.printed.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines == ["ONEDOOR_HALL=110105", "ONEDOOR_QUEUE=10"])
  }

  @Test(arguments: [
    (nil, nil, nil, false), ("0.0.0.0:1", nil, nil, true), (nil, "intake:1", nil, true),
    (nil, "[::1]:1", nil, false), (nil, nil, "always", true), ("0.0.0.0:1", nil, "never", false),
  ])
  func `calls are secured outside loopback`(
    listen: String?,
    address: String?,
    tls: String?,
    isSecured: Bool
  ) throws {
    let variables = [
      "ONEDOOR_LISTEN_INTAKE": listen, "ONEDOOR_ADDRESS_INTAKE": address,
      "ONEDOOR_INNER_TLS": tls,
    ]
    let environment = variables.compactMapValues { $0 }
    let configuration = try Configuration(file: nil, environment: environment)
    #expect(configuration.isCallingSecured("intake") == isSecured)
    #expect(!configuration.isCallingSecured("approval") || tls == "always")
    #expect(configuration.isListeningSecured("intake") == (isSecured && address == nil))
  }

  @Test func `a door can be closed in plaintext and opened by TLS`() throws {
    let configuration = try Configuration(
      file: nil,
      environment: ["ONEDOOR_LISTEN_DOOR": "none", "ONEDOOR_LISTEN_TLS": "[::]:8443"]
    )
    #expect(configuration.door == nil)
    #expect(configuration.tlsDoor == Address(host: "::", port: 8_443))
  }
}
