# SPDX-License-Identifier: Apache-2.0
# Inheritance and small methods: one-way constraints kept up to date in a chain and in a fan of
# variables, after the DeltaBlue benchmark (J. Maloney and M. Wolczko), in short.
class Variable:
    def __init__(self, name, value):
        self.name, self.value = name, value
        self.constraints, self.determined_by = [], None
        self.strength, self.mark = 0, 0

    def add(self, constraint):
        self.constraints.append(constraint)

    def remove(self, constraint):
        self.constraints.remove(constraint)
        if self.determined_by is constraint:
            self.determined_by = None


class Constraint:
    def __init__(self, strength):
        self.strength, self.satisfied = strength, False

    def is_input(self):
        return False

    def inputs_known(self, mark):
        for v in self.inputs():
            if v.mark != mark and v.determined_by is not None:
                return False
        return True


class Stay(Constraint):
    def __init__(self, v, strength):
        super().__init__(strength)
        self.out = v
        v.add(self)

    def inputs(self):
        return ()

    def execute(self):
        pass

    def output(self):
        return self.out


class Edit(Stay):
    def is_input(self):
        return True


class Equal(Constraint):
    def __init__(self, a, b, strength):
        super().__init__(strength)
        self.a, self.b = a, b
        a.add(self)
        b.add(self)

    def inputs(self):
        return (self.a,)

    def output(self):
        return self.b

    def execute(self):
        self.b.value = self.a.value


class Scale(Equal):
    def __init__(self, a, factor, offset, b, strength):
        super().__init__(a, b, strength)
        self.factor, self.offset = factor, offset

    def execute(self):
        self.b.value = self.a.value * self.factor.value + self.offset.value


class Planner:
    def __init__(self):
        self.mark = 0

    def plan(self, sources):
        self.mark += 1
        mark, todo, plan = self.mark, list(sources), []
        while todo:
            c = todo.pop()
            out = c.output()
            if out.mark == mark or not c.inputs_known(mark):
                continue
            plan.append(c)
            out.mark = mark
            out.determined_by = c
            for other in out.constraints:
                if other is not c and other.output() is not out:
                    todo.append(other)
        return plan

    def run(self, plan):
        for c in plan:
            c.execute()


def chain(n):
    planner = Planner()
    variables = [Variable('v%d' % i, 0) for i in range(n + 1)]
    for a, b in zip(variables, variables[1:]):
        Equal(a, b, 1)
    Stay(variables[-1], 5)
    edit = Edit(variables[0], 2)
    plan = planner.plan([edit])
    total = 0
    for i in range(60):
        variables[0].value = i
        planner.run(plan)
        total += variables[-1].value
    variables[0].remove(edit)
    return total


def projection(n):
    planner = Planner()
    scale, offset = Variable('scale', 10), Variable('offset', 1000)
    sources, targets = [], []
    for i in range(n):
        s, t = Variable('s%d' % i, i), Variable('t%d' % i, i)
        Stay(s, 3)
        Scale(s, scale, offset, t, 1)
        sources.append(s)
        targets.append(t)
    total = 0
    for round_ in range(8):
        scale.value = round_
        for s in sources:
            edit = Edit(s, 2)
            planner.run(planner.plan([edit]))
            s.remove(edit)
        total += sum(t.value for t in targets)
    return total


print([chain(1500) for _ in range(4)], projection(3000))
