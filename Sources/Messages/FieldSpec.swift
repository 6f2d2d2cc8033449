/// What is known of a field beside its value: an object, since each check of a field looks at it.
package final class FieldSpec: Sendable {
  /// The name in the contract, for example `id_number`.
  package let name: String
  /// The name in JSON, for example `idNumber`.
  package let jsonName: String
  /// The index of the oneof that it belongs to, or -1.
  package let oneof: Int
  /// Whether it must be set.
  package let required: Bool
  /// The most Unicode scalars of a text or bytes of a byte string; nil for the default.
  package let maxLength: Int?
  /// The most elements of a list or map.
  package let maxItems: Int
  /// The form of a text.
  package let format: RuleV1.Format
  /// The least value of a number.
  package let min: Int64?
  /// The greatest value of a number.
  package let max: Int64?
  /// Whether `null` in JSON is a value and not its absence.
  package let takesNull: Bool

  /// What is known of a field; what is left out has its default.
  package init(
    _ name: String,
    json: String? = nil,
    oneof: Int = -1,
    required: Bool = false,
    maxLength: Int? = nil,
    maxItems: Int = MessageLimits.items,
    format: RuleV1.Format = .unspecified,
    min: Int64? = nil,
    max: Int64? = nil,
    takesNull: Bool = false
  ) {
    self.name = name
    self.jsonName = json ?? name
    self.oneof = oneof
    self.required = required
    self.maxLength = maxLength
    self.maxItems = maxItems
    self.format = format
    self.min = min
    self.max = max
    self.takesNull = takesNull
  }
}
