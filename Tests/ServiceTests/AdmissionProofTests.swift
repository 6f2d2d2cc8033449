import Kernel
import Messages
import Simulation
import Testing

@testable import Service

/// What RFC 9162 says in 2.1.1 and 2.1.3.1, word for word: the code under test builds from below.
private enum Reference {
  /// The largest power of two below a number of leaves.
  private static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }

  static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    guard leaves.count > 1 else { return leaves.first.map { Digest.sha256([0] + $0) } ?? [] }
    let middle = leaves.startIndex + split(leaves.count)
    return Digest.sha256([1] + root(leaves[..<middle]) + root(leaves[middle...]))
  }

  static func path(_ leaf: Int, _ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    guard leaves.count > 1 else { return [] }
    let half = split(leaves.count)
    let middle = leaves.startIndex + half
    return leaf < half
      ? path(leaf, leaves[..<middle]) + root(leaves[middle...])
      : path(leaf - half, leaves[middle...]) + root(leaves[..<middle])
  }

  static func field(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes
  }

  static func leaf(_ one: IntakeV1.Admission) -> [UInt8] {
    [one.number, one.hall, one.itemCode, "\(one.itemVersion)", one.acceptedOn, one.keyId, one.alg]
      .flatMap { field(Array($0.utf8)) }
  }

  static func signed(root: [UInt8], size: Int) -> [UInt8] {
    ["onedoor admissions", "ed25519-sha256-tree", "intake", "\(size)"]
      .flatMap { field(Array($0.utf8)) } + field(root)
  }
}

/// docs/rules/door.md, rule D2; docs/adr/0034-one-signature-for-a-batch-of-admissions.md.
@Suite struct AdmissionProofTests {
  private let intake: Keyring
  private let approval: Keyring

  init() throws {
    intake = try TestKeys.keyring("intake")
    approval = try TestKeys.keyring("approval")
  }

  private static func unsigned(_ count: Int) -> [IntakeV1.Admission] {
    (0..<count).map { number in
      IntakeV1.Admission(
        number: "37021220260914021\(number)",
        hall: "370212",
        itemCode: "000131001000",
        itemVersion: 3,
        acceptedOn: "2026-09-14"
      )
    }
  }

  @Test(arguments: 1...70)
  func `each admission of a batch is proven by the tree of the RFC`(size: Int) throws {
    let admissions = try intake.admissions(Self.unsigned(size))
    let leaves = admissions.map(Reference.leaf)
    let root = Reference.signed(root: Reference.root(leaves[...]), size: size)
    let signature = try #require(admissions.first?.signature)
    #expect(intake.isSignature(signature, of: root, by: "intake"))
    for (index, admission) in admissions.enumerated() {
      #expect(approval.isValid(admission))
      #expect(admission.path == Reference.path(index, leaves[...]))
      #expect(admission.signature == signature)
      #expect(admission.treeSize == size && admission.leafIndex == index)
    }
    #expect(approval.knownRoots == 1 && approval.checkedRoots == 1, "one look for the whole batch")
  }

