#pragma once

/// Begins to keep what the stores of this process prepare, in a folder; written in Swift.
void onedoor_begin_recording(const char *folder);
