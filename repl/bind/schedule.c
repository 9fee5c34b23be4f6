// SPDX-License-Identifier: Apache-2.0
// schedule.c: torch.optim.lr_scheduler: a class per row of the engine's schedules, and
// LambdaLR, whose rule is a function of the language. A schedule reads and writes
// param_groups[i]['lr'].
#include "bind/optim.h"

typedef struct {
    AdjType type;
    const AdjScheduleRow *row;  // NULL: LambdaLR
} RowType;

typedef struct {
    AdjObj head;
    AdjVal optimizer;  // kept
    AdjList *base_lrs;
    AdjVal functions;  // LambdaLR: one callable or a list
    AdjValue *args;
    int64_t last_epoch;
} ScheduleObj;

static RowType *row_types;
static AdjType base_type, lambda_type;

static const AdjScheduleRow *row_of(const AdjType *t)
{
    while (t && (t->flags & ADJ_TF_HEAP)) t = t->base;
    return t && t != &base_type && t != &lambda_type ? ((const RowType *)t)->row : NULL;
}

static ScheduleObj *schedule(AdjVal v)
{
    return (ScheduleObj *)v.o;
}

static void schedule_drop(AdjObj *obj)
{
    ScheduleObj *s = (ScheduleObj *)obj;
    const AdjScheduleRow *row = row_of(obj->type);
    if (row) adj_args_free(row->args, row->n_args, s->args);
    s->args = NULL;
    adj_val_set(&s->optimizer, ADJ_NONE);
    adj_val_set(&s->functions, ADJ_NONE);
    adj_obj_drop(s->base_lrs);
    s->base_lrs = NULL;
}

static void schedule_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    ScheduleObj *s = (ScheduleObj *)obj;
    if (s->optimizer.tag == ADJ_T_OBJ) visit(s->optimizer.o, arg);
    if (s->functions.tag == ADJ_T_OBJ) visit(s->functions.o, arg);
    if (s->base_lrs) visit((AdjObj *)s->base_lrs, arg);
}

static AdjList *groups_of(ScheduleObj *s)
{
    return adj_optim_of(s->optimizer)->groups;
}

static bool read_lr(AdjVM *vm, AdjVal group, double *lr)
{
    AdjVal *v = adj_dict_find_c(adj_as_dict(group), "lr");
    AdjScalar x;
    if (!v || !adj_bind_to_scalar(vm, *v, &x)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "a parameter group has no number 'lr'");
    }
    *lr = x.f;
    return true;
}

static bool next_lr(AdjVM *vm, ScheduleObj *s, int64_t g, double now, double *lr)
{
    const AdjScheduleRow *row = row_of(s->head.type);
    double base = adj_as_double(s->base_lrs->items[g]);
    if (row) {
        *lr = row->lr(s->args, base, now, s->last_epoch);
        return true;
    }
    AdjVal fn = s->functions, epoch = adj_int_val(s->last_epoch), factor;
    if (adj_is_list(fn)) fn = adj_as_list(fn)->items[g];
    AdjScalar x;
    if (!adj_vm_call(vm, fn, &epoch, 1, NULL, &factor)) return false;
    bool ok = adj_bind_to_scalar(vm, factor, &x);
    adj_val_drop(factor);
    *lr = base * x.f;
    return ok ||
           adj_raise(vm, ADJ_EXC_TypeError, "LambdaLR: the function must return a number");
}

static bool advance(AdjVM *vm, ScheduleObj *s)
{
    AdjList *groups = groups_of(s);
    s->last_epoch++;
    for (int64_t g = 0; g < groups->len; g++) {
        double now, lr;
        if (!read_lr(vm, groups->items[g], &now) || !next_lr(vm, s, g, now, &lr) ||
            !adj_dict_set_c(vm, adj_as_dict(groups->items[g]), "lr", adj_float_val(lr)))
            return false;
    }
    return true;
}

