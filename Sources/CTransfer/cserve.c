#define _GNU_SOURCE
#include "cserve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Whether something can be done with a socket before the time is over.
static int wait_for(int socket, short events, int64_t end) {
  for (;;) {
    int64_t left = end - now();
    if (left < 0) left = 0;
    struct pollfd entry = {.fd = socket, .events = events};
    int count = poll(&entry, 1, (int)left);
    if (count > 0) return 1;
    if (count == 0 || errno != EINTR) return 0;
  }
}

int cs_listen(uint16_t port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return -errno;
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
    int fault = errno;
    close(listener);
    return -fault;
  }
  return listener;
}

int cs_port(int listener) {
  struct sockaddr_in address = {0};
  socklen_t size = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &size)) return 0;
  return ntohs(address.sin_port);
}

int cs_accept(int listener, int milliseconds) {
  if (!wait_for(listener, POLLIN, now() + milliseconds)) return -1;
  int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  // Without a pause, no free descriptor would keep the caller busy.
  if (connection < 0 && (errno == EMFILE || errno == ENFILE)) poll(NULL, 0, milliseconds);
  return connection;
}

size_t cs_receive(int connection, uint8_t *bytes, size_t count, int milliseconds) {
  if (!wait_for(connection, POLLIN, now() + milliseconds)) return 0;
  ssize_t got = recv(connection, bytes, count, 0);
  return got > 0 ? (size_t)got : 0;
}

int cs_send(int connection, const uint8_t *bytes, size_t count, int milliseconds) {
  int64_t end = now() + milliseconds;
  while (count > 0) {
    if (!wait_for(connection, POLLOUT, end)) return 0;
    ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return 0;
    if (sent <= 0) continue;
    bytes += sent;
    count -= (size_t)sent;
    // A client that reads a byte at a time is waited for as long as one that reads none.
  }
  return 1;
}

void cs_finish(int connection, int milliseconds) {
  // Closed with something unread, the connection would be reset, and the answer with it.
  int64_t end = now() + milliseconds;
  uint8_t rest[4096];
  if (shutdown(connection, SHUT_WR) == 0) {
    while (wait_for(connection, POLLIN, end) && recv(connection, rest, sizeof rest, 0) > 0) {
      if (now() >= end) break;
    }
  }
  close(connection);
}

void cs_close(int socket) { close(socket); }
