# SPDX-License-Identifier: Apache-2.0
# The environment of the program is what os.environ says.
import os

os.environ["ADJ_ONE"] = "1"
print(os.getenv("ADJ_ONE"), os.environ["ADJ_ONE"], "ADJ_ONE" in os.environ)
os.environ.update({"ADJ_TWO": "2"}, ADJ_THREE="3")
print(os.getenv("ADJ_TWO"), os.getenv("ADJ_THREE"))
print(os.environ.setdefault("ADJ_TWO", "x"), os.environ.setdefault("ADJ_FOUR", "4"))
print(os.getenv("ADJ_FOUR"))
del os.environ["ADJ_ONE"]
print(os.getenv("ADJ_ONE"), os.environ.get("ADJ_ONE", "gone"))
print(os.environ.pop("ADJ_TWO"), os.getenv("ADJ_TWO"), os.environ.pop("ADJ_TWO", None))
for key, value in (("ADJ_FIVE", 5), (5, "five")):
    try:
        os.environ[key] = value
    except TypeError as e:
        print(e)
try:
    del os.environ["ADJ_NONE"]
except KeyError as e:
    print("KeyError", e)