static bool begin(AdjVM *vm, ScheduleObj *s)
{
    AdjList *groups = groups_of(s);
    s->last_epoch = -1;
    s->base_lrs = adj_list_new(vm, groups->len);
    for (int64_t g = 0; s->base_lrs && g < groups->len; g++) {
        double lr;
        if (!read_lr(vm, groups->items[g], &lr)) return false;
        AdjVal *first = adj_dict_find_c(adj_as_dict(groups->items[g]), "initial_lr");
        AdjVal base = first ? *first : adj_float_val(lr);
        if (!adj_dict_set_c(vm, adj_as_dict(groups->items[g]), "initial_lr", base) ||
            !adj_list_append(vm, s->base_lrs, base))
            return false;
    }
    return s->base_lrs && advance(vm, s);
}

static bool check_optimizer(AdjVM *vm, AdjVal self, AdjTuple *args)
{
    if (args->len && adj_is_optimizer(args->items[0]) && adj_optim_of(args->items[0])->groups)
        return true;
    return adj_raise(vm, ADJ_EXC_TypeError, "%s: expected an Optimizer, got %s",
                     adj_type_name(self),
                     args->len ? adj_type_name(args->items[0]) : "nothing");
}

static bool bind_row(AdjVM *vm, ScheduleObj *s, const AdjScheduleRow *row, AdjTuple *args,
                     AdjDict *kwargs)
{
    ADJ_SCOPE;
    AdjVal values[16], list[32];
    AdjValue converted[16];
    AdjTuple *names = adj_tuple_new(vm, kwargs->count);
    AdjEntry *e;
    int64_t n = 0;
    int given = (int)args->len - 1;
    if (!names || args->len + kwargs->count > 32) return false;
    memcpy(list, args->items + 1, (size_t)given * sizeof *list);
    for (int64_t i = 0; (e = adj_dict_next(kwargs, &i));) {
        if (adj_str_is(adj_as_str(e->key), "last_epoch")) continue;
        names->items[n] = adj_val_keep(e->key);
        list[given + n++] = e->value;
    }
    names->len = n;
    bool ok =
        adj_bind_args(vm, row->name, row->args, row->n_args, list, given, names, values) &&
        adj_bind_convert(vm, row->name, row->args, row->n_args, values, converted);
    for (int i = 0; i < row->n_args; i++) adj_val_drop(values[i]);
    adj_obj_drop(names);
    if (!ok) return false;
    s->args = adj_fill_args(row->name, row->args, row->n_args, converted);
    return s->args || !row->n_args || adj_bind_error(vm);
}

static bool m_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ScheduleObj *s = schedule(a[0]);
    AdjTuple *args = adj_as_tuple(a[1]);
    const AdjScheduleRow *row = row_of(a[0].o->type);
    if (!check_optimizer(vm, a[0], args)) return false;
    adj_val_set(&s->optimizer, adj_val_keep(args->items[0]));
    if (row)
        return bind_row(vm, s, row, args, adj_as_dict(a[2])) && begin(vm, s) &&
               adj_out_none(out);
    AdjVal *named = adj_dict_find_c(adj_as_dict(a[2]), "lr_lambda");
    if (args->len < 2 && !named) {
        return adj_raise(vm, ADJ_EXC_TypeError, "LambdaLR: missing the function lr_lambda");
    }
    adj_val_set(&s->functions, adj_val_keep(named ? *named : args->items[1]));
    return begin(vm, s) && adj_out_none(out);
}

static bool ready(AdjVM *vm, AdjVal self)
{
    return schedule(self)->base_lrs ||
           adj_raise(vm, ADJ_EXC_RuntimeError, "%s: __init__() has not run",
                     adj_type_name(self));
}

static bool m_step(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return ready(vm, a[0]) && advance(vm, schedule(a[0])) && adj_out_none(out);
}

static bool m_get_last_lr(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    AdjList *groups = groups_of(schedule(a[0])), *list = adj_list_new(vm, groups->len);
    for (int64_t g = 0; list && g < groups->len; g++) {
        double lr;
        if (!read_lr(vm, groups->items[g], &lr)) {
            adj_obj_drop(list);
            return false;
        }
        adj_list_append_take(vm, list, adj_float_val(lr));
    }
    return adj_out(out, list);
}

