internal import Kernel
internal import Messages

extension CatalogueCheck {
  /// Cut items: rules C1, C2 and C18.
  mutating func checkRetired() throws {
    checkUnique(file.retiredItems.map(\.code)) { "file.retired_items[\($0)].code" }
    let items = Set(file.items.map(\.code))
    let retired = Set(file.retiredItems.map(\.code))
    for (index, item) in file.retiredItems.enumerated() {
      let path = "file.retired_items[\(index)]"
      if let day = Day(iso: item.retiredOn), day > today {
        add(.retiredLater, "\(path).retired_on")
      }
      let successor = item.successorCode
      guard !successor.isEmpty, !items.contains(successor), !retired.contains(successor) else {
        continue
      }
      let isKnown = try inForce.hasItem(successor) || inForce.wasRetired(successor)
      if !isKnown { add(.unknownItem(successor), "\(path).successor_code") }
    }
  }
}
