// SPDX-License-Identifier: Apache-2.0
// settings.h: the rows of settings.def: what a user prefers, else their defaults. They are read
// when they are needed, so a change holds for what begins after it.
#pragma once

#include <stdbool.h>

typedef struct {
    const char *name, *group, *title, *text;
    bool is_flag;
    int otherwise, least, most, step;  // of a flag: 0 or 1
} AdjUiSetting;

extern const AdjUiSetting adj_ui_settings[];  // ends with a row without a name

typedef enum {
#define FLAG(name, otherwise, group, title, text) ADJ_UI_SET_##name,
#define NUMBER(name, otherwise, least, most, step, group, title, text) ADJ_UI_SET_##name,
#include "settings.def"
#undef FLAG
#undef NUMBER
} AdjUiSettingName;

int adj_ui_setting(AdjUiSettingName name);
void adj_ui_set(AdjUiSettingName name, int value);

// What the colours of windows follow: "system", "light" or "dark"; constant.
const char *adj_ui_style(void);
void adj_ui_keep_style(const char *style);
