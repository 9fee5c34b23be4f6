// SPDX-License-Identifier: Apache-2.0
//
// Panels on a real session: the program's own kernel is started, trains a net, and the panels
// walk backward through it, look at its tensors, curves, gradients and the loss around it. What
// the walk shows at the leaves is compared with what backward() leaves there.

#include "panels/maps/maps.h"
#include "panels/panel.h"
#include "session/client.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"
#include "timeline/strip.h"

#include <math.h>
#include <string.h>

extern const AdjUiPanel adj_ui_panel_maps, adj_ui_panel_tape, adj_ui_panel_tensor,
    adj_ui_panel_curves, adj_ui_panel_gradients, adj_ui_panel_activations, adj_ui_panel_surface,
    adj_ui_panel_check, adj_ui_panel_points, adj_ui_panel_exercise;

static const char program[] =
    "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
    "import torch.optim as optim\n"
    "torch.manual_seed(0)\n"
    "x = torch.randn(4, 3)\n"
    "y = torch.tensor([0, 1, 1, 0])\n"
    "net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))\n"
    "optimizer = optim.SGD(net.parameters(), lr=0.1)\n"
    "for step in range(40):\n"
    "    optimizer.zero_grad()\n"
    "    loss = F.cross_entropy(net(x), y)\n"
    "    loss.backward()\n"
    "    optimizer.step()\n"
    "optimizer.zero_grad()\n"
    "loss = F.cross_entropy(net(x), y)\n"
    "g = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)\n";

static int replies;

static void over(gpointer self, const AdjUiMessage *m)
{
    (void)self;
    if (!m) replies++;
}

static gboolean wait_for(gboolean (*there)(gpointer), gpointer data)
{
    for (int i = 0; i < 400; i++) {
        if (there(data)) return TRUE;
        shot_settle(25);
    }
    return FALSE;
}

static gboolean replied(gpointer count)
{
    return replies >= GPOINTER_TO_INT(count);
}

static void send_code(AdjUiModel *model, const char *code)
{
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "code", code);
    json_object_set_boolean_member(o, "silent", FALSE);
    json_object_set_boolean_member(o, "store_history", TRUE);
    adj_ui_client_send(adj_ui_model_client(model), ADJ_UI_SHELL, "execute_request", o, over,
                       NULL);
}

static gboolean run(AdjUiModel *model, const char *code)
{
    int want = replies + 1;
    send_code(model, code);
    return wait_for(replied, GINT_TO_POINTER(want));
}

typedef struct {
    const AdjUiPanel *row;
    GtkWidget *panel;
    const char *text;
} Shown;

static gboolean shows(gpointer data)
{
    const Shown *s = data;
    g_autofree char *table = s->row->table(s->panel);
    return strstr(table, s->text) != NULL;
}

static gboolean comes_to_show(const AdjUiPanel *row, GtkWidget *panel, const char *text)
{
    return wait_for(shows, &(Shown){row, panel, text});
}

static GtkWidget *find(GtkWidget *w, GType type, int *nth)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type) && (*nth)-- == 0) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = find(c, type, nth);
        if (found) return found;
    }
    return NULL;
}

static GtkWidget *nth(GtkWidget *w, GType type, int n)
{
    return find(w, type, &n);
}

static JsonObject *peeked;
static gboolean answered;

static void take_peek(gpointer self, JsonObject *reply, const char *error)
{
    (void)self;
    answered = TRUE;
    if (!error) peeked = json_object_ref(reply);
}

static gboolean has_answer(gpointer unused)
{
    (void)unused;
    return answered;
}

// The norm of a gradient as the session has it.
static double grad_norm(AdjUiModel *model, const char *name)
{
    answered = FALSE;
    g_clear_pointer(&peeked, json_object_unref);
    adj_ui_model_ask(model, "peek",
                     adj_ui_fields("name", adj_ui_say_text(name), "of", adj_ui_say_text("grad"),
                                   "statistics", adj_ui_say_flag(TRUE), NULL),
                     take_peek, NULL, NULL);
    wait_for(has_answer, NULL);
    return peeked ? adj_ui_reply_norm(peeked) : NAN;
}

static const char *text_of(AdjUiModel *model, const char *name)
{
    answered = FALSE;
    g_clear_pointer(&peeked, json_object_unref);
    adj_ui_model_ask(model, "peek", adj_ui_fields("name", adj_ui_say_text(name), NULL),
                     take_peek, NULL, NULL);
    wait_for(has_answer, NULL);
    return adj_ui_reply_text(peeked, "text", "");
}

