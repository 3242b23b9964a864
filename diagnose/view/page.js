'use strict';
(() => {
const $ = id => document.getElementById(id);
const data = JSON.parse($('plan-data').textContent);
const text = data.strings;
const tip = $('tip'), search = $('search'), grouping = $('grouping');
// The drawing is in steps and in parts of the arena: bytes would be too large for some renderers.
// All plans have one scale of bytes.
const height = 1e4, arena = Math.max(1, ...data.plans.map(p => p.arena)), perByte = height / arena;
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

const grouped = n => n.toLocaleString('en-US');
const counted = (n, what) => grouped(n) + ' ' + what + (n === 1 ? '' : 's');
function bytes(n) {
  if (n < 10000) return grouped(n) + ' B';
  let unit = 1;
  for (n /= 1024; n >= 1023.5 && unit < 6; ++unit) n /= 1024;
  return n.toFixed(n < 9.995 ? 2 : n < 99.95 ? 1 : 0) + ' ' + units[unit];
}
function element(name, attributes = {}, content) {
  const e = document.createElement(name);
  for (const key in attributes) e.setAttribute(key, attributes[key]);
  if (content !== undefined) e.textContent = content;
  return e;
}
function drawn(name, attributes) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) e.setAttribute(key, attributes[key]);
  return e;
}
function label(parent, style, content) {
  const span = element('span', {}, content);
  Object.assign(span.style, style);
  parent.append(span);
}
function nice(range, wanted) {  // a round step: 1, 2 or 5 times a power of ten
  const rough = range / wanted, power = 10 ** Math.floor(Math.log10(rough)), f = rough / power;
  return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}

// What tensors are coloured and grouped by: each gives the groups, and the group of a tensor.
const outer = data.layers.map(name => name.split('/')[0]), blocks = [...new Set(outer)];
const hue = i => i ? data.layerColours[(i - 1) % data.layerColours.length] : '#8b949e';
const layerGroups = names => names.map((name, i) => ({name: name || 'no layer', colour: hue(i)}));
const groupings = {
  purpose: {groups: data.categories.map((name, i) => ({name, colour: data.colours[i]})), of: t => t.category},
  layer: {groups: layerGroups(data.layers), of: t => t.layer},
  block: {groups: layerGroups(blocks), of: t => blocks.indexOf(outer[t.layer])}};
let by = groupings.purpose;
// Without nested layers, the outer ones are the layers.
if (blocks.length === data.layers.length) grouping.querySelector('[value=block]').remove();

