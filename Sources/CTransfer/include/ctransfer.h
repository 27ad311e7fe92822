#ifndef CTRANSFER_H
#define CTRANSFER_H

// One HTTP request after the other through libcurl, which is opened when the first client is made: a program
// that talks to nobody neither loads it nor needs it installed, to build or to run.
//
// Whatever the server does, a request ends: redirects are not followed, the answer's size and the time are
// bounded, protocols other than HTTP and HTTPS do not exist. Requests of others are answered by cserve.h.

#include <stddef.h>
#include <stdint.h>

// A client, which keeps its connection from request to request. One thread at a time.
typedef struct ct_client ct_client;

// How a request ended, beside numbers of libcurl's own.
enum {
  CT_OK = 0,
  CT_TOO_LARGE = -1,   // the answer is longer than the limit
  CT_NO_MEMORY = -2,
  CT_UNREADABLE = -3,  // the file that is sent ended early or could not be read
  CT_UNWRITABLE = -4,  // the file that the answer goes into could not be written
};

// A client; NULL where libcurl is not installed or memory is short.
ct_client *ct_open(void);
void ct_close(ct_client *client);

// Begins a request: forgets the one before, keeps the connection.
void ct_begin(ct_client *client, const char *method, const char *url);
// Adds a header line. 0 where memory is short.
int ct_header(ct_client *client, const char *line);
// Sends these bytes, which are copied. 0 where memory is short.
int ct_body(ct_client *client, const uint8_t *bytes, size_t count);
// Sends what is in an open file, from its beginning.
void ct_file(ct_client *client, int descriptor, int64_t count);
// Writes the answer, where it is a good one (2xx), into an open file in place of memory.
void ct_into(ct_client *client, int descriptor);
// Trusts the authorities in this file; shows this certificate; trusts anybody.
void ct_authorities(ct_client *client, const char *path);
void ct_certificate(ct_client *client, const char *path);
void ct_trust_anybody(ct_client *client);

// Sends the request and waits for the answer: at most `connect_ms` for a connection, `total_ms` in all, and
// `limit` bytes of answer. CT_..., or a number of libcurl's, which ct_reason puts into words.
int ct_perform(ct_client *client, long connect_ms, long total_ms, size_t limit);

// What the answer was: valid until the next request begins.
long ct_status(const ct_client *client);
// Bytes of it that are in memory: none of what went into a file.
size_t ct_answer_count(const ct_client *client);
// Copies them, all, to `bytes`.
void ct_answer(const ct_client *client, uint8_t *bytes);
// The type of its content; empty where it has none.
const char *ct_content_type(const ct_client *client);
// The seconds after which to ask again, as the server says; -1 where it does not.
long ct_retry_after(const ct_client *client);
// The value of errno where the answer could not be written; 0 where it could.
int ct_write_error(const ct_client *client);
const char *ct_reason(const ct_client *client, int code);

#endif
