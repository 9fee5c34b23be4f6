// SPDX-License-Identifier: Apache-2.0
// command.c: `adjoint export`.
#include "session/commands.h"

#include "export/export.h"
#include "session/notebook_words.h"

#include "adjoint.h"
#include "io/file.h"

#include <stdlib.h>
#include <string.h>

static int write_page(const AdjNotebook *nb, const char *path, const char *out)
{
    AdjFileOut file;
    if (adj_file_create(&file, out) && adj_file_finish(&file, adj_html_page(file.f, nb, path)))
        return 0;
    fprintf(stderr, "adjoint: %s: %s\n", out, adj_error_text());
    adj_error_clear();
    return 2;
}

int adj_command_export(int argc, char **argv)
{
    AdjNotebook nb;
    AdjWords w = adj_notebook_words("export", ADJ_WORDS_EXPORT, argc, argv);
    if (w.failed || !adj_notebook_read_any(&nb, w.path)) return 2;
    char *beside = w.out ? NULL : adj_path_with_suffix(w.path, ".html");
    const char *out = w.out ? w.out : beside;
    int status = 0;
    if (!w.as_is) {
        w.how.record = true;
        status = adj_notebook_run_words(&nb, &w, false);
    }
    // A page of the cells up to the one that failed still shows what failed.
    int written = out ? write_page(&nb, w.path, out) : 2;
    free(beside);
    adj_notebook_free(&nb);
    return written ? written : status;
}
