/* A mail server on loopback for measurements: takes every message, keeps none.
 *
 *   sink PORTFILE [DELAY_US]
 *
 * DELAY_US passes between the end of each message and the answer to it, on each connection by itself.
 * "XCOUNT" answers "250 <messages> <microseconds from the first to the last message>".
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 4096, BUFFER = 1 << 17, ANSWERS = 1 << 16, EVENTS = 256 };

typedef struct {
  int in_message, waits;
  unsigned serial;
  size_t used, said;
  char buffer[BUFFER], answers[ANSWERS];
} Line;

/* The delay is the same for all, so whoever began to wait first is answered first. */
typedef struct {
  int fd;
  unsigned serial;
  int64_t at;
} Due;

static Line *lines[MAX_FD];
static Due queue[MAX_FD * 2];
static size_t head, tail;
static unsigned serials;
static int64_t delay, first, last;
static uint64_t messages;
static int timer;

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void say(Line *line, const char *text) {
  size_t length = strlen(text);
  if (line->said + length <= ANSWERS) {
    memcpy(line->answers + line->said, text, length);
    line->said += length;
  }
}

static void hang_up(int fd) {
  close(fd);
  free(lines[fd]);
  lines[fd] = NULL;
}

static int flush_answers(int fd) {
  Line *line = lines[fd];
  if (line->said && write(fd, line->answers, line->said) < 0) {
    hang_up(fd);
    return 0;
  }
  line->said = 0;
  return 1;
}

static void set_timer(void) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if (head != tail) {
    int64_t left = queue[head % (MAX_FD * 2)].at - now_us();
    if (left < 1) left = 1;
    when.it_value.tv_sec = left / 1000000;
    when.it_value.tv_nsec = left % 1000000 * 1000;
  }
  timerfd_settime(timer, 0, &when, NULL);
}

/* The body ends at CRLF dot CRLF; the CRLF before its first line is the one that ended DATA. */
static char *find_end(char *from, size_t length) {
  if (length >= 3 && !memcmp(from, ".\r\n", 3)) return from + 3;
  char *end = memmem(from, length, "\r\n.\r\n", 5);
  return end ? end + 5 : NULL;
}

static void took_message(int fd, Line *line) {
  last = now_us();
  if (!messages++) first = last;
  line->in_message = 0;
  say(line, "250 OK\r\n");
  if (delay) {
    line->waits = 1;
    queue[tail++ % (MAX_FD * 2)] = (Due){fd, line->serial, last + delay};
    if (tail - head == 1) set_timer();
  }
}

static int answer(int fd, Line *line, const char *command) {
  if (!strncasecmp(command, "EHLO", 4)) {
    say(line, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
  } else if (!strncasecmp(command, "DATA", 4)) {
    say(line, "354 go on\r\n");
    line->in_message = 1;
  } else if (!strncasecmp(command, "XCOUNT", 6)) {
    char text[96];
    snprintf(text, sizeof text, "250 %llu %lld\r\n", (unsigned long long)messages, (long long)(last - first));
    say(line, text);
  } else if (!strncasecmp(command, "QUIT", 4)) {
    say(line, "221 bye\r\n");
    if (flush_answers(fd)) hang_up(fd);
    return 0;
  } else {
    say(line, "250 OK\r\n");
  }
  return 1;
}

/* Work off what is in the buffer, up to where the line has to wait. */
static void read_on(int fd) {
  Line *line = lines[fd];
  size_t at = 0;
  while (at < line->used && !line->waits) {
    char *from = line->buffer + at, *end;
    size_t length = line->used - at;
    if (line->in_message) {
      if (!(end = find_end(from, length))) break;
      took_message(fd, line);
    } else {
      if (!(end = memmem(from, length, "\r\n", 2))) break;
      *end = 0;
      end += 2;
      if (!answer(fd, line, from)) return;
    }
    at = (size_t)(end - line->buffer);
  }
  memmove(line->buffer, line->buffer + at, line->used - at);
  line->used -= at;
  if (!line->waits) flush_answers(fd);
}

static void answer_due(void) {
  uint64_t ticks;
  if (read(timer, &ticks, sizeof ticks) < 0) return;
  int64_t now = now_us();
  while (head != tail && queue[head % (MAX_FD * 2)].at <= now) {
    Due due = queue[head++ % (MAX_FD * 2)];
    if (!lines[due.fd] || lines[due.fd]->serial != due.serial) continue;
    lines[due.fd]->waits = 0;
    if (flush_answers(due.fd)) read_on(due.fd);
  }
  set_timer();
}

static void welcome(int listener, int poll) {
  int fd = accept(listener, NULL, NULL), on = 1;
  if (fd < 0) return;
  if (fd >= MAX_FD) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  lines[fd] = calloc(1, sizeof(Line));
  lines[fd]->serial = ++serials;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  say(lines[fd], "220 sink ESMTP\r\n");
  flush_answers(fd);
}

static void receive(int fd) {
  Line *line = lines[fd];
  if (!line) return;
  ssize_t got = read(fd, line->buffer + line->used, BUFFER - line->used);
  if (got <= 0) {
    hang_up(fd);
    return;
  }
  line->used += (size_t)got;
  if (!line->waits) read_on(fd);
}

static int listen_on_loopback(const char *portfile) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (void *)&address, size) || listen(listener, 1024)) return -1;
  getsockname(listener, (void *)&address, &size);
  FILE *file = fopen(portfile, "w");
  if (!file) return -1;
  fprintf(file, "%d\n", ntohs(address.sin_port));
  fclose(file);
  return listener;
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  delay = count > 2 ? atoll(arguments[2]) : 0;
  int listener = listen_on_loopback(arguments[1]), poll = epoll_create1(0);
  if (listener < 0) {
    perror("sink");
    return 1;
  }
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = timer;
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
  for (;;) {
    int ready = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) welcome(listener, poll);
      else if (fd == timer) answer_due();
      else receive(fd);
    }
  }
}
