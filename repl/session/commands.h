// SPDX-License-Identifier: Apache-2.0
// commands.h: the words that may stand first on the command line instead of a file, one row of
// commands.def each. A command takes the words behind it and gives the exit status.
#pragma once

#define COMMAND(name, arguments, text) int adj_command_##name(int argc, char **argv);
#include "commands.def"
#undef COMMAND
