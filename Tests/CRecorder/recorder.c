#include "recorder.h"

#include <stdlib.h>

// Swift Testing has no place that runs before the first test of a process, and the stores that
// tests open are in all suites. So the loader begins the recording, if the run asks for one.
__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("ONEDOOR_STATEMENTS");
  if (folder != NULL && folder[0] != '\0') onedoor_begin_recording(folder);
}
