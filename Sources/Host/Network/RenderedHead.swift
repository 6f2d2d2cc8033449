internal import HTTP2
internal import Service

/// The head of the last answers that were there at once, ready for the wire.
///
/// Most of a connection's answers have the same one, until the feed moves on.
struct RenderedHead {
  private var known: (head: AnswerHead, template: HeadTemplate)?

  /// The head in the form that many messages share.
  mutating func template(of head: AnswerHead) -> HeadTemplate? {
    if let known, known.head === head { return known.template }
    let template = head.rendered { HeadTemplate(HeaderList($0)) } as? HeadTemplate
    known = template.map { (head, $0) }
    return template
  }
}
