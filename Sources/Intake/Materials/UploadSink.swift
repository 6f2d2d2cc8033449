internal import Kernel
internal import Service
internal import Storage
internal import Synchronization

/// Takes the bytes of one upload: to a file under a passing name, hashed on the way, then under
/// their hash, then the row, and only then the answer.
final class UploadSink: BodySink {
  private enum Step: Sendable {
    case piece([UInt8], @Sendable () -> Void)
    case end
    case abort
  }

  private struct State: Sendable {
    var steps: [Step] = []
    var isRunning = false
    var caller: MaterialCaller?
    var mediaType = ""
    var declaredSize: Int64?
    var descriptor: Int32?
    var hash = Digest.Stream()
    var size: Int64 = 0
    var beginning: [UInt8] = []
    /// Whether the answer is decided; what comes after it is dropped.
    var isOver = false
  }

  private let materials: Materials
  private let sha256: String
  private let part: String
  private let audience: Audience
  private let reply: any Reply
  private let state = Mutex(State())

  init(_ materials: Materials, _ head: RequestHead, _ sha256: String, _ reply: any Reply) {
    self.materials = materials
    self.sha256 = sha256
    self.reply = reply
    part = materials.engine.surroundings.nextIdentifier()
    audience = Audience(
      prefersEnglish: Audience(head.fields).prefersEnglish,
      readsJSON: true
    )
    do throws(Refusal) {
      try state.withLock { state throws(Refusal) in
        state.caller = try MaterialCaller(
          "PutMaterial",
          MaterialCaller.uploaders,
          fields: head.fields,
          peer: head.peer,
          certified: head.certified,
          engine: materials.engine
        )
        guard let type = MediaType.named(head.fields.value(of: "content-type")) else {
          throw .typeMismatch(sha256)
        }
        state.mediaType = type
        state.declaredSize = head.fields.value(of: "content-length").flatMap { Int64($0) }
        guard state.declaredSize ?? 0 <= materials.limit else {
          throw .fileTooLarge(sha256, limit: materials.limit)
        }
      }
    } catch {
      state.withLock { $0.isOver = true }
      refuse(error)
    }
  }

  func receive(_ bytes: [UInt8], resume: @escaping @Sendable () -> Void) {
    take(.piece(bytes, resume))
  }

  func end() { take(.end) }

  func abort() { take(.abort) }

  /// Steps are done one after the other, off the caller's thread.
  private func take(_ step: Step) {
    let starts = state.withLock { state in
      state.steps.append(step)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { materials.offload { [self] in run() } }
  }

  private func run() {
    while let step = next() {
      switch step {
      case .piece(let bytes, let resume):
        attempt { state in try self.append(bytes, &state) }
        resume()
      case .end: finish()
      case .abort: attempt { _ in throw Refusal.deadlineExceeded }
      }
    }
  }

  private func next() -> Step? {
    state.withLock { state in
      guard !state.steps.isEmpty else {
        state.isRunning = false
        return nil
      }
      return state.steps.removeFirst()
    }
  }

  // MARK: - Steps

  /// Does a step unless the upload is over; a failure ends it with its refusal.
  private func attempt(_ body: (inout State) throws -> Void) {
    let refusal: Refusal? = state.withLock { state in
      guard !state.isOver else { return nil }
      do {
        try body(&state)
        return nil
      } catch {
        close(&state)
        return self.refusal(of: error)
      }
    }
    if let refusal { refuse(refusal) }
  }

  private func append(_ bytes: [UInt8], _ state: inout State) throws {
    state.size += Int64(bytes.count)
    guard state.size <= materials.limit else {
      throw Refusal.fileTooLarge(sha256, limit: materials.limit)
    }
    try materials.folder.append(bytes, to: try descriptor(&state))
    state.hash.update(bytes)
    if state.beginning.count < MediaType.telling {
      state.beginning += bytes.prefix(MediaType.telling - state.beginning.count)
    }
  }

  private func descriptor(_ state: inout State) throws -> Int32 {
    if let descriptor = state.descriptor { return descriptor }
    if let call = state.caller?.call {
      let declared = max(1, state.declaredSize ?? 1)
      try materials.engine.store.read { try checkQuota(call, adding: declared, in: $0) }
    }
    materials.begin(part)
    let descriptor = try materials.folder.begin(part)
    state.descriptor = descriptor
    return descriptor
  }

  /// Refuses more than an owner from outside may upload in a day.
  private func checkQuota(_ call: Call, adding size: Int64, in snapshot: Snapshot) throws {
    guard call.seesOnlyOwn else { return }
    let since = call.realNow.advanced(byMilliseconds: -IntakeLimits.uploadWindow)
    let used = try snapshot.uploaded(
      hall: call.hall,
      owner: call.pass.owner,
      since: since,
      besides: sha256
    )
    guard used.files < IntakeLimits.uploadedFiles,
      used.bytes + size <= IntakeLimits.uploadedBytes
    else { throw Refusal.uploadQuota }
  }

  /// The body is whole: checks it, gives it its name, and writes the row.
  private func finish() {
    var upload: UploadRow?
    var call: Call?
    attempt { state in
      let descriptor = try descriptor(&state)
      guard state.declaredSize ?? state.size == state.size else {
        throw Refusal.sizeMismatch(sha256)
      }
      guard Digest.hex(state.hash.finalize()) == sha256 else { throw Refusal.hashMismatch(sha256) }
      guard MediaType.fits(state.mediaType, beginning: state.beginning) else {
        throw Refusal.typeMismatch(sha256)
      }
      materials.arrive(sha256)
      do {
        try materials.folder.finish(descriptor, part, as: sha256)
      } catch {
        materials.arrived(sha256)
        throw error
      }
      close(&state)
      call = state.caller?.call
      upload = call.map { call in
        UploadRow(
          hall: call.hall,
          owner: call.pass.owner,
          sha256: sha256,
          size: state.size,
          mediaType: state.mediaType,
          uploadedAt: call.surroundings.realNow()
        )
      }
    }
    guard let upload, let call else { return }
    materials.engine.write(call) { writing in
      // Others of the owner's may have come in the meantime.
      try self.checkQuota(call, adding: upload.size, in: writing.transaction)
      try writing.transaction.save(upload)
    } completion: { [self] result in
      materials.arrived(sha256)
      switch result {
      case .success: answer(upload)
      case .failure(let error): refuse(refusal(of: error))
      }
    }
  }

  private func close(_ state: inout State) {
    state.isOver = true
    if let descriptor = state.descriptor { MaterialFolder.close(descriptor) }
    state.descriptor = nil
    materials.folder.discard(part)
    materials.end(part)
  }

  // MARK: - Answers

  private func answer(_ upload: UploadRow) {
    let body = #"{"sha256":"\#(upload.sha256)","size":\#(upload.size)}"#
    reply.send(
      Answer(
        status: 200,
        fields: [.init("content-type", "application/json")],
        body: Array(body.utf8)
      )
    )
  }

  private func refusal(of error: any Error) -> Refusal {
    guard let fault = error as? MaterialFolder.Fault else { return Refusal.of(error).refusal }
    return fault.isFull ? .storageRefused : .internalFault
  }

  private func refuse(_ refusal: Refusal) {
    var answer = refusal.answer(audience)
    if refusal.reason == "TOO_LARGE" { answer.status = 413 }
    reply.send(answer)
  }
}