  @Test(arguments: [1, 2, 6])
  func `no bit of an admission can be changed`(size: Int) throws {
    let admissions = try intake.admissions(Self.unsigned(size))
    let good = admissions[size / 2]
    #expect(approval.isValid(good))
    let bytes = good.encode()
    var tried = 0
    for bit in 0..<bytes.count * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      guard var bad = try? IntakeV1.Admission.decode(changed) else { continue }
      bad.unknownFields = []
      // A field that is said twice counts once: what is left may be the same.
      if bad == good { continue }
      tried += 1
      if approval.isValid(bad) { Issue.record("bit \(bit): \(bad)") }
    }
    #expect(tried > 8 * (64 + good.path.count))
    #expect(approval.knownRoots == 1, "what is not valid is not remembered")
  }

  @Test func `index and size are those of the tree alone`() throws {
    for size in [1, 2, 3, 6, 8, 33] {
      let admissions = try intake.admissions(Self.unsigned(size))
      for good in [admissions[0], admissions[size / 2], admissions[size - 1]] {
        for index in UInt32(0)..<70 where index != good.leafIndex {
          var bad = good
          bad.leafIndex = index
          #expect(!approval.isValid(bad), "\(good.leafIndex) of \(size) as \(index)")
        }
        for other in UInt32(0)..<70 where other != good.treeSize {
          var bad = good
          bad.treeSize = other
          #expect(!approval.isValid(bad), "\(good.leafIndex) of \(size), not of \(other)")
        }
      }
    }
  }

  @Test func `the path has exactly the hashes of the leaf's way, in their order`() throws {
    let admissions = try intake.admissions(Self.unsigned(13))
    for good in admissions {
      let hashes = stride(from: 0, to: good.path.count, by: 32).map {
        Array(good.path[$0..<$0 + 32])
      }
      var paths = [
        [], Array(good.path.dropLast(32)), Array(good.path.dropFirst(32)),
        Array(good.path.dropLast()), good.path + [0], good.path + [UInt8](repeating: 0, count: 32),
        good.path + good.path, Array(hashes.reversed().joined()),
      ]
      paths += admissions.map(\.path).filter { $0 != good.path }
      for path in paths {
        var bad = good
        bad.path = path
        #expect(!approval.isValid(bad))
      }
      #expect(approval.isValid(good))
    }
  }

  @Test func `one batch's signature says nothing of another's`() throws {
    let first = try intake.admissions(Self.unsigned(4))
    let second = try intake.admissions(Array(Self.unsigned(8).dropFirst(4)))
    for (one, other) in zip(first, second) {
      #expect(approval.isValid(one) && approval.isValid(other))
      var bad = one
      bad.signature = other.signature
      #expect(!approval.isValid(bad))
      bad.path = other.path
      #expect(!approval.isValid(bad))
    }
    #expect(approval.knownRoots == 2)
  }

  @Test func `a tree by another service's key admits nobody`() throws {
    for service in ["gateway", "approval"] {
      var forged = try TestKeys.keyring(service).admissions(Self.unsigned(3))[1]
      #expect(forged.keyId == service && !approval.isValid(forged))
      forged.keyId = "intake"
      #expect(!approval.isValid(forged))
      forged.keyId = "intake.2"
      #expect(!approval.isValid(forged))
    }
    #expect(approval.knownRoots == 0)
  }

  // MARK: - Algorithms

  private func old(_ one: IntakeV1.Admission) throws -> IntakeV1.Admission {
    var one = one
    one.keyId = "intake"
    one.alg = "ed25519"
    one.signature = try intake.sign(Reference.leaf(one))
    return one
  }

  @Test func `an admission from before there were trees is valid as it was`() throws {
    let good = try old(Self.unsigned(1)[0])
    #expect(approval.isValid(good))
    let changes: [(inout IntakeV1.Admission) -> Void] = [
      { $0.number = "m" }, { $0.hall = "370213" }, { $0.itemCode = "j" }, { $0.itemVersion = 4 },
      { $0.acceptedOn = "2026-09-15" }, { $0.alg = "none" }, { $0.signature[0] ^= 1 },
      { $0.keyId = "gateway" }, { $0.treeSize = 1 }, { $0.leafIndex = 1 },
      { $0.path = [UInt8](repeating: 0, count: 32) },
    ]
    for change in changes {
      var bad = good
      change(&bad)
      #expect(!approval.isValid(bad))
    }
    #expect(approval.knownRoots == 0)
  }

  @Test func `only what the admission names is tried`() throws {
    var new = try intake.admission(
      number: "n",
      hall: "370212",
      itemCode: "i",
      itemVersion: 3,
      acceptedOn: "2026-09-14"
    )
    #expect(approval.isValid(new) && new.alg == "ed25519-sha256-tree")
    // The old way's signature over the very bytes of a leaf is none of its tree.
    new.signature = try intake.sign(Reference.leaf(new))
    #expect(!approval.isValid(new))
    new.signature = try intake.sign(Digest.sha256([0] + Reference.leaf(new)))
    #expect(!approval.isValid(new))
    for alg in ["", "ed25519", "ED25519-SHA256-TREE", "ed25519-sha256", "none"] {
      new.alg = alg
      new.signature = try intake.sign(
        Reference.signed(root: Digest.sha256([0] + Reference.leaf(new)), size: 1)
      )
      #expect(!approval.isValid(new))
    }
    // An old one is not a tree of one, whatever is added to it.
    var late = try old(Self.unsigned(1)[0])
    late.treeSize = 1
    late.alg = "ed25519-sha256-tree"
    #expect(!approval.isValid(late))
  }

  @Test(arguments: [(65_536, 16, true), (65_537, 17, false), (1 << 31, 31, false)])
  func `a tree is no larger than the limit, whoever signed it`(
    size: Int,
    height: Int,
    isTaken: Bool
  ) throws {
    var one = Self.unsigned(1)[0]
    one.keyId = "intake"
    one.alg = "ed25519-sha256-tree"
    one.treeSize = UInt32(size)
    var root = Digest.sha256([0] + Reference.leaf(one))
    for floor in 0..<height {
      let sibling = [UInt8](repeating: UInt8(floor), count: 32)
      one.path += sibling
      root = Digest.sha256([1] + root + sibling)
    }
    one.signature = try intake.sign(Reference.signed(root: root, size: size))
    #expect(approval.isValid(one) == isTaken)
  }

  @Test func `more admissions than a tree may have make two`() throws {
    let admissions = try intake.admissions(Self.unsigned(Keyring.mostLeaves + 1))
    #expect(admissions.count == Keyring.mostLeaves + 1)
    #expect(approval.isValid(admissions[Keyring.mostLeaves - 1]))
    #expect(approval.isValid(admissions[Keyring.mostLeaves]))
    #expect(admissions[0].treeSize == 65_536 && admissions[Keyring.mostLeaves].treeSize == 1)
    #expect(try intake.admissions([]).isEmpty)
  }

  // MARK: - Memory

  @Test func `so many roots are remembered and no more`() throws {
    for number in 0...Keyring.rememberedRoots {
      var one = Self.unsigned(1)
      one[0].itemVersion = Int64(number)
      #expect(approval.isValid(try intake.admissions(one)[0]))
      #expect(approval.knownRoots <= Keyring.rememberedRoots)
    }
    #expect(approval.knownRoots == 1)
  }

  @Test func `an exchange of keys forgets what the old ones verified`() throws {
    func key(_ name: String) -> [UInt8] { Digest.sha256(Array(name.utf8)) }
    func keys(_ intake: String) throws -> Keyring.Keys {
      Keyring.Keys(
        signing: key("approval"),
        publicKeys: [
          "approval": try Keyring.publicKey(of: key("approval")),
          "intake": try Keyring.publicKey(of: key(intake)),
        ]
      )
    }
    let intake = try Keyring(
      service: "intake",
      privateKey: key("first"),
      publicKeys: ["intake": Keyring.publicKey(of: key("first"))]
    )
    let approval = try Keyring(service: "approval", keys: keys("first"))
    let admissions = try intake.admissions(Self.unsigned(2))
    #expect(approval.isValid(admissions[0]) && approval.knownRoots == 1)
    try approval.replace(with: keys("second"))
    #expect(approval.knownRoots == 0)
    #expect(!approval.isValid(admissions[0]) && !approval.isValid(admissions[1]))
    var late = try keys("second")
    late.retired = ["intake": try Keyring.publicKey(of: key("first"))]
    try approval.replace(with: late)
    #expect(!approval.isValid(admissions[1]), "the present key of an id goes before a retired one")
    late.publicKeys["intake"] = nil
    try approval.replace(with: late)
    #expect(approval.isValid(admissions[1]), "a retired key verifies the admissions of its time")
  }
}
