// SPDX-License-Identifier: Apache-2.0
// Steps through recorded backward passes, asks what comes next, and shows a page part by part.
// A walk's place is one number, how many operations are done; everything on the screen follows
// from it and from what is chosen, so every way of moving is the same function.
'use strict';
(() => {
    const fabs = Math.abs;
    // quiz.def
    const h = (tag, attributes = {}, ...children) => {
        const space = ['svg', 'rect', 'title'].includes(tag) && 'http:' + '//www.w3.org/2000/svg';
        const e = space ? document.createElementNS(space, tag) : document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) {
            if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
            else e.setAttribute(name, value);
        }
        e.append(...children);
        return e;
    };
    const num = x => typeof x === 'string' ? Number(x) : x;
    const say = x => {
        x = num(x);
        if (!Number.isFinite(x)) return String(x).replace('Infinity', '∞').replace('-', '−');
        const text = x !== 0 && (Math.abs(x) < 1e-4 || Math.abs(x) >= 1e6)
            ? x.toExponential(2) : String(Number(x.toPrecision(4)));
        return text.replace('-', '−');
    };
    const near = (a, b) => Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(b), 1e-9);
    const norm = list => Math.sqrt(list.reduce((s, x) => s + x * x, 0));
    const answers = [];

    class Walk {
        constructor(element, number) {
            this.element = element;
            this.number = number;
            const data = JSON.parse(element.querySelector('script').textContent);
            this.values = data.values;
            this.steps = data.steps;
            this.root = this.steps.length ? this.steps[0].value : data.root;
            this.at = 0;
            this.edge = this.value = null;
            this.pick = new Map();
            this.quiz = false;
            this.part = 0;
            this.needed = new Map([[this.root, 1]]);
            this.turn = new Map();
            this.steps.forEach((step, i) => {
                this.turn.set(step.value, i);
                for (const o of step.outgoing)
                    this.needed.set(o.value, (this.needed.get(o.value) || 0) + 1);
            });
            this.listen();
            this.list();
            this.show();
        }

        label(i, most = 28) {
            const v = this.values[i];
            const text = v.name || v.module || v.text || v.op || v.kind;
            return text.length > most ? text.slice(0, most - 1) + '…' : text;
        }

        // A name, or an expression between parentheses, short enough for a fraction.
        short(i) {
            const name = this.label(i, 40);
            return /^[\w.\[\]]+$/.test(name) && name.length <= 18 ? name
                : '(' + this.label(i, 16) + ')';
        }

        partial(i) {
            return `∂${this.short(this.root)}/∂${this.short(i)}`;
        }

        // What has arrived at a value when [at] operations are done, in order; of the last only
        // what it sends up to [part].
        arrived(i, at = this.at, part = Infinity) {
            const terms = [];
            if (i === this.root && this.steps.length)
                terms.push({data: this.steps[0].incoming.data});
            this.steps.slice(0, at).forEach((step, s) => step.outgoing.forEach((o, k) => {
                if (o.value === i && (s < at - 1 || k <= part))
                    terms.push({data: o.gradient.data, norm: o.gradient.norm});
            }));
            return terms;
        }

        // Their sum, added as the program did: in single precision, in this order.
        total(terms) {
            if (!terms.length || terms.some(t => !t.data)) return null;
            return terms.map(t => t.data.map(num)).reduce(
                (a, b) => a.map((x, k) => Math.fround(x + b[k])));
        }

        gist(data, card) {
            if (!data) return card && card.norm !== undefined ? `‖${say(card.norm)}‖` : '…';
            return data.length === 1 ? say(data[0]) : `‖${say(norm(data))}‖`;
        }

        state(i) {
            const needed = this.needed.get(i), had = this.arrived(i).length;
            if (!needed) return null;
            if (this.turn.has(i) && this.turn.get(i) < this.at) return 'done';
            if (!had) return 'waiting';
            if (had < needed) return 'partly';
            return this.turn.has(i) ? 'ready' : 'done';
        }

        go(at) {
            this.at = Math.max(0, Math.min(this.steps.length, at));
            this.edge = this.value = null;
            this.part = 0;
            this.show();
        }

        next() {
            if (this.at >= this.steps.length) return;
            if (this.quiz) {
                const field = this.element.querySelector('.ask input');
                if (field) field.focus();
            } else {
                this.go(this.at + 1);
            }
        }

        act(what) {
            if (what === 'first') this.go(0);
            if (what === 'prev') this.go(this.at - 1);
            if (what === 'next') this.next();
            if (what === 'last') { this.setQuiz(false); this.go(this.steps.length); }
            if (what === 'quiz') this.setQuiz(!this.quiz);
        }

        setQuiz(on) {
            this.quiz = on;
            const button = this.element.querySelector('[data-do=quiz]');
            button.setAttribute('aria-pressed', on);
            if (on && this.at === this.steps.length) this.at = 0;
            this.go(this.at);
        }

        listen() {
            this.element.addEventListener('click', e => {
                current = this;
                const button = e.target.closest('[data-do]'), edge = e.target.closest('.edge');
                const box = e.target.closest('.value');
                if (button) return this.act(button.dataset.do);
                if (edge && edge.dataset.part >= 0) {
                    this.edge = [Number(edge.dataset.step), Number(edge.dataset.part)];
                    this.value = null;
                    this.show();
                } else if (box) {
                    this.value = Number(box.dataset.value);
                    this.edge = null;
                    this.show();
                }
            });
            this.element.addEventListener('focusin', () => { current = this; });
        }

        // For paper: the whole pass in lines.
        list() {
            const order = this.element.querySelector('.order');
            for (const step of this.steps) {
                const to = step.outgoing.map(o => `${this.label(o.value)} gets ${
                    this.gist(o.gradient.data && o.gradient.data.map(num), o.gradient)}`);
                order.append(h('li', {}, `${this.label(step.value, 40)}, gradient ${
                    this.gist(step.incoming.data && step.incoming.data.map(num), step.incoming)}: ${
                    to.join('; ')}`));
            }
        }

        show() {
            const shown = this.at;
            for (const box of this.element.querySelectorAll('.value')) {
                const i = Number(box.dataset.value), state = this.state(i);
                box.classList.remove('done', 'ready', 'partly', 'waiting');
                box.classList.toggle('chosen', this.value === i);
                if (!state) continue;
                box.classList.add(state);
                const terms = this.arrived(i);
                const last = terms[terms.length - 1];
                box.querySelector('.grad').textContent =
                    terms.length ? this.gist(this.total(terms), last) : '?';
            }
            for (const edge of this.element.querySelectorAll('.edge')) {
                const step = Number(edge.dataset.step), part = Number(edge.dataset.part);
                edge.classList.toggle('lit', part >= 0 && step < shown);
                edge.classList.toggle('now', part >= 0 && step === shown - 1);
                edge.classList.toggle('chosen', !!this.edge && this.edge[0] === step &&
                    this.edge[1] === part);
            }
            this.element.querySelector('.count').textContent = `${this.at} of ${this.steps.length}`;
            for (const [what, off] of [['first', this.at === 0], ['prev', this.at === 0],
                ['next', this.at === this.steps.length], ['last', this.at === this.steps.length]])
                this.element.querySelector(`[data-do=${what}]`).disabled = off;
            this.element.querySelector('.card').replaceChildren(...this.card());
            this.follow();
        }

        // Of a graph wider than the page, the part where the pass is.
        follow() {
            const stage = this.element.querySelector('.stage'), graph = stage.firstElementChild;
            const at = this.at ? this.steps[this.at - 1].value : this.root;
            const box = this.element.querySelector(`.value[data-value="${at}"] rect`);
            if (!graph || !box || stage.scrollWidth <= stage.clientWidth) return;
            const scale = graph.clientWidth / graph.viewBox.baseVal.width;
            stage.scrollLeft = (Number(box.getAttribute('x')) + 40) * scale
                - stage.clientWidth * 0.45;
        }

        card() {
            if (this.value !== null) return [this.valueCard(this.value)];
            if (this.edge && this.edge[0] < this.at) return [this.way(...this.edge)];
            if (this.edge) return [h('p', {class: 'say'}, 'The pass has not come here yet.')];
            const cards = [];
            if (this.at === 0) {
                cards.push(h('p', {class: 'say'}, `The pass begins at ${this.label(this.root)
                    } with the gradient 1. ▶ or → takes one operation, youngest first; click an `
                    + 'arrow or a box to look at it.'));
            } else if (!this.quiz) {
                const step = this.steps[this.at - 1];
                step.outgoing.forEach((_, part) => cards.push(this.way(this.at - 1, part)));
            }
            if (this.quiz && this.at < this.steps.length) cards.push(this.question());
            else if (this.at === this.steps.length)
                cards.push(h('p', {class: 'say'}, 'The pass is complete: every leaf has its gradient.'));
            return cards;
        }

        // ---- one edge: upstream x local = contribution

        way(s, part) {
            const step = this.steps[s], o = step.outgoing[part];
            const card = h('div', {class: 'way'});
            const v = this.values[step.value];
            card.append(h('h4', {}, h('code', {}, this.label(step.value, 44)), ' sends to ',
                h('code', {}, this.label(o.value, 30)),
                h('small', {}, v.rule || v.title || '')));
            const up = step.incoming.data, down = o.gradient.data;
            if (up && down && up.length === 1 && down.length === 1 && o.local) {
                card.append(this.product(step, o, up[0], o.local.length ? o.local[0][2] : 0, down[0]));
            } else {
                card.append(this.maps(step, o, s, part));
            }
            const sum = this.sum(o.value, s + 1, part);
            if (sum) card.append(sum);
            return card;
        }

        product(step, o, up, local, down) {
            const factor = (kind, small, value) => h('div', {class: 'factor ' + kind},
                h('small', {}, small), h('b', {}, say(value)));
            return h('div', {class: 'product'},
                factor('up', 'upstream ' + this.partial(step.value), up), h('span', {}, '×'),
                factor('local', `local ∂${this.short(step.value)}/∂${this.short(o.value)}`, local),
                h('span', {}, '='), factor('to', 'contribution to ' + this.partial(o.value), down));
        }

        where(shape, flat) {
            const at = [];
            for (let d = shape.length; d--; flat = Math.floor(flat / shape[d])) at.unshift(flat % shape[d]);
            return at.length ? `[${at.join(', ')}]` : '';
        }

        largest(data) {
            return data.reduce((best, x, k) =>
                Math.abs(num(x)) > Math.abs(num(data[best])) ? k : best, 0);
        }

        maps(step, o, s, part) {
            const key = `${s}.${part}`, box = h('div');
            const up = step.incoming.data, down = o.gradient.data;
            const picked = this.pick.get(key) ?? (down ? this.largest(down) : 0);
            const row = h('div', {class: 'map'});
            row.append(this.heat(`upstream ${this.shape(step.incoming)}`, step.incoming, null));
            row.append(this.heat(`contribution ${this.shape(o.gradient)}`, o.gradient, picked, k => {
                this.pick.set(key, k);
                this.show();
            }));
            box.append(row);
            if (!down || !o.local || !up) return box;
            const terms = o.local.filter(t => t[1] === picked);
            const line = h('p', {class: 'sum'}, `at ${this.where(o.gradient.shape, picked)}: `);
            terms.slice(0, 6).forEach((t, k) => {
                if (k) line.append(' + ');
                line.append(h('span', {style: 'color:var(--up)'}, say(up[t[0]])), ' × ',
                    h('span', {style: 'color:var(--local)'}, say(t[2])));
            });
            if (terms.length > 6) line.append(` + … (${terms.length - 6} more)`);
            line.append(terms.length ? ' = ' : '', h('span', {class: 'total'}, say(down[picked])));
            box.append(line);
            return box;
        }

        shape(card) {
            return card.shape.length > 1 ? card.shape.join('×')
                : card.shape.length ? `[${card.shape[0]}]` : 'one number';
        }

        // The last axis runs across, all others down.
        heat(caption, card, picked, choose) {
            const figure = h('figure', {}, h('figcaption', {}, caption));
            if (!card.data) {
                figure.append(`norm ${say(card.norm)}, from ${say(card.low)} to ${say(card.high)}`);
                return figure;
            }
            const data = card.data.map(num), columns = card.shape.length ? card.shape[card.shape.length - 1] : 1;
            const rows = Math.max(1, data.length / columns), size = Math.max(6, Math.min(26, 340 / columns, 200 / rows));
            const top = Math.max(...data.map(Math.abs), 1e-30);
            const svg = h('svg', {width: columns * size + 2, height: rows * size + 2,
                viewBox: `-1 -1 ${columns * size + 2} ${rows * size + 2}`});
            data.forEach((x, k) => {
                const share = Math.round(100 * Math.min(1, Math.abs(x) / top));
                svg.append(h('rect', {x: k % columns * size, y: Math.floor(k / columns) * size,
                    width: size - 1, height: size - 1, rx: 2,
                    style: `fill:color-mix(in srgb, var(--${x < 0 ? 'up' : 'ready'}) ${share}%, var(--well))`,
                    onclick: () => choose && choose(k)},
                h('title', {}, `${this.where(card.shape, k)} ${say(x)}`)));
            });
            if (picked !== null) svg.append(h('rect', {class: 'pick', x: picked % columns * size - 0.5,
                y: Math.floor(picked / columns) * size - 0.5, width: size, height: size, rx: 2}));
            figure.append(svg);
            return figure;
        }

        // ---- what gathers at one value

        sum(i, at, part) {
            const terms = this.arrived(i, at, part), v = this.values[i], needed = this.needed.get(i);
            if (needed < 2 && !v.before) return null;
            const line = h('p', {class: 'sum'}, `gradient of ${this.label(i)} `
                + (terms.length < needed ? 'so far' : '') + ' = ');
            const data = this.total(terms);
            const k = data && data.length > 1 ? this.largest(data) : 0;
            terms.forEach((t, n) => {
                if (n) line.append(' + ');
                line.append(h('span', {class: 'term'}, t.data ? say(t.data[k]) : '…'));
            });
            if (data && terms.length > 1) line.append(' = ', h('span', {class: 'total'}, say(data[k])));
            if (data && data.length > 1) line.append(`  (at ${this.where(v.shape, k)})`);
            if (terms.length < needed) line.append(`; ${needed - terms.length} more to come`);
            if (v.before && v.before.data && data && terms.length === needed) {
                const sum = v.after && v.after.data ? num(v.after.data[k]) : num(v.before.data[k]) + data[k];
                line.append(h('br'), `.grad held `, h('span', {class: 'term old'}, say(v.before.data[k])),
                    ` from before: with this pass it is `, h('span', {class: 'total'}, say(sum)));
            }
            return line;
        }

        valueCard(i) {
            const v = this.values[i], card = h('div', {class: 'way chosen'});
            card.append(h('h4', {}, h('code', {}, this.label(i, 60)),
                v.op ? ` · ${v.op}: ${v.formula || ''}` : v.kind === 'leaf' ? ' · a leaf' : ' · a constant'));
            if (v.text && v.text !== v.name) card.append(h('p', {class: 'say'},
                h('code', {}, v.text), v.source ? `  ${v.source}, line ${v.line}` : ''));
            if (v.value && v.value.data && v.value.data.length === 1)
                card.append(h('p', {class: 'sum'}, `value ${say(v.value.data[0])}`));
            else if (v.value) card.append(this.heat(`value ${this.shape(v.value)}`, v.value, null));
            if (!this.needed.has(i)) return card;
            const terms = this.arrived(i);
            if (!terms.length) card.append(h('p', {class: 'say'}, 'No gradient has come here yet.'));
            else if (this.sum(i, this.at)) card.append(this.sum(i, this.at));
            else card.append(h('p', {class: 'sum'}, `gradient ${this.gist(this.total(terms), terms[0])}`));
            return card;
        }

        // ---- the quiz

        question() {
            const step = this.steps[this.at], o = step.outgoing[this.part];
            if (!o) return h('div');
            const data = o.gradient.data, k = data ? this.largest(data) : 0;
            const truth = data ? num(data[k]) : num(o.gradient.norm);
            const up = step.incoming.data, terms = (o.local || []).filter(t => t[1] === k);
            const place = data && data.length > 1 ? ` at ${this.where(o.gradient.shape, k)}` : '';
            const card = h('div', {class: 'way chosen'}), mark = h('span', {class: 'mark', role: 'status'});
            const field = h('input', {type: 'text', inputmode: 'decimal', autocomplete: 'off',
                'aria-label': 'your prediction'});
            const finish = () => {
                this.part++;
                if (this.part >= step.outgoing.length) this.go(this.at + 1);
                else this.show();
                const again = this.element.querySelector('.ask input');
                (again || this.element).focus({preventScroll: true});
            };
            const note = (text, right) => {
                mark.textContent = text;
                mark.className = 'mark ' + (right ? 'right-answer' : 'wrong');
            };
            const check = () => {
                const [name, , why] = this.judge(field.value, truth, up, terms, o.value);
                const right = name === 'right';
                answers.push(`walk ${this.number}, step ${this.at + 1}, ${this.label(step.value)} to ${
                    this.label(o.value)}${place}: ${field.value.trim()} (${name}, it is ${say(truth)})`);
                document.getElementById('answers').hidden = false;
                note(why, right);
                if (right) setTimeout(finish, 700);
            };
            card.append(h('h4', {}, h('code', {}, this.label(step.value, 44)), ` has the gradient ${
                this.gist(up && up.map(num), step.incoming)}. What does it send to `,
            h('code', {}, this.label(o.value, 30)), `${place}?`));
            const hint = h('button', {type: 'button', onclick: () => hint.replaceWith(h('span', {class: 'say'},
                terms.length ? terms.slice(0, 4).map(t => `${say(up[t[0]])} × ${say(t[2])}`).join(' + ')
                    + (terms.length > 4 ? ' + …' : '') : 'upstream × local'))}, 'Hint');
            card.append(h('form', {class: 'ask', onsubmit: e => { e.preventDefault(); check(); }},
                field, h('button', {type: 'submit'}, 'Check'), hint,
                h('button', {type: 'button', onclick: finish}, 'Show'), mark));
            return card;
        }

        // The row of quiz.def for [text]: its name, and what it says.
        judge(text, truth, up, terms, to) {
            text = text.trim().replace('−', '-').replace(',', '.');
            const said = text === '+' ? 1 : text === '-' ? -1 : 0, one = terms.length === 1;
            const before = this.total(this.arrived(to));
            const facts = {
                said, truth, near,
                x: text === '' || said ? NaN : Number(text),
                upstream: up && one ? num(up[terms[0][0]]) : NaN,
                local: one ? num(terms[0][2]) : NaN,
                before: before && before.length === 1 ? before[0] : NaN,
                some: a => terms.length > 1 && terms.some(t => near(a, num(up[t[0]]) * num(t[2]))),
            };
            return MARKS.find(([, holds]) => holds(facts));
        }
    }

    let current = null;
    const walks = [...document.querySelectorAll('.walk')].map((e, i) => new Walk(e, i + 1));
    window.adjointWalks = walks;

    // ---- one part at a time

    const sections = [...document.querySelectorAll('section')];
    let part = 0;
    const present = on => {
        document.body.classList.toggle('present', on);
        document.documentElement.classList.toggle('large', on);
        document.getElementById('present').setAttribute('aria-pressed', on);
        turn(0);
    };
    const turn = by => {
        part = Math.max(0, Math.min(sections.length - 1, part + by));
        sections.forEach((s, i) => s.classList.toggle('current', i === part));
        if (by) window.scrollTo(0, 0);
    };
    document.getElementById('present').addEventListener('click',
        () => present(!document.body.classList.contains('present')));
    document.getElementById('answers').addEventListener('click', () => {
        const link = h('a', {download: 'answers.txt', href: URL.createObjectURL(
            new Blob([document.title + '\n\n' + answers.join('\n') + '\n'], {type: 'text/plain'}))});
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });

    // The walk that keys are for: the one in use, or the first that can be seen.
    const visible = () => {
        const inView = w => {
            const r = w.element.getBoundingClientRect();
            return r.height && r.bottom > 0 && r.top < innerHeight;
        };
        return current && inView(current) ? current : walks.find(inView);
    };
    document.addEventListener('keydown', e => {
        if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input')) return;
        const presenting = document.body.classList.contains('present');
        if (e.key === 'p') return present(!presenting);
        if (presenting && (e.key === 'PageDown' || e.key === 'PageUp')) {
            e.preventDefault();
            return turn(e.key === 'PageDown' ? 1 : -1);
        }
        if (presenting && e.key === 'Escape') return present(false);
        const walk = visible();
        const what = {ArrowRight: 'next', ArrowLeft: 'prev', Home: 'first', End: 'last', q: 'quiz'}[e.key];
        if (!walk || !what) return;
        if ((what === 'first' || what === 'last') && !walk.element.contains(document.activeElement)) return;
        e.preventDefault();
        walk.act(what);
    });
    addEventListener('beforeprint', () => walks.forEach(w => { w.setQuiz(false); w.go(w.steps.length); }));
})();
