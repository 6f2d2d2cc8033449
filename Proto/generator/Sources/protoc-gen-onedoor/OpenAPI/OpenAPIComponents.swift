extension OpenAPIEmitter {
  /// What stands at the head of the document.
  static let info = JSONText.object([
    ("title", .text("OneDoor")),
    ("version", .text("v1")),
    (
      "description",
      .text(
        """
        The administrative service hall (行政服务大厅, 一门受理) through its one door.

        Calls follow the Connect protocol (https://connectrpc.com/docs/protocol); the same paths \
        take `application/proto`. Messages are in the canonical JSON of proto3: fields with \
        default values are left out, unknown fields of a request are refused, and readers of \
        answers must ignore fields that they do not know. The .proto files lie under `/proto/`.
        """
      )
    ),
  ])

  /// What the paths refer to.
  static func components(schemas: [(String, JSONText)]) -> JSONText {
    .object([
      ("schemas", .object(schemas)),
      ("parameters", .object(headers + query)),
      ("responses", .object([("Error", failure)])),
      ("securitySchemes", securitySchemes),
    ])
  }

  private static let failure = JSONText.object([
    ("description", .text("A refusal; the header `onedoor-reason` names its reason.")),
    (
      "content",
      .object([
        ("application/json", .object([("schema", SchemaEmitter.reference("connect.Error"))]))
      ])
    ),
  ])

  /// The error of the Connect protocol.
  static let error = JSONText.object([
    ("type", .text("object")),
    ("required", .texts(["code"])),
    (
      "properties",
      .object([
        ("code", .object([("type", .text("string")), ("enum", .texts(codes))])),
        ("message", .object([("type", .text("string"))])),
        (
          "details",
          .object([
            ("type", .text("array")),
            ("items", detail),
          ])
        ),
      ])
    ),
  ])

  private static let detail = JSONText.object([
    ("type", .text("object")),
    ("required", .texts(["type", "value"])),
    (
      "properties",
      .object([
        ("type", .object([("type", .text("string"))])),
        ("value", .object([("type", .text("string")), ("contentEncoding", .text("base64"))])),
        ("debug", .object([("description", .text("The detail in JSON."))])),
      ])
    ),
  ])

  private static let codes = [
    "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists",
    "permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range",
    "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated",
  ]

  private static let securitySchemes = JSONText.object([
    (
      "bearer",
      .object([
        ("type", .text("http")), ("scheme", .text("bearer")), ("bearerFormat", .text("JWT")),
      ])
    ),
    (
      "portalKey",
      .object([
        ("type", .text("apiKey")), ("in", .text("header")), ("name", .text("Onedoor-Portal-Key")),
      ])
    ),
  ])

  private static let headers: [(String, JSONText)] = [
    parameter(
      "IdempotencyKey",
      "Idempotency-Key",
      in: "header",
      required: true,
      "Names the write; a repeat with the same key and body gets the first answer for 7 days.",
      .object([
        ("type", .text("string")), ("minLength", .number(1)), ("maxLength", .number(64)),
        ("pattern", .text("^[!-~]+$")),
      ])
    ),
    parameter(
      "Hall",
      "Onedoor-Hall",
      in: "header",
      required: false,
      "The hall; without it the caller's first.",
      .object([("type", .text("string"))])
    ),
    parameter(
      "Timeout",
      "Connect-Timeout-Ms",
      in: "header",
      required: false,
      "How long the call may take, in milliseconds.",
      .object([("type", .text("string")), ("pattern", .text("^[0-9]{1,10}$"))])
    ),
    parameter(
      "Version",
      "Connect-Protocol-Version",
      in: "header",
      required: false,
      "The version of the Connect protocol.",
      .object([("type", .text("string")), ("enum", .texts(["1"]))])
    ),
  ]

  private static let query: [(String, JSONText)] = [
    parameter(
      "Connect",
      "connect",
      in: "query",
      required: false,
      "The version of the Connect protocol.",
      .object([("type", .text("string")), ("enum", .texts(["v1"]))])
    ),
    parameter(
      "Encoding",
      "encoding",
      in: "query",
      required: true,
      "The form of the message.",
      .object([("type", .text("string")), ("enum", .texts(["json", "proto"]))])
    ),
    parameter(
      "Message",
      "message",
      in: "query",
      required: true,
      "The request: its JSON, or URL-safe base64 of its bytes where `base64` says so.",
      .object([("type", .text("string"))])
    ),
    parameter(
      "Base64",
      "base64",
      in: "query",
      required: false,
      "Whether the message is in base64.",
      .object([("type", .text("string")), ("enum", .texts(["1"]))])
    ),
    parameter(
      "Compression",
      "compression",
      in: "query",
      required: false,
      "How the message is compressed.",
      .object([("type", .text("string")), ("enum", .texts(["identity", "gzip"]))])
    ),
  ]

  private static func parameter(
    _ key: String,
    _ name: String,
    in place: String,
    required: Bool,
    _ description: String,
    _ schema: JSONText
  ) -> (String, JSONText) {
    let value = JSONText.object([
      ("name", .text(name)), ("in", .text(place)), ("required", .flag(required)),
      ("description", .text(description)), ("schema", schema),
    ])
    return (key, value)
  }
}