class PlanView {
  constructor(plan) {
    this.plan = plan;
    this.view = this.whole = {x: 0, y: 0, w: plan.steps, h: height};
    this.current = -1;
    this.found = [];
    this.toggled = new Map();  // groups of the table that the reader has opened or closed
    this.tensors = plan.tensors.map(t => ({
      first: t[0], last: t[1], offset: t[2], bytes: t[3], category: t[4], name: text[t[5]], type: text[t[6]],
      op: text[t[7]], phase: text[t[8]], at: text[t[9]], block: t[10], layer: t[11], use: [t[12], t[13]]}));
    this.blocks = new Map();
    for (const t of this.tensors) {
      if (!this.blocks.has(t.block)) this.blocks.set(t.block, []);
      this.blocks.get(t.block).push(t);
    }
    const root = $('plan').content.firstElementChild.cloneNode(true);
    $('plans').append(root);
    this.$ = name => root.querySelector('.' + name);
    this.plot = this.$('plot');
    const title = this.$('title');
    title.textContent = plan.name + ': ' + bytes(plan.arena);
    title.hidden = data.plans.length === 1;
    this.draw();
    this.listen();
    this.show(this.whole);
    this.choose(plan.peak);
  }
  partners(t) {  // tensors in the same memory at other steps
    return this.blocks.get(t.block).filter(o => o !== t && (o.first >= t.last || t.first >= o.last));
  }
  lines(t) {
    const alive = t.last - t.first > 1 ? 'steps ' + grouped(t.first) + ' to ' + grouped(t.last - 1)
                                       : 'step ' + grouped(t.first) + ' only';
    const all = [t.type + ', ' + bytes(t.bytes) + (t.bytes < 10000 ? '' : ' (' + grouped(t.bytes) + ' B)'),
        data.categories[t.category] + '; op ' + t.op + ', ' + t.phase];
    if (t.layer) all.push('layer ' + data.layers[t.layer]);
    all.push('alive ' + alive + ', at byte ' + grouped(t.offset) + ' of the arena');
    if (t.use[0] >= 0) all.push('used first in step ' + grouped(t.use[0]) + ', last in step ' + grouped(t.use[1]));
    if (t.at) all.push(t.at);
    const same = this.partners(t);
    if (same.length) all.push('same memory, at other steps: ' + same.slice(0, 4).map(o => o.name).join(', ') +
        (same.length > 4 ? ' and ' + (same.length - 4) + ' more' : ''));
    return all;
  }
  draw() {
    const {plan, plot} = this;
    this.tensors.forEach((t, i) => {
      t.rect = drawn('rect', {class: 'tensor', x: t.first, width: t.last - t.first,
          y: height - (t.offset + t.bytes) * perByte, height: t.bytes * perByte, role: 'img', 'data-i': i,
          'aria-label': t.name + ', ' + this.lines(t).join(', ')});
      plot.append(t.rect);
    });
    plot.classList.toggle('dense', this.tensors.length > 300);
    const line = (name, y1) => drawn('line', {class: name, x1: plan.peak + .5, x2: plan.peak + .5, y1, y2: height});
    plot.append(line('at-peak', 0), this.chosen = line('chosen', 0));
    this.drag = drawn('rect', {class: 'drag', width: 0, height: 0});
    plot.append(this.drag);
    for (const name of ['step', 'slide']) this.$(name).max = plan.steps - 1;
  }
  colour() {
    for (const t of this.tensors) t.rect.setAttribute('fill', by.groups[by.of(t)].colour);
    this.toggled.clear();
    this.list();
  }
  show(next) {
    const view = this.view = next, rows = this.$('rows'), steps = this.$('steps');
    this.plot.setAttribute('viewBox', [view.x, view.y, view.w, view.h].join(' '));
    rows.replaceChildren();
    steps.replaceChildren();
    const low = (height - view.y - view.h) / perByte, high = (height - view.y) / perByte;
    let power = 0;  // of 1024, for whose unit the steps are round
    while ((high - low) / 1024 ** power >= 4096 && power < 6) ++power;
    const unit = 1024 ** power, row = Math.max(power ? 0 : 1, nice((high - low) / unit, 6));
    for (let i = Math.ceil(low / unit / row); i * row * unit <= high; ++i)
      label(rows, {top: 100 * (high - i * row * unit) / (high - low) + '%'},
            i ? grouped(+(i * row).toPrecision(12)) + ' ' + units[power] : '0');
    const step = Math.max(1, nice(view.w, data.plans.length > 1 ? 6 : 10));
    for (let s = Math.ceil(view.x / step) * step; s <= view.x + view.w; s += step)
      label(steps, {left: 100 * (s - view.x) / view.w + '%'}, grouped(s));
  }
  showTransient() {
    const to = this.plan.arena, from = Math.min(this.plan.transient, to - 1);
    this.show({x: 0, w: this.plan.steps, y: height - to * perByte, h: Math.max(1e-6, (to - from) * perByte)});
  }