// The gradient norm that the tape's table shows for a leaf.
static double shown_norm(GtkWidget *panel, const char *leaf)
{
    g_autofree char *table = adj_ui_panel_tape.table(panel);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], leaf))
            return g_ascii_strtod(strrchr(lines[i], ',') + 1, NULL);
    return NAN;
}

// The last number of the table's row that begins so.
static double row_number(GtkWidget *panel, const char *row)
{
    g_autofree char *table = adj_ui_panel_tape.table(panel);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], row))
            return g_ascii_strtod(strrchr(lines[i], ',') + 1, NULL);
    return NAN;
}

// A leaf's gradient as the sum of what its readers send, and without zero_grad.
static void fan(GtkWidget *panel, GtkWidget *window, AdjUiModel *model)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = (char *)"net.2.weight";
    adj_ui_model_select(model, &s);
    adj_ui_panel_tape.select(panel, adj_ui_model_selection(model));
    ok(comes_to_show(&adj_ui_panel_tape, panel, "total,net.2.weight"),
       "a weight that is chosen shows the sum of its gradient");
    double once = row_number(panel, "total,net.2.weight");
    near(row_number(panel, "term,addmm_t"), once, 1e-12, "which is what its one reader sends");
    GtkWidget *forget = NULL;
    for (int i = 0; i < 12 && !forget; i++) {
        GtkWidget *b = nth(panel, GTK_TYPE_TOGGLE_BUTTON, i);
        if (b && !g_strcmp0(gtk_button_get_label(GTK_BUTTON(b)), "Forget zero_grad"))
            forget = b;
    }
    ok(forget != NULL, "zero_grad can be forgotten");
    if (!forget) return;
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(forget), TRUE);
    ok(comes_to_show(&adj_ui_panel_tape, panel, "earlier,net.2.weight"),
       "and a bar is left over");
    near(row_number(panel, "earlier,"), once, 1e-12, "from the step before");
    double twice = row_number(panel, "total,net.2.weight");
    ok(twice > 1.5 * once && twice < 2.5 * once, "with it the gradient is about twice as long");
    ok(shot_take(window, "session_fan"), "a picture of the sum");
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(forget), FALSE);
    shot_settle(150);
}

static void tape(AdjUiModel *model)
{
    static const char *const leaves[] = {"net.0.weight", "net.0.bias", "net.2.weight",
                                         "net.2.bias"};
    GtkWidget *panel = adj_ui_panel_tape.create(model);
    GtkWidget *window = shot_window(panel, 1100, 860);
    adj_ui_panel_tape.update(panel);
    ok(comes_to_show(&adj_ui_panel_tape, panel, "cross_entropy"), "the trace is on the tape");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "net.0.weight"), "with the weights");
    shot_settle(300);
    GtkWidget *canvas = nth(panel, GTK_TYPE_OVERLAY, 0);
    shot_key(canvas, GDK_KEY_F7, 0);
    ok(comes_to_show(&adj_ui_panel_tape, panel, ",next,"), "the pass begins");
    shot_key(canvas, GDK_KEY_F7, 0);
    shot_settle(400);
    ok(shot_take(window, "session_tape"), "a picture of the walk");

    fan(panel, window, model);
    shot_key(canvas, GDK_KEY_Left, GDK_ALT_MASK);
    shot_settle(200);
    shot_key(canvas, GDK_KEY_F8, 0);
    ok(comes_to_show(&adj_ui_panel_tape, panel, "gather,"), "F8 opens the cross entropy");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "exp,"), "with the exponentials of a softmax");
    for (int i = 0; i < 4; i++) {
        shot_key(canvas, GDK_KEY_F7, 0);
        shot_settle(150);
    }
    ok(shot_take(window, "session_inside"), "a picture of its inside");
    shot_key(canvas, GDK_KEY_F8, GDK_SHIFT_MASK);
    ok(comes_to_show(&adj_ui_panel_tape, panel, "net.0.weight"), "Shift+F8 comes out again");
    Shown next = {&adj_ui_panel_tape, panel, ",next,"};
    for (int i = 0; i < 12 && shows(&next); i++) {
        shot_key(canvas, GDK_KEY_F7, 0);
        shot_settle(150);
    }
    ok(!shows(&next), "and comes to its end");
    for (int i = 0; i < 4; i++)
        near(shown_norm(panel, leaves[i]), (float)grad_norm(model, leaves[i]), 1e-7,
             "%s: its .grad is what the walk showed", leaves[i]);
    ok(run(model, "same = all([torch.equal(p.grad, g) for p, g in zip(net.parameters(), g)])"),
       "compared in the session");
    equal_str(text_of(model, "same"), "True", "bit for bit what backward() makes");
    gtk_window_destroy(GTK_WINDOW(window));
}

