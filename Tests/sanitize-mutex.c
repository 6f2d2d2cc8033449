// Tells thread sanitizer of Swift's Mutex when it is taken while somebody else holds it.
//
// Where nobody does, the compare-and-exchange stands in the caller's code, which is instrumented. The
// other way stands in libswiftSynchronization, which is not, and the kernel hands the mutex over: two
// threads then seem to touch what it protects without order. `Tests/sanitize` links these in by the
// linker's --wrap; they call what they replace and say what it has done.
#include <stdbool.h>
#include <stdint.h>

// Swift's convention, with `self` in its register.
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *handle

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void real_lock(uint32_t thread, SELF) __asm__("__real_" LOCK);
SWIFT bool real_try(SELF) __asm__("__real_" TRY);
SWIFT void real_unlock(SELF) __asm__("__real_" UNLOCK);

SWIFT void told_lock(uint32_t thread, SELF) __asm__("__wrap_" LOCK);
SWIFT bool told_try(SELF) __asm__("__wrap_" TRY);
SWIFT void told_unlock(SELF) __asm__("__wrap_" UNLOCK);

SWIFT void told_lock(uint32_t thread, SELF) {
  real_lock(thread, handle);
  __tsan_acquire(handle);
}

SWIFT bool told_try(SELF) {
  bool is_taken = real_try(handle);
  if (is_taken) __tsan_acquire(handle);
  return is_taken;
}

SWIFT void told_unlock(SELF) {
  __tsan_release(handle);
  real_unlock(handle);
}