  // What is alive at a step.
  choose(step) {
    const {plan} = this;
    this.at = Math.max(0, Math.min(Math.round(step) || 0, plan.steps - 1));
    this.$('step').value = this.$('slide').value = this.at;
    for (const x of ['x1', 'x2']) this.chosen.setAttribute(x, this.at + .5);
    this.list();
  }
  list() {
    const {plan, at} = this, alive = this.tensors.filter(t => t.first <= at && at < t.last);
    const sum = list => list.reduce((total, t) => total + t.bytes, 0);
    const op = plan.ops[at], total = sum(alive);
    this.$('what').textContent = (op ? text[op[0]] + (op[1] ? ' of ' + data.layers[op[1]] : '') + ' (' +
        text[op[2]] + ')' : 'nothing runs') + ': ' + counted(alive.length, 'tensor') + ' alive, ' + bytes(total) +
        (total < 10000 ? '' : ' (' + grouped(total) + ' B)') + (at === plan.peak ? ', the peak' : '');
    const groups = new Map();
    for (const t of alive) {
      const g = by.of(t);
      if (!groups.has(g)) groups.set(g, []);
      groups.get(g).push(t);
    }
    const table = this.$('live');
    for (const body of [...table.tBodies]) body.remove();
    for (const [g, list] of [...groups].sort((a, b) => sum(b[1]) - sum(a[1]))) {
      const body = element('tbody'), head = element('tr', {class: 'group'});
      const name = element('th', {scope: 'rowgroup', colspan: 3}), button = element('button', {type: 'button'});
      const swatch = element('i', {class: 'swatch'});
      swatch.style.background = by.groups[g].colour;
      button.append(swatch, by.groups[g].name, element('small', {}, counted(list.length, 'tensor')));
      name.append(button);
      head.append(name, element('td', {}, bytes(sum(list))),
                  element('td', {colspan: 2}, (100 * sum(list) / Math.max(1, total)).toFixed(1) + ' %'));
      body.append(head);
      table.append(body);
      const open = is => {
        button.setAttribute('aria-expanded', is);
        while (body.rows.length > 1) body.rows[1].remove();
        if (is) for (const t of list.sort((a, b) => b.bytes - a.bytes)) body.append(this.row(t));
      };
      open(this.toggled.get(g) ?? alive.length <= 40);
      button.addEventListener('click', () => {
        this.toggled.set(g, button.getAttribute('aria-expanded') !== 'true');
        open(this.toggled.get(g));
      });
    }
  }
  row(t) {
    const row = element('tr'), step = n => n < 0 ? '' : grouped(n);
    const other = by === groupings.purpose ? data.layers[t.layer] || '' : data.categories[t.category];
    row.append(element('th', {scope: 'row', title: t.type}, t.name), element('td', {class: 'text'}, other),
               element('td', {class: 'text'}, t.op), element('td', {title: grouped(t.bytes) + ' B'}, bytes(t.bytes)),
               element('td', {}, step(t.use[0])), element('td', {}, step(t.use[1])));
    row.addEventListener('pointerenter', () => t.rect.classList.add('lit'));
    row.addEventListener('pointerleave', () => t.rect.classList.remove('lit'));
    return row;
  }