static GtkWidget *opened(const AdjUiPanel *row, AdjUiModel *model, GtkWidget **window)
{
    GtkWidget *panel = row->create(model);
    *window = shot_window(panel, 900, 640);
    if (row->show) row->show(panel, TRUE);
    if (row->update) row->update(panel);
    return panel;
}

static void closed(const AdjUiPanel *row, GtkWidget *panel, GtkWidget *window)
{
    g_autofree char *name = g_strdup_printf("session_%s", row->name);
    // Under load the last layout may still be on its way: then there is nothing to take yet.
    gboolean taken = FALSE;
    for (int i = 0; i < 20 && !taken; i++) {
        shot_settle(100);
        taken = shot_take(window, name);
    }
    ok(taken, "%s: a picture", row->name);
    if (row->show) row->show(panel, FALSE);
    gtk_window_destroy(GTK_WINDOW(window));
}

// Entries of a panel are filled in order; the last is activated.
static void type(GtkWidget *panel, const char *first, const char *second)
{
    gtk_editable_set_text(GTK_EDITABLE(nth(panel, GTK_TYPE_ENTRY, 0)), first);
    if (second) gtk_editable_set_text(GTK_EDITABLE(nth(panel, GTK_TYPE_ENTRY, 1)), second);
    g_signal_emit_by_name(nth(panel, GTK_TYPE_ENTRY, second ? 1 : 0), "activate");
}

// 64 values of the loss, then 16 distances with two errors each.
static gboolean is_wiggled(gpointer panel)
{
    g_autofree char *table = adj_ui_panel_tensor.table(panel);
    const char *at = strstr(table, "value,loss,promised\n");
    int lines = 0;
    for (; at && *at; at++) lines += *at == '\n';
    return lines == 1 + 64 + 1 + 16;
}

static gboolean has_rows(gpointer list)
{
    return gtk_list_box_get_row_at_index(GTK_LIST_BOX(list), 0) != NULL;
}

static void values(AdjUiModel *model)
{
    GtkWidget *window, *panel = opened(&adj_ui_panel_tensor, model, &window);
    type(panel, "net.0.weight", NULL);
    ok(comes_to_show(&adj_ui_panel_tensor, panel, "\n"), "tensor: a weight is shown");
    shot_key(nth(panel, GTK_TYPE_OVERLAY, 0), GDK_KEY_Right, 0);
    shot_key(nth(panel, GTK_TYPE_OVERLAY, 0), GDK_KEY_w, 0);
    ok(wait_for(is_wiggled, panel), "tensor: an element wiggled, its errors measured");
    closed(&adj_ui_panel_tensor, panel, window);
    panel = opened(&adj_ui_panel_curves, model, &window);
    ok(comes_to_show(&adj_ui_panel_curves, panel, "loss,40,"), "curves: forty losses");
    closed(&adj_ui_panel_curves, panel, window);
    panel = opened(&adj_ui_panel_surface, model, &window);
    ok(comes_to_show(&adj_ui_panel_surface, panel, "\n4,"),
       "surface: the cut of what the program descends on");
    gtk_drop_down_set_selected(GTK_DROP_DOWN(nth(panel, GTK_TYPE_DROP_DOWN, 1)), 2);
    type(panel, "F.cross_entropy(net(x), y)", "net");
    ok(comes_to_show(&adj_ui_panel_surface, panel, "\n1,"), "surface: a grid around the point");
    closed(&adj_ui_panel_surface, panel, window);
    panel = opened(&adj_ui_panel_check, model, &window);
    type(panel, "F.cross_entropy(net(x), y)", "net.0.weight");
    ok(comes_to_show(&adj_ui_panel_check, panel, "good"), "check: the derivatives are good");
    closed(&adj_ui_panel_check, panel, window);
    panel = opened(&adj_ui_panel_points, model, &window);
    type(panel, "net[0:2](x)", "y");
    ok(comes_to_show(&adj_ui_panel_points, panel, "\n3,\"0\","),
       "points: a layer's activations for a batch, with their labels");
    shot_key(nth(panel, GTK_TYPE_OVERLAY, 0), GDK_KEY_Right, GDK_CONTROL_MASK);
    GtkWidget *list = nth(panel, GTK_TYPE_LIST_BOX, 0);
    ok(wait_for(has_rows, list), "points: what is near one of them");
    closed(&adj_ui_panel_points, panel, window);
    panel = opened(&adj_ui_panel_exercise, model, &window);
    run(model, "def linear_backward(dY, X, W, b, Y):\n"
               "    return dY @ W.T, X.T @ dY, dY\n");
    shot_settle(200);
    adj_ui_panel_exercise.update(panel);
    ok(comes_to_show(&adj_ui_panel_exercise, panel, "dW,right"), "exercise: a rule is judged");
    ok(comes_to_show(&adj_ui_panel_exercise, panel, "not summed over its first axis"),
       "exercise: and what is wrong is told");
    closed(&adj_ui_panel_exercise, panel, window);
}

