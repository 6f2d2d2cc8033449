#ifndef ONEDOOR_WRITE_AHEAD_LOG_H
#define ONEDOOR_WRITE_AHEAD_LOG_H

// How much of a log is held back at most before it is written: 30 frames of 4,096 bytes.
//
// SQLite's own VFS takes no more than 131,071 bytes at once, and says of more that the disk is full.
//
// Unit: bytes.
#define ONEDOOR_LOG_BUFFER (30 * (24 + 4096))

// Lets SQLite write the logs of all connections that are opened from now on in few long writes.
//
// SQLite writes each page of a commit by two system calls, one for the frame's header of 24 bytes
// and one for the page. Here they are put together until the commit is complete, the log is to be
// on the disk, or somebody reads what is held back. What SQLite may rely on stays as it was: a
// commit is in the file before its frames are shown to anybody, and on the disk when SQLite says
// so. A process that is killed loses what it held back, which was not committed.
//
// Returns SQLite's code: SQLITE_OK, also if it was called before. Called before any connection is
// opened, and by one thread at a time.
int onedoor_install_write_ahead_log(void);

#endif
