// SPDX-License-Identifier: Apache-2.0
// plugin.h: where the program's own modules are: the parts with libraries that a prompt does
// without (figures, the kernel), each in a file of its own that is opened at first use.
#pragma once
#include <stddef.h>

// Opens [file] ("libadjoint-plot.so"): what the environment variable [variable] names, or
// beside the program, in [folder] of the build folder (also seen from its tests), or where it
// was installed. NULL with a reason in [why].
void *adj_plugin_open(const char *file, const char *folder, const char *variable, char *why,
                      size_t room);
// The path of the running program; "" when the system does not say.
void adj_program_path(char *path, size_t room);
