internal import Messages
internal import Service
internal import Storage

/// A thing that a file brings, as far as it matters whether it was published meanwhile.
private struct BroughtThing {
  /// Where it stands in the file.
  let path: String
  /// How often it was published so far.
  let publications: (Reading) throws -> Int64
  /// Whether it is in force as the file has it.
  let isInForce: (Reading) throws -> Bool
}

extension CatalogueV1.CatalogueFile {
  /// How often each thing of the file was published so far, in the order of the file.
  func publications(_ reading: Reading) throws -> [Int64] {
    try things.map { try $0.publications(reading) }
  }

  /// What the file would change although it was published anew since the file was brought in.
  ///
  /// - Parameters:
  ///   - base: How often each thing had been published then; what is missing never was.
  ///   - reading: What is in force.
  /// - Returns: A violation for each, as many as an answer names.
  /// - Throws: `StoreError`.
  /// - Source: docs/rules/catalogue.md, rule C21
  func publishedSince(_ base: [Int64], _ reading: Reading) throws -> [Violation] {
    var found: [Violation] = []
    for (index, thing) in things.enumerated() where found.count < MessageLimits.violations {
      let before = index < base.count ? base[index] : 0
      guard try thing.publications(reading) != before, try !thing.isInForce(reading) else {
        continue
      }
      found.append(CatalogueFault.publishedSince.violation(at: thing.path))
    }
    return found
  }

  private var things: [BroughtThing] {
    Self.plain(departments, in: "departments", \.code)
      + Self.plain(posts, in: "posts", \.code)
      + Self.plain(windows, in: "windows", \.code)
      + items.enumerated().map { index, item in
        BroughtThing(path: "file.items[\(index)]") {
          try $0.publications(ofItem: item.code)
        } isInForce: {
          try $0.itemInForce(item.code)?.item?.encode() == item.encode()
        }
      }
      + retiredItems.enumerated().map { index, item in
        BroughtThing(path: "file.retired_items[\(index)]") {
          try $0.publications(ofItem: item.code)
        } isInForce: {
          try $0.isInForce(item, id: item.code)
        }
      }
  }

  /// Things without versions.
  private static func plain<M: Message>(
    _ messages: [M],
    in list: String,
    _ code: (M) -> String
  ) -> [BroughtThing] {
    messages.enumerated().map { index, message in
      let id = code(message)
      return BroughtThing(path: "file.\(list)[\(index)]") {
        try $0.snapshot.revision(hall: $0.call.hall, kind: M.fullName, id: id)
      } isInForce: {
        try $0.isInForce(message, id: id)
      }
    }
  }
}

extension Reading {
  /// Whether a thing without versions is in force as it is here.
  func isInForce<M: Message>(_ message: M, id: String) throws -> Bool {
    let kept = try snapshot.reference(hall: call.hall, kind: M.fullName, id: id)
    return kept?.message == message.encode()
  }

  /// How often an item was published or cut; the number never falls.
  fileprivate func publications(ofItem code: String) throws -> Int64 {
    let (hall, item) = (call.hall, CatalogueV1.ItemVersion.fullName)
    let versions = try snapshot.versions(hall: hall, kind: item, id: code, limit: 1)
    let cut = CatalogueV1.RetiredItem.fullName
    return try (versions.first ?? 0) + snapshot.revision(hall: hall, kind: cut, id: code)
  }
}
