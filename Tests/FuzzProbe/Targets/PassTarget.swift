internal import Kernel
internal import Messages
internal import Service
internal import Synchronization
internal import TestSupport

/// Passes and admissions that nobody signed, or that the wrong one did.
///
/// The first byte chooses: 0, a header as it is; 1 and 2, the bytes of a pass, signed by the
/// gateway and by a service; 3, an admission of any of the trees that intake signed; 4, sealed
/// columns; 5, the bytes of an admission that another service signs, alone in a tree.
struct PassTarget: FuzzTarget {
  let name = "pass"

  private static let now = Instant(unixMilliseconds: 1_790_000_000_000)

  /// A keyring remembers what it verified, so it is emptied when it has taken so many passes.
  private static let remembered = 1_000
  private static let taken = Atomic(0)

  /// The keys of a fixed seed, of the gateway, intake and queueing.
  private let gateway: Keyring
  private let intake: Keyring
  private let queueing: Keyring
  private let intakeKeys: Keyring.Keys
  private let seal = Seal(key: Digest.sha256(Array("seal".utf8)))
  /// The passes that were signed, as header values.
  private let genuine: [Pass: String]
  /// The admissions that intake signed, in trees of several shapes, and one from before trees.
  private let admissions: [IntakeV1.Admission]

  init() {
    func privateKey(_ service: String) -> [UInt8] { Digest.sha256(Array(service.utf8)) }
    func keys(_ service: String) throws -> Keyring.Keys {
      var keys: [String: [UInt8]] = [:]
      for name in ["gateway", "intake", "queueing"] {
        keys[name] = try Keyring.publicKey(of: privateKey(name))
      }
      return Keyring.Keys(signing: privateKey(service), publicKeys: keys)
    }
    do {
      gateway = try Keyring(service: "gateway", keys: keys("gateway"))
      intakeKeys = try keys("intake")
      intake = try Keyring(service: "intake", keys: intakeKeys)
      queueing = try Keyring(service: "queueing", keys: keys("queueing"))
      var genuine: [Pass: String] = [:]
      for pass in Self.passes { genuine[pass] = try gateway.seal(pass) }
      self.genuine = genuine
      let signing = intake
      let trees = try [1, 2, 5, 8].map { try signing.admissions(Self.unsigned($0)) }
      admissions = try trees.flatMap { $0 } + [Self.old(by: intake)]
    } catch {
      fatalError("Keys of 32 bytes are keys: \(error)")
    }
  }

  private static let passes: [Pass] = [
    Pass(
      issuer: "gateway",
      subject: "clerk-1",
      name: "王",
      roles: [.clerk],
      halls: ["370212"],
      posts: ["p1"],
      expiresAt: now.advanced(byMilliseconds: 1_000)
    ),
    Pass(
      issuer: "gateway",
      subject: "late",
      roles: [.applicant],
      halls: [],
      expiresAt: now.advanced(byMilliseconds: -1)
    ),
  ]

  private static func unsigned(_ count: Int) -> [IntakeV1.Admission] {
    (0..<count).map { number in
      IntakeV1.Admission(
        number: "370212-\(number)",
        hall: "370212",
        itemCode: "000131001000",
        itemVersion: 3,
        acceptedOn: "2026-03-02"
      )
    }
  }

  /// An admission as it was before there were trees: the signature is over its fields.
  private static func old(by keyring: Keyring) throws -> IntakeV1.Admission {
    var one = unsigned(1)[0]
    one.keyId = keyring.signingID
    one.alg = Keyring.algorithm
    var bytes: [UInt8] = []
    for field in [
      one.number, one.hall, one.itemCode, String(one.itemVersion), one.acceptedOn, one.keyId,
      one.alg,
    ] {
      bytes += [0, 0, 0, UInt8(field.utf8.count)] + Array(field.utf8)
    }
    one.signature = try keyring.sign(bytes)
    return one
  }

  var seeds: [[UInt8]] {
    let headers = genuine.values.sorted().map { Array($0.utf8) }
    let payloads = headers.compactMap { header in
      Base64.decode(String(decoding: header.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self))
    }
    return headers.map { [0] + $0 } + payloads.flatMap { [[1] + $0, [2] + $0] }
      + admissions.map { [3] + $0.encode() } + [[4] + sealed, [5] + admissions[0].encode()]
  }

  private var sealed: [UInt8] {
    (try? seal.seal(Array("370212".utf8), nonce: Array(repeating: 1, count: 12))) ?? []
  }

