// SPDX-License-Identifier: Apache-2.0
// The terminal device: raw mode, its size, and the signals. The promise kept here is that
// whatever way the process takes out (return, exit, Ctrl-Z, kill, a crash), the shell finds its
// terminal as it was. For that a signal handler must reach the saved mode, which is why there
// is static data in this file: one process has one controlling terminal.
//
// Handlers do what POSIX allows in them: they set flags, write a byte to a pipe that the prompt
// polls, write constant text, call tcsetattr.
//
// Escape sequences:
//     CSI ?2004h, ?2004l  bracketed paste on, off: a paste comes between CSI 200~ and 201~
//     CSI ?25h            show the cursor
//     CSI 0m              all attributes off
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct {
    struct termios saved, raw_mode;
    int fd, pipe[2];
    volatile sig_atomic_t raw, seen, running;
    bool installed;
    void (*interrupt)(void *self);
    void *self;
} tty = {.fd = -1, .pipe = {-1, -1}, .running = 1};

static const char enter_text[] = "\x1b[?2004h";
static const char leave_text[] = "\x1b[?2004l\x1b[?25h\x1b[0m";

// Output may be non-blocking (a terminal shared with a program that made it so): then wait.
void adj_tty_write(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else if (n < 0 && errno != EINTR) {
            return;
        }
        if (n > 0) {
            text += n;
            length -= (size_t)n;
        }
    }
}

void adj_tty_cooked(void)
{
    if (!tty.raw) return;
    tty.raw = 0;
    ssize_t ignored = write(tty.fd, leave_text, sizeof leave_text - 1);
    (void)ignored;
    tcsetattr(tty.fd, TCSADRAIN, &tty.saved);
}

static void enter(void)
{
    tty.raw = 1;
    tcsetattr(tty.fd, TCSADRAIN, &tty.raw_mode);
    ssize_t ignored = write(tty.fd, enter_text, sizeof enter_text - 1);
    (void)ignored;
}

// Keys come one by one and as they are: no echo, no line editing, no signals, no flow control
// (C-s, C-q are ours), no CR to LF. Output processing stays, so that other writers may use \n.
bool adj_tty_raw(int fd)
{
    if (tty.raw) return true;
    if (!isatty(fd) || tcgetattr(fd, &tty.saved) != 0) return false;
    tty.raw_mode = tty.saved;
    tty.raw_mode.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
    tty.raw_mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    tty.raw_mode.c_cflag |= CS8;
    tty.raw_mode.c_cc[VMIN] = 1;
    tty.raw_mode.c_cc[VTIME] = 0;
    tty.fd = fd;
    enter();
    return true;
}

void adj_tty_size(int fd, int *columns, int *lines)
{
    struct winsize size = {0};
    const char *given_columns = getenv("COLUMNS"), *given_lines = getenv("LINES");
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    *columns = known ? size.ws_col : given_columns ? atoi(given_columns) : 0;
    *lines = known && size.ws_row > 0 ? size.ws_row : given_lines ? atoi(given_lines) : 0;
    if (*columns < 1 || *columns > 4096) *columns = 80;
    if (*lines < 1 || *lines > 4096) *lines = 24;
}

// -- signals ----------------------------------------------------------------------------------

static void note(int what)
{
    tty.seen |= what;
    if (tty.pipe[1] >= 0) {
        ssize_t ignored = write(tty.pipe[1], "", 1);
        (void)ignored;
    }
}

static void on_fatal(int sig)
{
    adj_tty_cooked();
    signal(sig, SIG_DFL);
    raise(sig);
}

// While a cell runs its interrupt hook decides; a program without one ends, as it would without
// us.
static void on_interrupt(int sig)
{
    int kept = errno;
    if (!tty.running)
        note(ADJ_SEEN_INTERRUPT);
    else if (tty.interrupt)
        tty.interrupt(tty.self);
    else
        on_fatal(sig);
    errno = kept;
}

static void on_resize(int sig)
{
    (void)sig;
    int kept = errno;
    note(ADJ_SEEN_RESIZE);
    errno = kept;
}

// A stop that nobody announced (SIGSTOP) may have let another program change the mode.
static void on_continue(int sig)
{
    (void)sig;
    int kept = errno;
    if (tty.raw) {
        enter();
        note(ADJ_SEEN_CONTINUE);
    }
    errno = kept;
}

static void stop_here(void)
{
    sigset_t stop, old;
    bool was_raw = tty.raw;
    adj_tty_cooked();
    struct sigaction by_default = {.sa_handler = SIG_DFL}, ours;
    sigaction(SIGTSTP, &by_default, &ours);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, &old);  // here the process stops
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    if (was_raw) enter();
}

static void on_stop(int sig)
{
    (void)sig;
    int kept = errno;
    bool was_raw = tty.raw;
    stop_here();
    if (was_raw) note(ADJ_SEEN_CONTINUE);
    errno = kept;
}

void adj_tty_suspend(void)
{
    stop_here();
}

// Sets a handler unless somebody else (a sanitizer, a debugger, nohup) has set one.
static void handle(int sig, void (*handler)(int), int flags)
{
    struct sigaction old, action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (sigaction(sig, NULL, &old) != 0) return;
    bool taken = (old.sa_flags & SA_SIGINFO) || old.sa_handler != SIG_DFL;
    if (!taken) sigaction(sig, &action, NULL);
}

static void make_pipe(void)
{
    if (pipe2(tty.pipe, O_CLOEXEC | O_NONBLOCK) != 0) tty.pipe[0] = tty.pipe[1] = -1;
}

void adj_term_signals(void (*interrupt)(void *self), void *self)
{
    tty.interrupt = interrupt;
    tty.self = self;
    if (tty.installed) return;
    tty.installed = true;
    make_pipe();
    static const int fatal[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV,
                                SIGBUS,  SIGFPE, SIGILL,  SIGABRT};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) handle(fatal[i], on_fatal, 0);
    // Not SA_RESTART: a program blocked in reading must notice. The others may not disturb it.
    handle(SIGINT, on_interrupt, 0);
    handle(SIGWINCH, on_resize, SA_RESTART);
    handle(SIGCONT, on_continue, SA_RESTART);
    handle(SIGTSTP, on_stop, SA_RESTART);
    atexit(adj_tty_cooked);
}

void adj_tty_running(bool running)
{
    tty.running = running;
}

int adj_tty_seen_fd(void)
{
    return tty.pipe[0];
}

int adj_tty_seen(void)
{
    char bytes[64];
    while (tty.pipe[0] >= 0 && read(tty.pipe[0], bytes, sizeof bytes) > 0) continue;
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    int seen = tty.seen;
    tty.seen = 0;
    sigprocmask(SIG_SETMASK, &old, NULL);
    return seen;
}
