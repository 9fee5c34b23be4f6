// SPDX-License-Identifier: Apache-2.0
// The module time: clocks, waiting, and times as text. Waiting asks the machine now and then,
// so that an interrupt ends it.
#include "lib.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum { SLICE_NS = 20 * 1000 * 1000 };  // longest sleep between two looks at interrupts

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// clang-format off
#define CLOCK(name, clock)                                                          \
    static bool time_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)        \
    {                                                                               \
        (void)vm, (void)args, (void)nargs;                                          \
        return adj_out_float(out, (double)clock_ns(clock) * 1e-9);                  \
    }                                                                               \
    static bool time_##name##_ns(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)   \
    {                                                                               \
        (void)vm, (void)args, (void)nargs;                                          \
        return adj_out_int(out, clock_ns(clock));                                   \
    }
CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)
// clang-format on

static bool time_sleep(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double seconds;
    if (!adj_get_double(vm, args[0], &seconds)) return false;
    if (isnan(seconds)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "Invalid value NaN (not a number)");
    }
    if (seconds < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "sleep length must be non-negative");
    }
    if (seconds > 9e9) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "timestamp too large to convert to C _PyTime_t");
    }
    int64_t end = clock_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    for (;;) {
        if (!adj_vm_poll(vm)) return false;
        int64_t left = end - clock_ns(CLOCK_MONOTONIC);
        if (left <= 0) return adj_out_none(out);
        struct timespec nap = {.tv_nsec = left < SLICE_NS ? left : SLICE_NS};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
    }
}

// ---- broken-down time ----

enum { FIELDS = 9 };
static const char *const field_names[FIELDS] = {"tm_year", "tm_mon",  "tm_mday",
                                                "tm_hour", "tm_min",  "tm_sec",
                                                "tm_wday", "tm_yday", "tm_isdst"};

static bool struct_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjBuf b = {0};
    AdjTuple *t = adj_as_tuple(self);
    bool ok = adj_buf_add_c(vm, &b, "time.struct_time(");
    for (int i = 0; ok && i < FIELDS; i++) {
        ok = adj_buf_printf(vm, &b, "%s%s=%lld", i ? ", " : "", field_names[i],
                            (long long)t->items[i].i);
    }
    if (!ok || !adj_buf_add_c(vm, &b, ")")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool struct_getattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out)
{
    for (int i = 0; i < FIELDS; i++) {
        if (adj_str_is(name, field_names[i])) {
            return adj_out_keep(out, adj_as_tuple(self)->items[i]);
        }
    }
    return adj_raise_no_attribute(vm, self, name);
}

static AdjType type_struct_time = {
    .name = "struct_time",
    .base = &adj_type_tuple,
    .flags = ADJ_TF_GC | ADJ_TF_TUPLE,
    .size = sizeof(AdjTuple),
    .doc = "A time taken apart: a tuple whose items have names.",
    .repr = struct_repr,
    .getattr = struct_getattr,
};

static bool out_struct(AdjVM *vm, const struct tm *tm, AdjVal *out)
{
    int64_t parts[FIELDS] = {tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
                             tm->tm_hour,        tm->tm_min,     tm->tm_sec,
                             (tm->tm_wday + 6) % 7, tm->tm_yday + 1, tm->tm_isdst};
    AdjTuple *t = adj_obj_new_sized(vm, &type_struct_time,
                                    sizeof(AdjTuple) + FIELDS * sizeof(AdjVal));
    if (!t) return false;
    t->len = FIELDS;
    for (int i = 0; i < FIELDS; i++) t->items[i] = adj_int_val(parts[i]);
    return adj_out(out, t);
}

static bool seconds_of(AdjVM *vm, AdjVal v, time_t *out)
{
    double seconds;
    if (adj_is_none(v)) return *out = time(NULL), true;
    if (!adj_get_double(vm, v, &seconds)) return false;
    if (!(fabs(seconds) < 1e15)) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "timestamp out of range for platform time_t");
    }
    return *out = (time_t)floor(seconds), true;
}

static bool time_localtime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    time_t at;
    struct tm tm = {0};
    return seconds_of(vm, args[0], &at) && (localtime_r(&at, &tm), out_struct(vm, &tm, out));
}

static bool time_gmtime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    time_t at;
    struct tm tm = {0};
    return seconds_of(vm, args[0], &at) && (gmtime_r(&at, &tm), out_struct(vm, &tm, out));
}