  func headCount(of input: [UInt8]) -> Int { min(1, input.count) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    guard let mode = input.first else {
      input = seeds.randomElement(using: &generator) ?? []
      return
    }
    let body = Array(input.dropFirst())
    switch mode {
    case 0 where Bool.random(using: &generator):
      let halves = body.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard halves.count == 2,
        let payload = Base64.decode(String(decoding: halves[0], as: UTF8.self))
      else { return Mutation.blind(&input, from: 1, by: &generator) }
      let changed = WireMutation.change(payload, by: &generator)
      input = [0] + Array(Base64.encode(changed, urlSafe: true, padded: false).utf8)
      input += [UInt8(ascii: ".")] + halves[1]
    case 3 where Bool.random(using: &generator):
      let message = (try? IntakeV1.Admission.decode(body)) ?? IntakeV1.Admission()
      input = [3] + spliced(message, by: &generator).encode()
    case 1, 2, 3, 5: input = [mode] + WireMutation.change(body, by: &generator)
    default: Mutation.blind(&input, from: 1, by: &generator)
    }
  }

  /// An admission with parts of another one's proof, or with a proof of another shape.
  private func spliced(
    _ message: IntakeV1.Admission,
    by generator: inout SeededGenerator
  ) -> IntakeV1.Admission {
    var message = message
    let other = admissions.randomElement(using: &generator) ?? message
    for _ in 0...Int.random(in: 0...2, using: &generator) {
      switch Int.random(in: 0..<9, using: &generator) {
      case 0: message.path = other.path
      case 1: message.signature = other.signature
      case 2: message.treeSize = other.treeSize
      case 3: message.leafIndex = other.leafIndex
      case 4: message.alg = other.alg
      case 5: message.number = other.number
      case 6: message.path.removeLast(min(32, message.path.count))
      case 7: message.path += other.path.prefix(32)
      default: message.leafIndex = UInt32.random(in: 0...message.treeSize, using: &generator)
      }
    }
    return message
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard let mode = input.first else { return false }
    let bytes = Array(input.dropFirst())
    switch mode {
    case 0: checkHeader(bytes)
    case 1: checkSigned(bytes, by: gateway)
    case 2: checkSigned(bytes, by: queueing)
    case 3:
      guard let message = try? IntakeV1.Admission.decode(bytes) else { return true }
      var known = message
      known.unknownFields = []
      require(
        !intake.isValid(message) || admissions.contains(known),
        "an admission that intake never signed is valid"
      )
    case 5: checkAdmission(bytes)
    case 4:
      if let opened = try? seal.open(bytes) {
        require(opened == Array("370212".utf8), "sealed bytes were changed and open")
      }
    default: return false
    }
    return true
  }

  private func checkHeader(_ bytes: [UInt8]) {
    let header = String(decoding: bytes, as: UTF8.self)
    guard let pass = try? intake.pass(of: header, now: Self.now) else { return }
    require(genuine[pass] != nil, "a pass that nobody signed is taken")
    require(Self.now < pass.expiresAt, "a pass is taken after its time")
  }

  /// A pass of any content by one of our keys: only the gateway speaks for others.
  private func checkSigned(_ payload: [UInt8], by keyring: Keyring) {
    guard let signature = try? keyring.sign(payload) else { fatalError("a key does not sign") }
    let halves = [payload, signature].map { Base64.encode($0, urlSafe: true, padded: false) }
    let header = halves.joined(separator: ".")
    guard let pass = try? intake.pass(of: header, now: Self.now) else { return }
    if Self.taken.wrappingAdd(1, ordering: .relaxed).newValue % Self.remembered == 0 {
      do { try intake.replace(with: intakeKeys) } catch { fatalError("keys are none: \(error)") }
    }
    require(pass.issuer == keyring.service, "a pass of another issuer than who signed")
    require(Self.now < pass.expiresAt, "a pass is taken after its time")
    require(
      pass.issuer == Keyring.gateway || pass.roles == [.service] && pass.subject == pass.issuer,
      "a service attests somebody else"
    )
    guard let again = try? gateway.seal(pass), let header = again.split(separator: ".").first,
      let bytes = Base64.decode(header), let message = try? AccessV1.Pass.decode(bytes)
    else { fatalError("a pass that was taken cannot be sealed again") }
    require(message.subject == pass.subject, "a pass changed when it was sealed again")
  }

  /// An admission of any content: what intake signs is valid, another's signature is not.
  private func checkAdmission(_ bytes: [UInt8]) {
    guard let message = try? IntakeV1.Admission.decode(bytes) else { return }
    var beside = message
    beside.number += "-2"
    guard let signed = try? intake.admissions([message, beside]),
      var forged = try? queueing.admissions([message])[0]
    else { fatalError("a key does not sign") }
    require(signed.allSatisfy { intake.isValid($0) }, "what intake signed is not valid")
    var swapped = signed[0]
    swapped.leafIndex = 1
    swapped.path = signed[1].path
    require(!intake.isValid(swapped), "an admission is proven by another one's proof")
    require(!intake.isValid(forged), "an admission by another service is valid")
    forged.keyId = intake.signingID
    require(!intake.isValid(forged), "an admission by another service is valid as intake's")
  }

  func allowance(for count: Int) -> Int { (4 << 20) + 2_000 * count }
}