static bool m_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    AdjDict *d = adj_dict_new(vm);
    AdjVal last;
    bool ok = d && adj_dict_set_c(vm, d, "base_lrs", adj_obj_val(schedule(a[0])->base_lrs)) &&
              adj_dict_set_c(vm, d, "last_epoch", adj_int_val(schedule(a[0])->last_epoch)) &&
              m_get_last_lr(vm, a, 1, &last);
    if (ok) {
        ok = adj_dict_set_c(vm, d, "_last_lr", last);
        adj_val_drop(last);
    }
    if (ok) return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

static bool m_load_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal *last = adj_is_dict(a[1]) ? adj_dict_find_c(adj_as_dict(a[1]), "last_epoch") : NULL;
    AdjVal *bases = adj_is_dict(a[1]) ? adj_dict_find_c(adj_as_dict(a[1]), "base_lrs") : NULL;
    if (!ready(vm, a[0])) return false;
    if (!last || !adj_is_int(*last) || !bases || !adj_is_list(*bases)) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "load_state_dict: expected a dict with 'last_epoch' and 'base_lrs'");
    }
    ScheduleObj *s = schedule(a[0]);
    AdjList *copy = adj_list_of(vm, *bases);
    if (!copy) return false;
    adj_obj_drop(s->base_lrs);
    s->base_lrs = copy;
    s->last_epoch = last->i;
    return adj_out_none(out);
}

static bool get_last_epoch(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, schedule(self)->last_epoch);
}

static bool get_base_lrs(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return ready(vm, self) && adj_out_keep(out, adj_obj_val(schedule(self)->base_lrs));
}

static bool get_optimizer(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, schedule(self)->optimizer);
}

static const AdjNative methods[] = {
    {"__init__", "(self, *args, **kwargs)", m_init, "A schedule for an optimizer.", 0},
    {"step", "(self, epoch=None)", m_step, "Goes to the next epoch and sets the rates.", 0},
    {"get_last_lr", "(self)", m_get_last_lr, "The rates of the groups.", 0},
    {"state_dict", "(self)", m_state_dict, "Where the schedule is.", 0},
    {"load_state_dict", "(self, state_dict)", m_load_state_dict, "Takes over a state_dict().",
     0},
    {0},
};
static const AdjAttr attrs[] = {
    {"last_epoch", get_last_epoch, NULL, "Steps taken."},
    {"base_lrs", get_base_lrs, NULL, "The rates at the start."},
    {"optimizer", get_optimizer, NULL, "The optimizer whose rates are set."},
    {0},
};

#define SCHEDULE_TYPE \
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS, .size = sizeof(ScheduleObj)

static AdjType base_type = {.name = "LRScheduler",
                            SCHEDULE_TYPE,
                            .methods = methods,
                            .attrs = attrs,
                            .drop = schedule_drop,
                            .traverse = schedule_traverse,
                            .doc = "The base of schedules for the learning rate."};
static AdjType lambda_type = {.name = "LambdaLR",
                              .base = &base_type,
                              SCHEDULE_TYPE,
                              .doc = "The first rate times a function of the epoch."};

bool adj_bind_install_schedules(AdjVM *vm, AdjBindNames *n)
{
    size_t count = 0;
    while (adj_schedule_rows[count]) count++;
    if (!row_types) row_types = calloc(count + 1, sizeof *row_types);
    if (!row_types) return adj_raise(vm, ADJ_EXC_MemoryError, "lr_scheduler: no memory");
    if (!adj_type_ready(&base_type) || !adj_type_ready(&lambda_type)) return false;
    for (size_t i = 0; i < count; i++) {
        const AdjScheduleRow *row = adj_schedule_rows[i];
        row_types[i].row = row;
        row_types[i].type =
            (AdjType){.name = row->name, .base = &base_type, SCHEDULE_TYPE, .doc = row->doc};
        AdjType *t = &row_types[i].type;
        if (!adj_type_ready(t) || !adj_dict_set_c(vm, n->schedule, row->name, adj_obj_val(t)))
            return false;
    }
    return adj_dict_set_c(vm, n->schedule, "LRScheduler", adj_obj_val(&base_type)) &&
           adj_dict_set_c(vm, n->schedule, "LambdaLR", adj_obj_val(&lambda_type));
}
