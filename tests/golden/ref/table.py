# SPDX-License-Identifier: Apache-2.0
"""The row of a case table: case(op, expression, inputs) appended to CASES by each family."""


def rows():
    table = []

    def case(op, expression, *specs, order=2, tol=1, flags=""):
        table.append((op, expression, specs, order, tol, flags))

    return table, case
