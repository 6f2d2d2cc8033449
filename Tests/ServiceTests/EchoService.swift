import Kernel
import Messages
import Service
import Storage

/// A service for tests of the floor: it keeps what it is told and says it again.
struct EchoHandlers: ProbeServiceHandlers {
  typealias Reading = Service.Reading
  typealias Writing = Service.Writing
  typealias Routing = Void

  func echo(_ request: ProbeV1.EchoRequest, _ call: Void) async throws -> ProbeV1.EchoResponse {
    ProbeV1.EchoResponse(text: request.text)
  }

  func echoRead(
    _ request: ProbeV1.EchoReadRequest,
    _ call: Reading
  ) throws -> ProbeV1.EchoReadResponse {
    let said = try call.snapshot.rows(
      "SELECT text FROM echo WHERE hall = ? ORDER BY number",
      [
        .text(call.call.hall)
      ]
    ) { $0.text(0) }
    return ProbeV1.EchoReadResponse(text: said.joined(separator: " "))
  }

  /// Keeps the text and publishes it.
  ///
  /// `fail` fails before it writes, `break` after; `later` sets a timer for one hour on.
  func echoWrite(
    _ request: ProbeV1.EchoWriteRequest,
    _ call: Writing
  ) throws -> ProbeV1.EchoWriteResponse {
    if request.text == "fail" {
      throw Refusal.wrongState("echo", rule: "E1", zh: "不行", en: "No")
    }
    try call.keep(request.text)
    if request.text == "break" { throw StoreError.corrupt(detail: "the secret table") }
    if request.text == "later" {
      try call.setTimer(
        "later",
        subject: "echo",
        stamp: 1,
        due: call.call.now.advanced(byMilliseconds: 3_600_000)
      )
    }
    return ProbeV1.EchoWriteResponse(text: request.text)
  }

  func echoStream(
    _ request: ProbeV1.EchoStreamRequest,
    after position: Int64?,
    limit: Int,
    _ call: Reading
  ) throws -> StreamPage<ProbeV1.EchoStreamResponse> {
    let after = position ?? 0
    if limit == 0 {
      return StreamPage(messages: [ProbeV1.EchoStreamResponse(text: "tick")], position: after)
    }
    let entries = try call.snapshot.feedEntries(after: after, limit: limit)
    return StreamPage(
      messages: entries.map {
        ProbeV1.EchoStreamResponse(text: $0.content.subject, number: UInt32($0.position))
      },
      position: entries.last?.position ?? after,
      isLast: entries.contains { $0.content.subject == "end" }
    )
  }

  func echoNobody(
    _ request: ProbeV1.EchoNobodyRequest,
    _ call: Writing
  ) throws -> ProbeV1.EchoNobodyResponse {
    ProbeV1.EchoNobodyResponse()
  }
}

extension Writing {
  /// Keeps a text as the next row and publishes it; `secret` also as a personal part.
  func keep(_ text: String) throws {
    try transaction.execute(
      "INSERT INTO echo (hall, text, at) VALUES (?, ?, ?)",
      [.text(call.hall), .text(text), Value(call.now)]
    )
    try publish(
      ProbeV1.EchoWriteResponse(text: text),
      subject: text,
      personal: text == "secret" ? ProbeV1.EchoWriteRequest(text: text) : nil
    )
  }
}

extension Definition {
  /// The echo service, under the name of one of the six so that it has keys.
  ///
  /// It follows two others.
  static var echo: Definition {
    var definition = Definition(
      name: "intake",
      migrations: [
        Migration(
          name: "0001-echo",
          sql: """
            CREATE TABLE echo (
              number INTEGER NOT NULL PRIMARY KEY,
              hall   TEXT    NOT NULL,
              text   TEXT    NOT NULL,
              at     INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX echo_hall ON echo (hall, number);
            """
        )
      ]
    )
    EchoHandlers().register(in: &definition.registry)
    definition.timers["later"] = { timer, writing in try writing.keep("fired") }
    for upstream in ["catalogue", "approval"] {
      var effects = Effects(of: upstream)
      effects.on(ProbeV1.EchoWriteResponse.self) { event, _, writing in
        if event.text == "refuse" { throw StoreError.corrupt(detail: "cannot") }
        try writing.keep("\(upstream):\(event.text)")
      }
      definition.follows.append(effects)
    }
    return definition
  }
}
