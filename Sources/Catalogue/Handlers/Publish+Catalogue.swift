internal import Kernel
internal import Messages
internal import Service
internal import Storage

extension CatalogueHandlers {
  /// Publishes what of a file differs from what is in force.
  ///
  /// - Returns: How many things.
  func publishCatalogue(
    _ file: CatalogueV1.CatalogueFile,
    _ row: ImportRow,
    _ call: Writing
  ) throws -> Int {
    let check = try CatalogueCheck(
      file,
      inForce: .init(call.reading),
      today: call.call.today
    )
    // What breaks a rule by now need not be told of twice.
    let outdated = try file.publishedSince(row.base, call.reading).filter { thing in
      !check.violations.contains { $0.field.hasPrefix("\(thing.field).") }
    }
    let violations = (check.violations + outdated).prefix(MessageLimits.violations)
    guard violations.isEmpty else {
      throw CatalogueRefusal.importOutdated(row.id, Array(violations))
    }
    var count = 0
    for department in file.departments where try call.put(department, id: department.code) {
      let event = CatalogueV1.DepartmentPublished(department: department)
      try call.publish(event, subject: department.code)
      count += 1
    }
    for post in file.posts where try call.put(post, id: post.code) {
      try call.publish(CatalogueV1.PostPublished(post: post), subject: post.code)
      count += 1
    }
    for window in file.windows where try call.put(window, id: window.code) {
      try call.publish(CatalogueV1.WindowPublished(window: window), subject: window.code)
      count += 1
    }
    for item in file.items where try call.publish(item) { count += 1 }
    for item in file.retiredItems where try call.put(item, id: item.code) {
      try call.transaction.removeItem(hall: call.call.hall, code: item.code)
      try call.publish(CatalogueV1.ItemRetired(item: item), subject: item.code)
      count += 1
    }
    return count
  }
}

extension Writing {
  /// Puts a thing without versions in force.
  ///
  /// - Returns: False if it is in force as it is.
  fileprivate func put<M: Message>(_ message: M, id: String) throws -> Bool {
    guard try !reading.isInForce(message, id: id) else { return false }
    try keep(message, id: id)
    return true
  }

  /// Puts an item in force in a new version, for applications from today on.
  ///
  /// - Returns: False if it is in force as it is.
  fileprivate func publish(_ item: CatalogueV1.Item) throws -> Bool {
    let before = try reading.itemInForce(item.code)
    guard before?.item?.encode() != item.encode() else { return false }
    let version = CatalogueV1.ItemVersion(
      item: item,
      version: (before?.version ?? 0) + 1,
      publishedAt: GoogleProtobuf.Timestamp(call.now),
      effectiveOn: call.today.description
    )
    try keep(version, id: item.code, version: version.version)
    try transaction.saveItem(item, version: version.version, hall: call.hall)
    try publish(CatalogueV1.ItemPublished(item: version), subject: item.code)
    return true
  }
}
