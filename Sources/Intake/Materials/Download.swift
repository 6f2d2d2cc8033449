internal import Kernel
internal import Service
internal import Storage
internal import Synchronization

extension Materials {
  /// Gives the bytes of a hash to who uploaded them or to the hall's staff, whole or a range.
  ///
  /// - Source: RFC 9110, 14.2 (one range; several are answered with the whole)
  func download(_ sha256: String, _ request: InboundRequest, _ reply: any Reply) {
    let audience = Audience(
      prefersEnglish: Audience(request.fields).prefersEnglish,
      readsJSON: true
    )
    do {
      let upload = try visible(sha256, request)
      guard let file = folder.open(sha256) else { throw Refusal.notFound(sha256) }
      let wanted = ByteRange.wanted(request.fields.value(of: "range"), of: file.size)
      guard let range = wanted else {
        MaterialFolder.close(file.descriptor)
        let field = Answer.Field("content-range", "bytes */\(file.size)")
        return reply.send(Answer(status: 416, fields: [field]))
      }
      begin(reply, upload, range, of: file.size)
      Sending(file.descriptor, range, reply, offload).next()
    } catch {
      reply.send(Refusal.of(error).refusal.answer(audience))
    }
  }

  /// The row by which the caller may see the bytes; others' bytes are not found.
  private func visible(_ sha256: String, _ request: InboundRequest) throws -> UploadRow {
    let caller = try MaterialCaller(
      "GetMaterial",
      MaterialCaller.readers,
      fields: request.fields,
      peer: request.peer,
      certified: request.certified,
      engine: engine
    )
    let call = caller.call
    let found = try engine.store.read { snapshot in
      try snapshot.upload(hall: call.hall, owner: call.pass.owner, sha256: sha256)
        ?? (call.seesOnlyOwn ? nil : snapshot.upload(hall: call.hall, sha256: sha256))
    }
    guard let found else { throw Refusal.notFound(sha256) }
    return found
  }

  private func begin(
    _ reply: any Reply,
    _ upload: UploadRow,
    _ range: ByteRange,
    of size: Int64
  ) {
    var fields: [Answer.Field] = [
      .init("content-type", upload.mediaType),
      .init("content-length", String(range.count)),
      .init("accept-ranges", "bytes"),
      .init("etag", "\"\(upload.sha256)\""),
      .init("cache-control", "private, no-store"),
      .init("content-disposition", "attachment"),
      .init("x-content-type-options", "nosniff"),
    ]
    if range.isPart {
      let text = "bytes \(range.first)-\(range.first + range.count - 1)/\(size)"
      fields.append(.init("content-range", text))
    }
    reply.begin(status: range.isPart ? 206 : 200, fields: fields)
  }
}

/// A part of a file.
struct ByteRange: Sendable, Hashable {
  /// The first byte, from 0.
  var first: Int64
  /// How many bytes.
  var count: Int64
  /// Whether it was asked for, so that it is answered as a part.
  var isPart: Bool

  /// The range that a header asks for.
  ///
  /// - Parameters:
  ///   - header: The header `Range`; what is not one range of bytes is ignored.
  ///   - size: The size of the file.
  /// - Returns: nil if the range lies outside of the file.
  /// - Source: RFC 9110, 14.1.2 and 14.2
  static func wanted(_ header: String?, of size: Int64) -> Self? {
    let whole = Self(first: 0, count: size, isPart: false)
    guard let header, header.hasPrefix("bytes=") else { return whole }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, !header.contains(",") else { return whole }
    if ends[0].isEmpty {
      guard let last = Int64(ends[1]), last >= 0 else { return whole }
      guard last > 0, size > 0 else { return nil }
      let count = min(last, size)
      return Self(first: size - count, count: count, isPart: true)
    }
    guard let first = Int64(ends[0]), first >= 0 else { return whole }
    let last = ends[1].isEmpty ? size - 1 : Int64(ends[1])
    guard let last, ends[1].isEmpty || last >= first else { return whole }
    guard first < size else { return nil }
    return Self(first: first, count: min(last, size - 1) - first + 1, isPart: true)
  }
}

/// Writes a file to its reader piece by piece, as fast as the reader takes it.
private final class Sending: Sendable {
  private static let piece = 256 << 10

  private struct State: Sendable {
    var descriptor: Int32?
    var offset: Int64
    var rest: Int64
  }

  private let reply: any Reply
  private let offload: Materials.Offload
  private let state: Mutex<State>

  init(
    _ descriptor: Int32,
    _ range: ByteRange,
    _ reply: any Reply,
    _ offload: @escaping Materials.Offload
  ) {
    self.reply = reply
    self.offload = offload
    state = Mutex(State(descriptor: descriptor, offset: range.first, rest: range.count))
  }

  /// Writes pieces until the reader lags, and goes on when it has caught up.
  func next() {
    while let bytes = piece() {
      reply.write(bytes)
      if reply.backlog >= Self.piece {
        reply.whenDrained { [self] in offload { [self] in next() } }
        return
      }
    }
    reply.finish()
  }

  /// The next piece; nil at the end, and when nobody listens or the file cannot be read.
  private func piece() -> [UInt8]? {
    state.withLock { state in
      guard let descriptor = state.descriptor else { return nil }
      let count = Int(min(Int64(Self.piece), state.rest))
      let bytes =
        count == 0 || reply.isCancelled
        ? nil : try? MaterialFolder.read(descriptor, at: state.offset, count: count)
      guard let bytes, !bytes.isEmpty else {
        MaterialFolder.close(descriptor)
        state.descriptor = nil
        return nil
      }
      state.offset += Int64(bytes.count)
      state.rest -= Int64(bytes.count)
      return bytes
    }
  }
}
