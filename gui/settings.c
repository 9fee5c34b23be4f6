// SPDX-License-Identifier: Apache-2.0
// settings.c: see settings.h. They lie in the file of small choices (panels/keep.h).
#include "settings.h"

#include "panels/parts/keep.h"

#include <glib/gi18n.h>

const AdjUiSetting adj_ui_settings[] = {
#define FLAG(name, otherwise, group, title, text) \
    {#name, group, title, text, true, otherwise, 0, 1, 1},
#define NUMBER(name, otherwise, least, most, step, group, title, text) \
    {#name, group, title, text, false, otherwise, least, most, step},
#include "settings.def"
#undef FLAG
#undef NUMBER
    {NULL}};

int adj_ui_setting(AdjUiSettingName name)
{
    const AdjUiSetting *s = &adj_ui_settings[name];
    return CLAMP(adj_ui_kept_number("settings", s->name, s->otherwise), s->least, s->most);
}

void adj_ui_set(AdjUiSettingName name, int value)
{
    adj_ui_keep_number("settings", adj_ui_settings[name].name, value);
}

static const char *const styles[] = {"system", "light", "dark"};

const char *adj_ui_style(void)
{
    int i = adj_ui_kept_number("settings", "style", 0);
    return styles[CLAMP(i, 0, (int)G_N_ELEMENTS(styles) - 1)];
}

void adj_ui_keep_style(const char *style)
{
    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        if (!g_strcmp0(styles[i], style)) adj_ui_keep_number("settings", "style", (int)i);
}