static const char training[] = "for step in range(60):\n"
                               "    optimizer.zero_grad()\n"
                               "    loss = F.cross_entropy(net(x), y)\n"
                               "    loss.backward()\n"
                               "    optimizer.step()\n"
                               "    time.sleep(0.01)\n";

static void live(AdjUiModel *model)
{
    GtkWidget *flow_window, *window;
    GtkWidget *flow = opened(&adj_ui_panel_gradients, model, &flow_window);
    GtkWidget *panel = opened(&adj_ui_panel_activations, model, &window);
    text_of(model, "nothing");  // the subscriptions have arrived
    ok(run(model, "import time\n") && run(model, training), "it trains on");
    ok(comes_to_show(&adj_ui_panel_activations, panel, "net.1,"),
       "activations: a layer arrives");
    ok(comes_to_show(&adj_ui_panel_gradients, flow, "net.0"), "gradients: a layer arrives");
    closed(&adj_ui_panel_activations, panel, window);
    closed(&adj_ui_panel_gradients, flow, flow_window);
}

static const char pictures[] =
    "torch.manual_seed(2)\n"
    "eye = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),\n"
    "                    nn.Conv2d(4, 3, 3, stride=2), nn.Flatten(), nn.Linear(48, 2))\n"
    "images = torch.randn(3, 2, 18, 18)\n"
    "turn = optim.SGD(eye.parameters(), lr=0.01)\n"
    "def look():\n"
    "    for _ in range(20):\n"
    "        turn.zero_grad()\n"
    "        eye(images).square().sum().backward()\n"
    "        turn.step()\n"
    "        time.sleep(0.01)\n";

static GtkWidget *toggle_of(GtkWidget *panel, const char *icon)
{
    for (int i = 0; i < 12; i++) {
        GtkWidget *b = nth(panel, GTK_TYPE_TOGGLE_BUTTON, i);
        if (b && !g_strcmp0(gtk_button_get_icon_name(GTK_BUTTON(b)), icon)) return b;
    }
    return NULL;
}

// The two numbers of the table's last row: what the lens adds up, and what the step recorded.
static gboolean adds_up(GtkWidget *panel)
{
    g_autofree char *table = adj_ui_panel_activations.table(panel);
    const char *row = strstr(table, "total,");
    double total = NAN, recorded = NAN;
    if (row) sscanf(row, "total,%*d,%*d,%lf,recorded,%lf", &total, &recorded);
    return fabs(total - recorded) <= 1e-5 * (1 + fabs(total));
}

// Looks into a layer: its own step is pinned, an element is the sum that is shown, and walks
// with the arrows; then the other way.
static void lens_of(GtkWidget *panel, GtkWidget *window, AdjUiModel *model, const char *layer)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    g_autofree char *name = g_strdup_printf("session_lens_%s", layer);
    s.module = (char *)layer;
    adj_ui_model_select(model, &s);
    adj_ui_panel_activations.select(panel, adj_ui_model_selection(model));
    ok(comes_to_show(&adj_ui_panel_activations, panel, "total,"), "%s: a lens", layer);
    GtkWidget *sheet = nth(nth(panel, GTK_TYPE_STACK, 0), GTK_TYPE_OVERLAY, 1);
    gboolean fine = adds_up(panel);
    for (int i = 0; i < 4; i++) {
        shot_key(sheet, i % 2 ? GDK_KEY_Down : GDK_KEY_Right, 0);
        shot_settle(120);
        fine &= adds_up(panel);
    }
    ok(fine, "%s: what is shown sums to what was recorded", layer);
    ok(shot_take(window, name), "%s: a picture", layer);
}

