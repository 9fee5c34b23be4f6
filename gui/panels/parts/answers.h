// SPDX-License-Identifier: Apache-2.0
// answers.h: what students answered, as plain text for their teacher (docs/lessons.md).
#pragma once

#include <glib.h>

// The file of [lesson], newly allocated: NAME.txt in the folder "adjoint/answers" of the user's
// data.
char *adj_ui_answers_path(const char *lesson);

// Appends one line: when, where, what was answered, the name of its mark (quiz.def), what it
// is. FALSE: it could not be written.
gboolean adj_ui_answers_add(const char *lesson, const char *where, const char *answer,
                            const char *mark, double truth);
