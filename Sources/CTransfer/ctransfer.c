#define _GNU_SOURCE
#include "ctransfer.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// Of libcurl's interface, which has kept these numbers since version 7: what is used here.
enum {
  OPT_WRITEDATA = 10001, OPT_URL = 10002, OPT_READDATA = 10009, OPT_ERRORBUFFER = 10010,
  OPT_POSTFIELDS = 10015, OPT_USERAGENT = 10018, OPT_HTTPHEADER = 10023, OPT_SSLCERT = 10025,
  OPT_HEADERDATA = 10029, OPT_CUSTOMREQUEST = 10036, OPT_CAINFO = 10065,
  OPT_WRITEFUNCTION = 20011, OPT_READFUNCTION = 20012, OPT_HEADERFUNCTION = 20079,
  OPT_UPLOAD = 46, OPT_FOLLOWLOCATION = 52, OPT_SSL_VERIFYPEER = 64, OPT_SSL_VERIFYHOST = 81,
  OPT_HTTP_VERSION = 84, OPT_NOSIGNAL = 99, OPT_TIMEOUT_MS = 155, OPT_CONNECTTIMEOUT_MS = 156,
  OPT_PROTOCOLS = 181, OPT_INFILESIZE_LARGE = 30115, OPT_POSTFIELDSIZE_LARGE = 30120,
  INFO_RESPONSE_CODE = 0x200002, GLOBAL_DEFAULT = 3, HTTP_AND_HTTPS = 3, VERSION_1_1 = 2,
  ERROR_SIZE = 256, READ_ABORT = 0x10000000, CODE_WRITE = 23, CODE_ABORTED = 42,
};

#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#define SAME(ours, theirs) _Static_assert((long)(ours) == (long)(theirs), #theirs)
SAME(OPT_WRITEDATA, CURLOPT_WRITEDATA); SAME(OPT_URL, CURLOPT_URL);
SAME(OPT_READDATA, CURLOPT_READDATA); SAME(OPT_ERRORBUFFER, CURLOPT_ERRORBUFFER);
SAME(OPT_POSTFIELDS, CURLOPT_POSTFIELDS); SAME(OPT_USERAGENT, CURLOPT_USERAGENT);
SAME(OPT_HTTPHEADER, CURLOPT_HTTPHEADER); SAME(OPT_SSLCERT, CURLOPT_SSLCERT);
SAME(OPT_HEADERDATA, CURLOPT_HEADERDATA); SAME(OPT_CUSTOMREQUEST, CURLOPT_CUSTOMREQUEST);
SAME(OPT_CAINFO, CURLOPT_CAINFO); SAME(OPT_WRITEFUNCTION, CURLOPT_WRITEFUNCTION);
SAME(OPT_READFUNCTION, CURLOPT_READFUNCTION); SAME(OPT_HEADERFUNCTION, CURLOPT_HEADERFUNCTION);
SAME(OPT_UPLOAD, CURLOPT_UPLOAD); SAME(OPT_FOLLOWLOCATION, CURLOPT_FOLLOWLOCATION);
SAME(OPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYPEER); SAME(OPT_SSL_VERIFYHOST, CURLOPT_SSL_VERIFYHOST);
SAME(OPT_HTTP_VERSION, CURLOPT_HTTP_VERSION); SAME(OPT_NOSIGNAL, CURLOPT_NOSIGNAL);
SAME(OPT_TIMEOUT_MS, CURLOPT_TIMEOUT_MS); SAME(OPT_CONNECTTIMEOUT_MS, CURLOPT_CONNECTTIMEOUT_MS);
SAME(OPT_PROTOCOLS, 181); SAME(OPT_INFILESIZE_LARGE, CURLOPT_INFILESIZE_LARGE);
SAME(OPT_POSTFIELDSIZE_LARGE, CURLOPT_POSTFIELDSIZE_LARGE);
SAME(INFO_RESPONSE_CODE, CURLINFO_RESPONSE_CODE); SAME(GLOBAL_DEFAULT, CURL_GLOBAL_DEFAULT);
SAME(HTTP_AND_HTTPS, CURLPROTO_HTTP | CURLPROTO_HTTPS); SAME(VERSION_1_1, CURL_HTTP_VERSION_1_1);
SAME(ERROR_SIZE, CURL_ERROR_SIZE); SAME(READ_ABORT, CURL_READFUNC_ABORT);
SAME(CODE_WRITE, CURLE_WRITE_ERROR); SAME(CODE_ABORTED, CURLE_ABORTED_BY_CALLBACK);
#endif

// More bytes of headers than this are no answer.
enum { HEADER_LIMIT = 1 << 18 };
// Of an answer that is not the file that was asked for, at most so much is kept.
enum { FAULT_LIMIT = 1 << 20 };