// A cell that fails: the tape up to there, the two shapes, and a form that fits.
static void failing(AdjUiModel *model)
{
    GtkWidget *window, *panel = opened(&adj_ui_panel_tape, model, &window);
    run(model, "h = torch.tanh(torch.ones(4, 3)) * 2\nv = torch.ones(5, 4, 3)\nz = h @ h\n");
    adj_ui_panel_tape.update(panel);
    ok(comes_to_show(&adj_ui_panel_tape, panel, "failed,"),
       "the operation that failed is shown");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "4 × 3,axis,-1"),
       "with the axis of one operand");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "4 × 3,axis,-2"), "and that of the other");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "try,h @ h.T"), "and a form that would fit");
    ok(comes_to_show(&adj_ui_panel_tape, panel, "matmul,"), "at the end of the tape");
    shot_settle(400);
    ok(shot_take(window, "session_failure"), "a picture of it");
    ok(run(model, "z = h @ h.T\n"), "corrected");
    adj_ui_panel_tape.update(panel);
    shot_settle(400);
    g_autofree char *table = adj_ui_panel_tape.table(panel);
    ok(!strstr(table, "failed,"), "nothing has failed any more");
    closed(&adj_ui_panel_tape, panel, window);
}

static void lenses(AdjUiModel *model)
{
    GtkWidget *window, *panel = opened(&adj_ui_panel_activations, model, &window);
    text_of(model, "nothing");
    ok(run(model, pictures) && run(model, "look()\n"), "a net with pictures trains");
    ok(comes_to_show(&adj_ui_panel_activations, panel, "eye.0"), "its layers are there");
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.module = (char *)"eye.0";
    adj_ui_model_select(model, &s);
    adj_ui_panel_activations.select(panel, adj_ui_model_selection(model));
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(toggle_of(panel, "edit-find-symbolic")),
                                 TRUE);
    shot_settle(300);
    ok(run(model, "look()\n"), "a step that is kept");
    adj_ui_panel_activations.update(panel);
    lens_of(panel, window, model, "eye.0");
    lens_of(panel, window, model, "eye.2");
    lens_of(panel, window, model, "eye.5");
    lens_of(panel, window, model, "eye.3");
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(toggle_of(panel, "go-previous-symbolic")),
                                 TRUE);
    shot_settle(300);
    ok(adds_up(panel), "backward: the input's gradient is the sum over where it goes");
    closed(&adj_ui_panel_activations, panel, window);
}

static const char moons[] =
    "torch.manual_seed(3)\n"
    "points, labels = moons(40, noise=0.1, seed=1)\n"
    "plane = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))\n"
    "bender = optim.Adam(plane.parameters(), lr=0.05)\n"
    "sizes = []\n"
    "def bend(steps, pause):\n"
    "    for _ in range(steps):\n"
    "        logits = plane(points)\n"
    "        loss = F.cross_entropy(logits, labels)\n"
    "        bender.zero_grad()\n"
    "        loss.backward()\n"
    "        bender.step()\n"
    "        sizes.append(len(logits))\n"
    "        time.sleep(pause)\n";

static gboolean counts_points(gpointer count)
{
    return adj_ui_maps_of(((GtkWidget **)count)[0])->data->plane.train.count ==
           *((int **)count)[1];
}

static gboolean is_mapped(gpointer panel)
{
    return adj_ui_maps_of(panel)->data->net.count == 3 && !adj_ui_maps_of(panel)->edits;
}

// Points are painted while a cell trains on them: its next step has them, and nothing breaks.
static void maps(AdjUiModel *model)
{
    GtkWidget *window, *panel;
    int more = 43, all = 40;
    ok(run(model, moons) && run(model, "bend(200, 0)"), "a net of the plane trains");
    panel = opened(&adj_ui_panel_maps, model, &window);
    AdjUiMaps *m = adj_ui_maps_of(panel);
    ok(wait_for(is_mapped, panel), "maps: net, units and points are there");
    equal_int(m->data->plane.train.count, 40, "maps: all points");
    equal_str(m->data->points, "points", "maps: by the name they have");
    ok(adj_ui_plane_right(m->data, &m->data->plane.train) > 30, "maps: most on their side");
    text_of(model, "nothing");
    int before = replies;
    send_code(model, "bend(150, 0.01)");
    shot_settle(150);
    shot_key(m->sheet, GDK_KEY_1, 0);
    for (int i = 0; i < 3; i++) {
        shot_key(m->sheet, GDK_KEY_space, 0);
        shot_key(m->sheet, GDK_KEY_Right, 0);
    }
    ok(wait_for(counts_points, (gpointer[]){panel, &more}), "maps: three points are painted");
    ok(wait_for(replied, GINT_TO_POINTER(before + 1)), "maps: the cell comes to its end");
    run(model, "grown = sizes[200] == 40 and sizes[-1] == 43 and len(labels) == 43\n"
               "steps = len(sizes)");
    equal_str(text_of(model, "grown"), "True", "maps: its later steps had them");
    equal_str(text_of(model, "steps"), "350", "maps: and no step failed");
    for (int i = 0; i < 3; i++) shot_key(m->sheet, GDK_KEY_z, GDK_CONTROL_MASK);
    ok(wait_for(counts_points, (gpointer[]){panel, &all}), "maps: and are taken back");
    ok(wait_for(is_mapped, panel), "maps: the session has done so");
    run(model, "left = len(points)");
    equal_str(text_of(model, "left"), "40", "maps: in the session too");
    closed(&adj_ui_panel_maps, panel, window);
}

