internal import Messages
package import Service

extension Effects {
  /// Follows the catalogue as all do, and keeps which items were cut.
  package static let catalogueOfIntake: Effects = {
    var effects = Effects.catalogue
    effects.on(CatalogueV1.ItemRetired.self) { event, _, writing in
      try writing.keep(event.item, id: event.item?.code)
    }
    return effects
  }()
}