static struct {
  int (*global_init)(long);
  void *(*init)(void);
  void (*cleanup)(void *);
  void (*reset)(void *);
  int (*set)(void *, int, ...);
  int (*perform)(void *);
  int (*info)(void *, int, ...);
  const char *(*error)(int);
  void *(*append)(void *, const char *);
  void (*free_all)(void *);
  int is_loaded;
} curl;

static void load(void) {
  // The same library, linked against one or the other implementation of TLS.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return;
  const struct { const char *name; void *place; } symbols[] = {
      {"curl_global_init", &curl.global_init}, {"curl_easy_init", &curl.init},
      {"curl_easy_cleanup", &curl.cleanup},    {"curl_easy_reset", &curl.reset},
      {"curl_easy_setopt", &curl.set},         {"curl_easy_perform", &curl.perform},
      {"curl_easy_getinfo", &curl.info},       {"curl_easy_strerror", &curl.error},
      {"curl_slist_append", &curl.append},     {"curl_slist_free_all", &curl.free_all},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *symbol = dlsym(library, symbols[i].name);
    if (!symbol) return;
    memcpy(symbols[i].place, &symbol, sizeof symbol);
  }
  curl.is_loaded = curl.global_init(GLOBAL_DEFAULT) == 0;
}

struct ct_client {
  void *handle;
  void *headers;
  uint8_t *body;
  int descriptor, target;
  int64_t sent, size;
  uint8_t *answer;
  size_t count, capacity, limit, header_count;
  int fault, write_error;
  long status, retry_after;
  char content_type[128];
  char error[ERROR_SIZE];
};

ct_client *ct_open(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (!curl.is_loaded) return NULL;
  ct_client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->handle = curl.init();
  if (!client->handle) {
    free(client);
    return NULL;
  }
  return client;
}

static void forget(ct_client *client) {
  if (client->headers) curl.free_all(client->headers);
  free(client->body);
  free(client->answer);
  void *handle = client->handle;
  memset(client, 0, sizeof *client);
  client->handle = handle;
  client->descriptor = -1;
  client->target = -1;
  client->retry_after = -1;
}

void ct_close(ct_client *client) {
  forget(client);
  curl.cleanup(client->handle);
  free(client);
}

static size_t write_answer(ct_client *client, const char *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t written = write(client->target, bytes + done, count - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      client->fault = CT_UNWRITABLE;
      client->write_error = written < 0 ? errno : EIO;
      return 0;
    }
    done += (size_t)written;
  }
  client->count += count;
  return count;
}

static size_t take_answer(char *bytes, size_t one, size_t count, void *place) {
  (void)one;
  ct_client *client = place;
  int is_written = 0;
  size_t limit = client->limit;
  if (client->target >= 0) {
    long status = 0;
    curl.info(client->handle, INFO_RESPONSE_CODE, &status);
    is_written = status >= 200 && status < 300;
    if (!is_written) limit = FAULT_LIMIT;
  }
  if (count > limit - client->count) {
    client->fault = CT_TOO_LARGE;
    return 0;
  }
  if (is_written) return write_answer(client, bytes, count);
  if (client->count + count > client->capacity) {
    size_t capacity = 2 * client->capacity + count + 4096;
    uint8_t *larger = realloc(client->answer, capacity);
    if (!larger) {
      client->fault = CT_NO_MEMORY;
      return 0;
    }
    client->answer = larger;
    client->capacity = capacity;
  }
  memcpy(client->answer + client->count, bytes, count);
  client->count += count;
  return count;
}

// The value of a header line with this name; NULL for another.
static const char *value_of(const char *line, size_t count, const char *name, size_t *length) {
  size_t start = strlen(name);
  if (count <= start || strncasecmp(line, name, start) != 0) return NULL;
  while (start < count && (line[start] == ' ' || line[start] == '\t')) start++;
  while (count > start && (line[count - 1] == '\r' || line[count - 1] == '\n')) count--;
  *length = count - start;
  return line + start;
}

static size_t take_header(char *line, size_t one, size_t count, void *place) {
  (void)one;
  ct_client *client = place;
  client->header_count += count;
  if (client->header_count > HEADER_LIMIT) {
    client->fault = CT_TOO_LARGE;
    return 0;
  }
  size_t length = 0;
  const char *value = value_of(line, count, "content-type:", &length);
  if (value) {
    if (length >= sizeof client->content_type) length = sizeof client->content_type - 1;
    memcpy(client->content_type, value, length);
    client->content_type[length] = 0;
  }
  value = value_of(line, count, "retry-after:", &length);
  if (value && length > 0 && length < 10) {
    long seconds = 0;
    for (size_t i = 0; i < length; i++) {
      if (value[i] < '0' || value[i] > '9') return count;  // A date: nobody needs it to the second.
      seconds = 10 * seconds + (value[i] - '0');
    }
    client->retry_after = seconds;
  }
  return count;
}

