#include "onedoor_allocation.h"

// - background_thread: what was used in a rush goes back also if the process rests after it.
// - dirty_decay_ms, muzzy_decay_ms: within a fifth of a second, and straight to the system, so that
//   what a process holds is what it uses. jemalloc's own ten seconds gain nothing measurable.
// - thp: a long body's room is taken before it is filled, and a huge page would fill it.
// - oversize_threshold: what is as large as a large body goes back at once.
const char *malloc_conf =
    "background_thread:true,dirty_decay_ms:200,muzzy_decay_ms:0,oversize_threshold:1048576,thp:never";
