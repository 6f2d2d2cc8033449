internal import Connect
internal import Messages
internal import Service

/// Turns what a caller sends into the one form that services speak, and their answers back.
///
/// Services speak POST, the binary codec and no compression. At the edge there are also JSON, GET
/// and HEAD, and gzip.
///
/// - Source: wire.md 1; docs/rules/door.md, D11.
struct EdgeTranscoder: Transcoder {
  let method: MethodInfo
  /// The form of the call.
  let form: CallForm
  /// The longest message, in bytes after decompression.
  let limit: Int
  let audience: Audience
  let counts: GatewayCounts
  /// Where streams find messages that others got before.
  let shared: SharedEnvelopes

  private var isStream: Bool { method.kind == .stream }
  private var isJSON: Bool { form.type.codec == .json }

  /// Whether there is anything to do.
  var isNeeded: Bool { changesRequest || form.answerCoding != .identity }

  // MARK: - The request

  var changesRequest: Bool { isJSON || form.get != nil || form.hasCodedRequest }

  var path: String? { form.get == nil ? nil : method.path }

  var contentType: String { ContentType(.proto, isStreaming: isStream).name }

  func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded {
    do throws(GatewayRefusal) {
      let message = try binary(try read(body, encoding, upTo: min(most, limit)))
      return .body(isStream ? Envelope(payload: message).bytes : message)
    } catch {
      if most < limit, case .body(let fault) = error, fault.isTooLarge { return .longer }
      let refusal = error.refusal
      counts.refused(refusal.reason)
      guard isStream else { return .refused(closed(refusal.answer(audience))) }
      return .refused(refusal.streamAnswer(form.type, audience))
    }
  }

  private func read(
    _ body: [UInt8],
    _ encoding: String?,
    upTo limit: Int
  ) throws(GatewayRefusal) -> [UInt8] {
    var (body, encoding) = (body, encoding)
    if let get = form.get {
      do throws(GetQuery.Fault) {
        body = try get.query.body()
      } catch {
        throw .query(error)
      }
      encoding = get.query.compression
    }
    do throws(BodyFault) {
      return try RequestBody.read(body, encoding: encoding, isEnveloped: isStream, limit: limit)
    } catch {
      throw .body(error)
    }
  }

  /// The message as services read it; one in JSON only if nothing speaks against it.
  ///
  /// All that is wrong is named at once, faults of types before those of rules. Where a service
  /// checks more than the rules of fields, what can be read is left to it, which tells both.
  private func binary(_ bytes: [UInt8]) throws(GatewayRefusal) -> [UInt8] {
    guard isJSON else { return bytes }
    do throws(DecodeError) {
      return try method.request.decode(json: bytes, checking: .law).encode()
    } catch {
      if error.reason == .fields, FurtherChecks.paths.contains(method.path),
        let message = try? method.request.decode(json: bytes)
      {
        return message.encode()
      }
      throw .message(error)
    }
  }

  // MARK: - The answer

  func changesAnswer(status: Int, length: Int?) -> Bool {
    if form.get != nil || isJSON { return true }
    return length.map { form.answerCoding.compresses(length: $0) } ?? true
  }

  func answer(_ answer: Answer) -> Answer {
    closed(transcoded(answer))
  }

  /// The answer in the caller's codec.
  func transcoded(_ answer: Answer) -> Answer {
    guard isJSON else { return answer }
    var answer = answer
    guard answer.status == 200 else {
      answer.body = ErrorDebug.added(to: answer.body)
      return answer
    }
    guard let message = try? method.response.decode(answer.body) else {
      return GatewayRefusal.fault.refusal.answer(audience)
    }
    answer.fields.removeAll { $0.name == "content-type" || $0.name == "content-length" }
    answer.fields.insert(.init("content-type", ContentType(.json).name), at: 0)
    answer.body = message.encodeJSON()
    return answer
  }

  /// The answer as it leaves: with what caches read, compressed, and without a body for HEAD.
  private func closed(_ answer: Answer) -> Answer {
    var answer = answer
    let coding = coding(of: answer.body)
    if let get = form.get {
      answer = Validators.stamp(
        answer,
        coding: coding,
        ifNoneMatch: get.ifNoneMatch,
        isShared: get.isShared
      )
    }
    answer.compress(by: coding)
    return form.get?.isHead == true ? answer.withoutBody : answer
  }

  /// How a body goes to the caller.
  func coding(of body: [UInt8]) -> ContentCoding {
    form.answerCoding.compresses(length: body.count) ? .gzip : .identity
  }

  // MARK: - A streamed answer

  var streamFields: [Answer.Field]? {
    guard isJSON || form.answerCoding != .identity else { return nil }
    return form.streamFields
  }

  func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8]) {
    let flags = Envelope.Flags(rawValue: flags)
    guard isJSON else { return form.envelope(Envelope(flags: flags, payload: payload)) }
    guard flags.isEmpty else {
      return form.envelope(Envelope(flags: flags, payload: json(flags, payload)))
    }
    return shared.form(of: payload, method.path, form.answerCoding) {
      form.envelope(Envelope(flags: flags, payload: json(flags, payload)))
    }
  }

  /// A payload that is no message of the method's becomes the empty message: only a service of
  /// another version could send it.
  private func json(_ flags: Envelope.Flags, _ payload: [UInt8]) -> [UInt8] {
    if flags.contains(.endOfStream) { return ErrorDebug.added(toEndOfStream: payload) }
    return (try? method.response.decode(payload).encodeJSON()) ?? Array("{}".utf8)
  }
}

extension CallForm {
  /// What a streamed answer says of its form.
  var streamFields: [Answer.Field] {
    let type = Answer.Field("content-type", type.name)
    guard answerCoding != .identity else { return [type] }
    return [type, Answer.Field("connect-content-encoding", answerCoding.name)]
  }

  /// An envelope as it goes to the caller, compressed if that is worth it.
  func envelope(_ envelope: Envelope) -> (flags: UInt8, payload: [UInt8]) {
    guard answerCoding.compresses(length: envelope.payload.count),
      !envelope.flags.contains(.compressed)
    else { return (envelope.flags.rawValue, envelope.payload) }
    return (
      envelope.flags.union(.compressed).rawValue, Gzip.compress(envelope.payload, effort: .least)
    )
  }
}

extension Answer {
  /// Compresses the body.
  mutating func compress(by coding: ContentCoding) {
    guard coding == .gzip, !body.isEmpty else { return }
    body = Gzip.compress(body, effort: .least)
    fields.append(Field("content-encoding", coding.name))
  }
}