// A tuple of nine ints, or None for now.
static bool struct_of(AdjVM *vm, AdjVal v, struct tm *tm)
{
    time_t now = time(NULL);
    *tm = (struct tm){0};
    if (adj_is_none(v)) return localtime_r(&now, tm), true;
    bool fits = adj_is_tuple(v) && adj_as_tuple(v)->len == FIELDS;
    int64_t part[FIELDS];
    for (int i = 0; fits && i < FIELDS; i++) {
        if (!adj_get_int(vm, adj_as_tuple(v)->items[i], &part[i])) return false;
        if (part[i] < -100000 || part[i] > 100000) fits = false;
    }
    if (!fits)
        return adj_raise(vm, ADJ_EXC_TypeError, "Tuple or struct_time argument required");
    tm->tm_year = (int)part[0] - 1900;
    tm->tm_mon = (int)part[1] - 1;
    tm->tm_mday = (int)part[2];
    tm->tm_hour = (int)part[3];
    tm->tm_min = (int)part[4];
    tm->tm_sec = (int)part[5];
    tm->tm_wday = (int)((part[6] + 1) % 7);
    tm->tm_yday = (int)part[7] - 1;
    tm->tm_isdst = (int)part[8];
    bool in_range = tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_wday >= 0;
    return in_range || adj_raise(vm, ADJ_EXC_ValueError, "month out of range");
}

static bool time_strftime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    struct tm tm;
    char text[1024];
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "strftime() argument 1 must be str, not %s",
                         adj_type_name(args[0]));
    }
    if (!struct_of(vm, args[1], &tm)) return false;
    size_t size = strftime(text, sizeof text, adj_as_str(args[0])->data, &tm);
    return adj_out(out, adj_str_new(vm, text, size));
}

static bool time_mktime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    struct tm tm;
    return struct_of(vm, args[0], &tm) && adj_out_float(out, (double)mktime(&tm));
}

static bool as_text(AdjVM *vm, struct tm *tm, AdjVal *out)
{
    char text[64];
    size_t size = strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", tm);
    return adj_out(out, adj_str_new(vm, text, size));
}

static bool time_ctime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    time_t at;
    struct tm tm = {0};
    return seconds_of(vm, args[0], &at) && (localtime_r(&at, &tm), as_text(vm, &tm, out));
}

static bool time_asctime(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    struct tm tm;
    return struct_of(vm, args[0], &tm) && as_text(vm, &tm, out);
}

static const AdjNative time_functions[] = {
    {"time", "()", time_time, "Seconds since 1970.", 0},
    {"time_ns", "()", time_time_ns, "Nanoseconds since 1970.", 0},
    {"perf_counter", "()", time_monotonic, "Seconds of a clock for measuring.", 0},
    {"perf_counter_ns", "()", time_monotonic_ns, "Nanoseconds of a clock for measuring.", 0},
    {"monotonic", "()", time_monotonic, "Seconds of a clock that never goes back.", 0},
    {"monotonic_ns", "()", time_monotonic_ns, "Nanoseconds of a clock that never goes back.",
     0},
    {"process_time", "()", time_process_time, "Seconds of computing by the program.", 0},
    {"process_time_ns", "()", time_process_time_ns, "Nanoseconds of computing.", 0},
    {"thread_time", "()", time_thread_time, "Seconds of computing by this thread.", 0},
    {"thread_time_ns", "()", time_thread_time_ns, "Nanoseconds of this thread.", 0},
    {"sleep", "(seconds, /)", time_sleep, "Waits; an interrupt ends it.", 0},
    {"localtime", "(seconds=None, /)", time_localtime, "A time here, taken apart.", 0},
    {"gmtime", "(seconds=None, /)", time_gmtime, "A time in UTC, taken apart.", 0},
    {"mktime", "(t, /)", time_mktime, "Seconds since 1970 of a time taken apart.", 0},
    {"strftime", "(format, t=None, /)", time_strftime, "A time as text.", 0},
    {"ctime", "(seconds=None, /)", time_ctime, "A time as text, shortly.", 0},
    {"asctime", "(t=None, /)", time_asctime, "A time taken apart as text, shortly.", 0},
    {0},
};

static bool time_init(AdjVM *vm, AdjModuleObj *m)
{
    tzset();
    return adj_vm_add_type(vm, m->dict, &type_struct_time) &&
           adj_dict_set_c(vm, m->dict, "timezone", adj_int_val(timezone));
}

const AdjModuleDef adj_lib_time = {"time", "Clocks and waiting.", time_functions, time_init};