static size_t give_file(char *bytes, size_t one, size_t count, void *place) {
  ct_client *client = place;
  int64_t left = client->size - client->sent;
  size_t wanted = one * count;
  if (left < (int64_t)wanted) wanted = (size_t)left;
  if (wanted == 0) return 0;
  ssize_t got = pread(client->descriptor, bytes, wanted, client->sent);
  if (got <= 0) {
    client->fault = CT_UNREADABLE;
    return READ_ABORT;
  }
  client->sent += got;
  return (size_t)got;
}

void ct_begin(ct_client *client, const char *method, const char *url) {
  forget(client);
  void *handle = client->handle;
  curl.reset(handle);
  curl.set(handle, OPT_URL, url);
  curl.set(handle, OPT_PROTOCOLS, (long)HTTP_AND_HTTPS);
  curl.set(handle, OPT_FOLLOWLOCATION, 0L);
  curl.set(handle, OPT_HTTP_VERSION, (long)VERSION_1_1);
  curl.set(handle, OPT_NOSIGNAL, 1L);
  curl.set(handle, OPT_USERAGENT, "distill");
  curl.set(handle, OPT_ERRORBUFFER, client->error);
  curl.set(handle, OPT_WRITEFUNCTION, take_answer);
  curl.set(handle, OPT_WRITEDATA, client);
  curl.set(handle, OPT_HEADERFUNCTION, take_header);
  curl.set(handle, OPT_HEADERDATA, client);
  if (strcmp(method, "GET") != 0) curl.set(handle, OPT_CUSTOMREQUEST, method);
  // A server that does not know it would be waited for.
  ct_header(client, "Expect:");
}

int ct_header(ct_client *client, const char *line) {
  void *longer = curl.append(client->headers, line);
  if (!longer) return 0;
  client->headers = longer;
  return 1;
}

int ct_body(ct_client *client, const uint8_t *bytes, size_t count) {
  free(client->body);
  client->body = malloc(count + 1);
  if (!client->body) return 0;
  if (count > 0) memcpy(client->body, bytes, count);
  curl.set(client->handle, OPT_POSTFIELDSIZE_LARGE, (int64_t)count);
  curl.set(client->handle, OPT_POSTFIELDS, client->body);
  return 1;
}

void ct_file(ct_client *client, int descriptor, int64_t count) {
  client->descriptor = descriptor;
  client->size = count;
  curl.set(client->handle, OPT_UPLOAD, 1L);
  curl.set(client->handle, OPT_READFUNCTION, give_file);
  curl.set(client->handle, OPT_READDATA, client);
  curl.set(client->handle, OPT_INFILESIZE_LARGE, count);
}

void ct_into(ct_client *client, int descriptor) { client->target = descriptor; }

void ct_authorities(ct_client *client, const char *path) {
  curl.set(client->handle, OPT_CAINFO, path);
}

void ct_certificate(ct_client *client, const char *path) {
  curl.set(client->handle, OPT_SSLCERT, path);
}

void ct_trust_anybody(ct_client *client) {
  curl.set(client->handle, OPT_SSL_VERIFYPEER, 0L);
  curl.set(client->handle, OPT_SSL_VERIFYHOST, 0L);
}

int ct_perform(ct_client *client, long connect_ms, long total_ms, size_t limit) {
  client->limit = limit;
  curl.set(client->handle, OPT_CONNECTTIMEOUT_MS, connect_ms);
  curl.set(client->handle, OPT_TIMEOUT_MS, total_ms);
  curl.set(client->handle, OPT_HTTPHEADER, client->headers);
  int code = curl.perform(client->handle);
  if ((code == CODE_WRITE || code == CODE_ABORTED) && client->fault) return client->fault;
  if (code == 0) curl.info(client->handle, INFO_RESPONSE_CODE, &client->status);
  return code;
}

long ct_status(const ct_client *client) { return client->status; }
size_t ct_answer_count(const ct_client *client) { return client->answer ? client->count : 0; }

void ct_answer(const ct_client *client, uint8_t *bytes) {
  if (client->answer) memcpy(bytes, client->answer, client->count);
}

const char *ct_content_type(const ct_client *client) { return client->content_type; }
long ct_retry_after(const ct_client *client) { return client->retry_after; }

int ct_write_error(const ct_client *client) { return client->write_error; }

const char *ct_reason(const ct_client *client, int code) {
  switch (code) {
    case CT_TOO_LARGE: return "the answer is too long";
    case CT_NO_MEMORY: return "memory is short";
    case CT_UNREADABLE: return "the file that is sent cannot be read, or became shorter";
    case CT_UNWRITABLE: return "the file that the answer goes into cannot be written";
    default: return client->error[0] ? client->error : curl.error(code);
  }
}
