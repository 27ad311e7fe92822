#ifndef CSERVE_H
#define CSERVE_H

// Connections that programs of this machine make to this one. Nothing here waits longer than it is told.

#include <stddef.h>
#include <stdint.h>

// A socket that listens on 127.0.0.1 at this port, or at a free one for 0; else the negated errno.
int cs_listen(uint16_t port);
// The port that it listens at.
int cs_port(int listener);
// A connection; -1 where none comes in so many milliseconds.
int cs_accept(int listener, int milliseconds);
// Reads what has come, at most `count` bytes; 0 at the end, or where nothing comes in so many milliseconds.
size_t cs_receive(int connection, uint8_t *bytes, size_t count, int milliseconds);
// Sends all of it; 0 where that fails or takes longer.
int cs_send(int connection, const uint8_t *bytes, size_t count, int milliseconds);
// Says that no more is sent, and closes when the other side has read it, or after so many milliseconds.
void cs_finish(int connection, int milliseconds);
void cs_close(int socket);

#endif
