import NIOCore

/// Runs tasks on an event loop, so that a call changes no thread.
///
/// NIO 2.101 has executors of loops for actors only, not for tasks.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(loop: any EventLoop) {
    self.loop = loop
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
