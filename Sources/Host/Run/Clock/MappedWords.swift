internal import Glibc
internal import Synchronization

/// Some 64-bit words of a file, mapped so that several processes share them.
///
/// The words are only ever touched as `Atomic<Int64>`, which has the size, the place and on the
/// 64-bit machines that we build for the lock-free operations of the word itself. That is what
/// makes `@unchecked Sendable` true here; the mapping lives as long as the object.
final class MappedWords: @unchecked Sendable {
  private let words: UnsafeMutablePointer<Atomic<Int64>>
  private let count: Int

  /// Maps the first `count` words of a file.
  ///
  /// - Throws: `DemoClock.Fault.file`, or `notAClock` if the file is of another size.
  init(path: String, count: Int, mayCreate: Bool) throws(DemoClock.Fault) {
    func fault(_ what: String) -> DemoClock.Fault {
      .file(path: path, detail: "\(what): \(String(cString: strerror(errno)))")
    }
    let bytes = count * MemoryLayout<Atomic<Int64>>.stride
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | (mayCreate ? O_CREAT : 0), 0o644)
    guard descriptor >= 0 else { throw fault("open") }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw fault("stat") }
    let isNew = mayCreate && status.st_size == 0
    guard isNew || status.st_size == off_t(bytes) else { throw .notAClock(path: path) }
    if isNew, ftruncate(descriptor, off_t(bytes)) != 0 { throw fault("truncate") }
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let mapped, mapped != MAP_FAILED else { throw fault("mmap") }
    words = mapped.bindMemory(to: Atomic<Int64>.self, capacity: count)
    self.count = count
  }

  deinit {
    munmap(words, count * MemoryLayout<Atomic<Int64>>.stride)
  }

  /// The word at an index.
  subscript(index: Int) -> Int64 {
    get { words[index].load(ordering: .acquiring) }
    set { words[index].store(newValue, ordering: .releasing) }
  }

  /// Sets a word if it still is what was expected.
  ///
  /// - Returns: Whether it was set.
  func exchange(_ index: Int, expected: Int64, with desired: Int64) -> Bool {
    words[index].compareExchange(
      expected: expected,
      desired: desired,
      ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Sets a word to a value that is greater.
  ///
  /// - Returns: What the word holds then.
  @discardableResult
  func raise(_ index: Int, to value: Int64) -> Int64 {
    words[index].max(value, ordering: .acquiringAndReleasing).newValue
  }
}
