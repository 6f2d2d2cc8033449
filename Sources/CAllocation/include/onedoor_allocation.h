#ifndef ONEDOOR_ALLOCATION_H
#define ONEDOOR_ALLOCATION_H

// How jemalloc, with which a program is linked that holds this target, gives memory back.
//
// jemalloc reads it before the program begins; MALLOC_CONF in the environment goes before it.
//
// - Source: jemalloc(3), TUNING.
extern const char *malloc_conf;

#endif
