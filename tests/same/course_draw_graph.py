# SPDX-License-Identifier: Apache-2.0
# The picture of an expression, as the lectures draw it: the text of the graph that graphviz
# gets.
from graphviz import Digraph


class Node:
    def __init__(self, data, prev=(), op='', label=''):
        self.data, self.grad, self.prev, self.op, self.label = data, 0.0, prev, op, label

    def __mul__(self, other):
        return Node(self.data * other.data, (self, other), '*')

    def __add__(self, other):
        return Node(self.data + other.data, (self, other), '+')


def trace(root):
    nodes, edges = [], []

    def build(v):
        if v not in nodes:
            nodes.append(v)
            for child in v.prev:
                edges.append((child, v))
                build(child)
    build(root)
    return nodes, edges


def draw_dot(root, format='svg', rankdir='LR'):
    assert rankdir in ['LR', 'TB']
    nodes, edges = trace(root)
    names = {id(n): 'n%d' % i for i, n in enumerate(nodes)}
    dot = Digraph(format=format, graph_attr={'rankdir': rankdir})

    for n in nodes:
        uid = names[id(n)]
        # for any value in the graph, create a rectangular ('record') node for it
        dot.node(name=uid, label="{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad),
                 shape='record')
        if n.op:
            # if this value is a result of some operation, create an op node for it
            dot.node(name=uid + n.op, label=n.op)
            # and connect this node to it
            dot.edge(uid + n.op, uid)

    for n1, n2 in edges:
        # connect n1 to the op node of n2
        dot.edge(names[id(n1)], names[id(n2)] + n2.op)

    return dot


a = Node(2.0, label='a')
b = Node(-3.0, label='b')
c = Node(10.0, label='c')
d = a * b + c
d.label = 'd'
print(draw_dot(d))
print(draw_dot(d, rankdir='TB').source)
g = Digraph('G', comment='The test graph', node_attr={'shape': 'box', 'color': 'red'})
g.attr(rankdir='LR', size='8,5')
g.attr('node', shape='circle')
g.node('A', 'King Arthur')
g.node('two words', 'say "hi"', fontsize='12')
g.edges(['AB', ('A', 'two words')])
g.edge('B', 'L', constraint='false', label='an edge\\nbroken')
g.body.append('\t// by hand\n')
with g.subgraph(name='cluster_0') as s:
    s.attr(style='filled', label='inside')
    s.node('in', '')
    s.edge('in', 'A')
print(g.source, end='')
print(g.name, g.comment, g.format, g.engine, len(list(g)), g.directed)
for odd in ('graph', '1.5', '-.5', 'a_b', 'ä', 'a-b', '', '<b>x</b>', '<<b>x</b>>', '12x',
        'x y'):
    g = Digraph()
    g.node(odd)
    print(list(g)[1].strip(), end=' ')
print()
