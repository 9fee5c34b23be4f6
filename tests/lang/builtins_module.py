# SPDX-License-Identifier: Apache-2.0
import builtins
print(builtins.len([1, 2, 3]), builtins.max is max)
builtins.shout = lambda text: text.upper() + "!"
print(shout("seen everywhere"))
del builtins.shout
try:
    shout("gone")
except NameError as e:
    print(e)
print("print" in dir(builtins), builtins.__name__)