  // The tensor that is pointed at.
  light(i, x, y, spoken) {
    const {tensors} = this;
    if (this.current >= 0) {
      tensors[this.current].rect.classList.remove('lit');
      this.partners(tensors[this.current]).forEach(o => o.rect.classList.remove('same'));
    }
    this.current = i;
    tip.hidden = i < 0;
    if (i < 0) return;
    const t = tensors[i];
    t.rect.classList.add('lit');
    this.partners(t).forEach(o => o.rect.classList.add('same'));
    tip.replaceChildren(element('b', {}, t.name));
    for (const line of this.lines(t)) label(tip, {}, line);
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(x + 16, innerWidth - box.width - 8)) + 'px';
    tip.style.top = (y + 16 + box.height < innerHeight ? y + 16 : Math.max(8, y - box.height - 16)) + 'px';
    if (spoken) $('spoken').textContent = t.rect.getAttribute('aria-label');
  }
  lightByKey(i) {
    const box = this.tensors[i].rect.getBoundingClientRect(), frame = this.plot.getBoundingClientRect();
    this.light(i, Math.min(box.left + box.width / 2, frame.right),
               Math.max(frame.top, Math.min(box.bottom, frame.bottom)), true);
  }
  find(words) {
    this.found = [];
    this.tensors.forEach((t, i) => {
      const is = words !== '' && t.name.toLowerCase().includes(words);
      t.rect.classList.toggle('found', is);
      if (is) this.found.push(i);
    });
    this.plot.classList.toggle('searching', words !== '');
  }

  place(e) {  // of the pointer, in the drawing's units
    const box = this.plot.getBoundingClientRect(), {view} = this;
    return {x: view.x + view.w * (e.clientX - box.left) / box.width,
            y: view.y + view.h * (e.clientY - box.top) / box.height};
  }
  listen() {
    const {plot, drag, plan} = this;
    let start = null;  // of a drag
    plot.addEventListener('keydown', e => {
      const all = this.found.length ? this.found : this.tensors.map((_, i) => i), at = all.indexOf(this.current);
      const next = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0,
                    End: all.length - 1}[e.key];
      const step = {PageUp: this.at - 1, PageDown: this.at + 1,
                    Enter: this.current < 0 ? this.at : this.tensors[this.current].first}[e.key];
      if (e.key === 'Escape') this.light(-1);
      if (step !== undefined || next !== undefined) e.preventDefault();
      if (step !== undefined) {
        this.choose(step);
        $('spoken').textContent = 'step ' + this.at + ', ' + this.$('what').textContent;
      }
      if (next !== undefined && all.length) this.lightByKey(all[Math.max(0, Math.min(next, all.length - 1))]);
    });
    plot.addEventListener('blur', () => this.light(-1));
    plot.addEventListener('pointerdown', e => { if (e.button === 0) start = {...this.place(e), at: e}; });
    plot.addEventListener('pointermove', e => {
      if (start && e.buttons & 1 && Math.hypot(e.clientX - start.at.clientX, e.clientY - start.at.clientY) > 5) {
        const to = this.place(e);
        plot.setPointerCapture(e.pointerId);
        for (const [key, value] of Object.entries({x: Math.min(start.x, to.x), y: Math.min(start.y, to.y),
            width: Math.abs(to.x - start.x), height: Math.abs(to.y - start.y)})) drag.setAttribute(key, value);
        return this.light(-1);
      }
      const i = e.target.dataset ? e.target.dataset.i : undefined;
      this.light(i === undefined ? -1 : +i, e.clientX, e.clientY, false);
    });
    plot.addEventListener('pointerup', () => {
      const [x, y, w, h] = ['x', 'y', 'width', 'height'].map(key => +drag.getAttribute(key));
      if (start && w > 0 && h > 0) this.show({x, y, w, h});
      else if (start) this.choose(Math.floor(start.x));
      drag.setAttribute('width', 0);
      start = null;
    });
    plot.addEventListener('pointerleave', () => this.light(-1));
    plot.addEventListener('dblclick', () => this.show(this.whole));
    for (const name of ['step', 'slide']) this.$(name).addEventListener('input', e => this.choose(+e.target.value));
    this.$('to-peak').addEventListener('click', () => this.choose(plan.peak));
  }
}

const views = data.plans.map(plan => new PlanView(plan));
function find() {
  const words = search.value.trim().toLowerCase();
  for (const view of views) view.find(words);
  const total = f => grouped(views.reduce((sum, view) => sum + f(view).length, 0));
  $('found').textContent = (words === '' ? '' : total(v => v.found) + ' of ') + total(v => v.tensors) + ' tensors';
}
function group() {
  by = groupings[grouping.value];
  const used = new Set(views.flatMap(view => view.tensors.map(by.of)));
  $('key').replaceChildren(...by.groups.flatMap((g, i) => {
    if (!used.has(i)) return [];
    const item = element('li'), swatch = element('i', {class: 'swatch'});
    swatch.style.background = g.colour;
    item.append(swatch, g.name);
    return [item];
  }));
  for (const view of views) view.colour();
}
search.addEventListener('input', find);
search.addEventListener('keydown', e => {
  const view = views.find(v => v.found.length);
  if (e.key !== 'Enter' || !view) return;
  view.plot.focus();
  view.lightByKey(view.found[0]);
});
grouping.addEventListener('change', group);
$('all').addEventListener('click', () => views.forEach(view => view.show(view.whole)));
$('transient').addEventListener('click', () => views.forEach(view => view.showTransient()));
$('transient').disabled = views.every(view => view.plan.transient >= view.plan.arena);
group();
find();
})();
