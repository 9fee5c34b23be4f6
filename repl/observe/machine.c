// SPDX-License-Identifier: Apache-2.0
// machine.c: what the process uses, and stopping what runs in it.
#include "observe/watching.h"

#include "observe/observe.h"
#include "observe/profile.h"
#include "session/front.h"

bool adj_request_resources(AdjRequestCall *c)
{
    AdjResources r;
    adj_resources(&r);
    adj_put_number(c->out, "time", r.time);
    adj_put_number(c->out, "cpu", r.cpu);
    adj_put_int(c->out, "threads", r.threads);
    adj_put_int(c->out, "rss", r.resident);
    adj_put_int(c->out, "memory", r.memory);
    adj_put_int(c->out, "available", r.available);
    adj_put_int(c->out, "tensors", r.tensors);
    adj_put_int(c->out, "tensor_bytes", r.tensor_bytes);
    adj_put_number(c->out, "uptime", r.uptime);
    return true;
}

bool adj_request_interrupt(AdjRequestCall *c)
{
    bool running = adj_session_busy(c->session);
    if (running) adj_session_interrupt(c->session);
    adj_put_bool(c->out, "running", running);
    return true;
}
