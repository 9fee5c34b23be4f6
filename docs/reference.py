# SPDX-License-Identifier: Apache-2.0
# Writes docs/reference.md from what the program says of itself: adjoint docs/reference.py >
# docs/reference.md. Signatures and texts are those of help(); an example is the first case that
# the tests run of a name.
import os
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import math
import random
import time
import itertools
import functools
import collections
import string

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0])))


# ---- examples ----

def lines_of(*path):
    with open(os.path.join(ROOT, *path)) as f:
        return f.read().splitlines()


def keep(examples, name, text):
    """The first one, unless a later one is shorter and as telling."""
    if name and name not in examples and len(text) < 70 and ";" not in text:
        examples[name] = text


def golden_examples(examples):
    folder = os.path.join(ROOT, "tests", "golden")
    for file in sorted(os.listdir(folder)):
        if file.endswith(".cases") and file != "errors.cases":
            for line in lines_of("tests", "golden", file):
                name, *rest = line.split("\t")
                if len(rest) == 4:
                    keep(examples, name, rest[3])


def layer_examples(examples):
    """The expression after `lambda:` in case("Name", lambda: nn.Name(...), ...)."""
    folder = os.path.join(ROOT, "tests", "layers")
    for file in sorted(os.listdir(folder)):
        if file.endswith(".py"):
            for line in lines_of("tests", "layers", file):
                if line.startswith('case("') and "lambda: " in line:
                    name = line.split('"')[1]
                    text = line.split("lambda: ", 1)[1].split(", lambda")[0].rstrip(",")
                    keep(examples, name, text)


examples = {}
layer_examples(examples)
golden_examples(examples)


# ---- one entry, one section ----

def entry(prefix, name, value):
    print(f"\n#### {prefix}{name}\n\n```")
    help(value)
    if name in examples:
        print(f"example  {examples[name]}")
    print("```")


def is_public(name, value):
    return not name.startswith("_") and not type(value).__name__ == "module"


def section(title, about, prefix, owner, names):
    names = sorted(names)
    listed = " · ".join([f"`{n}`" for n in names])
    print(f"\n## {title}\n\n{about}\n\n{listed}")
    for name in names:
        entry(prefix, name, getattr(owner, name))


def public(owner, wanted=None):
    return [n for n in dir(owner) if is_public(n, getattr(owner, n))
            and (wanted is None or wanted(getattr(owner, n)))]


def is_class(value):
    return type(value) is type


def is_callable(value):
    return callable(value) and not is_class(value)


print("<!-- Written by docs/reference.py; do not edit. -->")
print("# Reference\n")
print("Every operation, layer, loss, optimizer, schedule and builtin, as `help()` shows them. "
      "An example is the first of the cases the tests run; `x0`, `x1` stand for tensors.")

operations = public(torch, is_callable)
section("Operations", "Functions of `torch`; most are also methods of tensors, and those whose "
        "text says so have an in-place form with `_` at the end.", "torch.", torch,
        [n for n in operations if not n.endswith("_")])
section("Functional", "Functions of `torch.nn.functional` that `torch` does not have.", "F.", F,
        [n for n in public(F, is_callable) if n not in operations and not n.endswith("_")])
section("Tensor methods", "What a tensor has beyond the operations.", "Tensor.", torch.Tensor,
        [n for n in public(torch.Tensor) if n not in operations and not n.endswith("_")])

losses = [n for n in public(nn, is_class) if "Loss" in n]
section("Layers", "Classes of `torch.nn`.", "nn.", nn,
        [n for n in public(nn, is_class) if n not in losses])
section("Losses", "Classes of `torch.nn` that end in a number.", "nn.", nn, losses)
section("Methods of modules", "What every layer has.", "Module.", nn.Module, public(nn.Module))
section("Initialisers", "Functions of `torch.nn.init`.", "nn.init.", nn.init,
        public(nn.init, is_callable))
section("Optimizers", "Classes of `torch.optim`.", "optim.", optim, public(optim, is_class))
section("Schedules", "Classes of `torch.optim.lr_scheduler`.", "lr_scheduler.",
        optim.lr_scheduler, public(optim.lr_scheduler, is_class))
section("Data", "Names of `torch.utils.data`.", "data.", torch.utils.data,
        public(torch.utils.data))

import builtins as prelude
known = operations + public(nn) + public(F) + public(optim)
section("Builtins", "Names that need no import, beside those above.", "", prelude,
        [n for n in public(prelude) if n not in known and not n.endswith("Error")])
for module in [math, random, time, itertools, functools, collections, string]:
    name = module.__name__
    section(f"Module {name}", f"Names of `{name}`.", f"{name}.", module, public(module))
