extension OpenAPIEmitter {
  /// The one route of the gateway that is no call: the bytes of materials, by their digest.
  ///
  /// - Source: contract.md, "Gateway"
  static let materials: (String, JSONText) = (
    "/materials/{sha256}", .object([("parameters", .list([digest])), ("get", get), ("put", put)])
  )

  private static let tag = "Materials"
  private static let security = JSONText.list(
    ["bearer", "portalKey"].map { .object([($0, .list([]))]) }
  )
  private static let bytes = JSONText.object([("*/*", .object([]))])

  private static let digest = JSONText.object([
    ("name", .text("sha256")), ("in", .text("path")), ("required", .flag(true)),
    ("description", .text("The SHA-256 of the bytes, in lower-case hexadecimal digits.")),
    ("schema", .object([("type", .text("string")), ("pattern", .text("^[0-9a-f]{64}$"))])),
  ])

  private static let get = JSONText.object([
    ("operationId", .text("Materials_Get")), ("tags", .texts([tag])), ("security", security),
    ("description", .text("The bytes, or a range of them; others' materials are not found.")),
    (
      "responses",
      .object([
        ("200", .object([("description", .text("All bytes.")), ("content", bytes)])),
        ("206", .object([("description", .text("The range.")), ("content", bytes)])),
        ("default", .object([("$ref", .text("#/components/responses/Error"))])),
      ])
    ),
  ])

  private static let put = JSONText.object([
    ("operationId", .text("Materials_Put")), ("tags", .texts([tag])), ("security", security),
    ("description", .text("Keeps the bytes, at most 64 MiB, if they have this digest and type.")),
    ("requestBody", .object([("required", .flag(true)), ("content", bytes)])),
    (
      "responses",
      .object([
        ("200", .object([("description", .text("They are kept.")), ("content", kept)])),
        ("default", .object([("$ref", .text("#/components/responses/Error"))])),
      ])
    ),
  ])

  private static let kept = JSONText.object([
    (
      "application/json",
      .object([
        (
          "schema",
          .object([
            ("type", .text("object")),
            ("required", .texts(["sha256", "size"])),
            (
              "properties",
              .object([
                ("sha256", .object([("type", .text("string"))])),
                ("size", .object([("type", .text("integer"))])),
              ])
            ),
          ])
        )
      ])
    )
  ])
}