static const char going[] = "was = []\n"
                            "def go_on(n, losses):\n"
                            "    for i in range(n):\n"
                            "        pick = torch.randint(0, 4, (3,))\n"
                            "        optimizer.zero_grad()\n"
                            "        loss = F.cross_entropy(net(x[pick]), y[pick])\n"
                            "        loss.backward()\n"
                            "        optimizer.step()\n"
                            "        losses.append(loss.item())\n"
                            "go_on(12, was)\n";

static gboolean keeps(gpointer strip)
{
    g_autofree char *table = adj_ui_strip_table(strip);
    return strstr(table, "kept,") != NULL;
}

static gboolean has_moved(gpointer model)
{
    AdjUiCursor *c = adj_ui_cursor_of(model);
    return adj_ui_cursor_step(c) == adj_ui_cursor_wish(c);
}

static void nothing(gpointer self, JsonObject *data)
{
    (void)self, (void)data;
}

// The strip of time over a real past: a step of it is looked at, and gone back to.
static void past(AdjUiModel *model)
{
    GtkWidget *strip = adj_ui_strip_new(model, NULL, NULL);
    GtkWidget *window = shot_window(strip, 900, 130);
    adj_ui_model_subscribe(model,
                           adj_ui_fields("topic", adj_ui_say_text("timeline"), "every",
                                         adj_ui_say_flag(TRUE), NULL),
                           nothing, NULL, NULL);
    adj_ui_strip_want(strip, TRUE);
    text_of(model, "nothing");  // the subscriptions have arrived
    ok(run(model, going) && wait_for(keeps, strip), "the strip shows what is kept");
    AdjUiCursor *c = adj_ui_cursor_of(model);
    shot_key(nth(strip, GTK_TYPE_OVERLAY, 0), GDK_KEY_Left, 0);
    wait_for(has_moved, model);
    gint64 last = adj_ui_cursor_step(c);
    adj_ui_cursor_go(c, last - 5);
    wait_for(has_moved, model);
    ok(last > 12 && adj_ui_cursor_step(c) == last - 5 && adj_ui_cursor_is_same(c),
       "a step of the past comes out bit for bit");
    g_autofree char *now = g_strdup(text_of(model, "net.0.weight"));
    ok(shot_take(window, "session_strip"), "a picture of a real past");
    answered = FALSE;
    adj_ui_model_ask(model, "branch", adj_ui_fields("step", adj_ui_say_int(last - 5), NULL),
                     take_peek, NULL, NULL);
    wait_for(has_answer, NULL);
    ok(strcmp(now, text_of(model, "net.0.weight")) != 0, "the program has gone back");
    run(model, "again = []\ngo_on(5, again)\nequal = again == was[-5:]\n");
    equal_str(text_of(model, "equal"), "True", "and comes to the same losses again");
    adj_ui_cursor_go(c, ADJ_UI_NONE);
    wait_for(has_moved, model);
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    if (!adj_ui_client_start(adj_ui_model_client(model), g_get_tmp_dir(), NULL, &error)) {
        g_object_unref(model);
        return skip_all("no session: %s", error->message);
    }
    // A session records steps while somebody watches: the comm must be open before it trains.
    text_of(model, "nothing");
    ok(run(model, program), "the program runs");
    tape(model);
    values(model);
    live(model);
    lenses(model);
    maps(model);
    past(model);
    failing(model);
    adj_ui_client_stop(adj_ui_model_client(model));
    shot_settle(300);
    g_object_unref(model);
    return done();
}
