'use strict';
(() => {
const $ = id => document.getElementById(id);
const data = JSON.parse($('plan-data').textContent);
const text = data.strings;
const tensors = data.tensors.map(t => ({
  first: t[0], last: t[1], offset: t[2], bytes: t[3], category: t[4], name: text[t[5]],
  type: text[t[6]], op: text[t[7]], phase: text[t[8]], at: text[t[9]], block: t[10]}));
const plot = $('plot'), tip = $('tip'), search = $('search');
// The drawing is in steps and in parts of the arena: bytes would be too large for some renderers.
const height = 1e4, perByte = height / Math.max(1, data.arena);
const whole = {x: 0, y: 0, w: data.steps, h: height};
let view = whole, current = -1, found = [];

const grouped = n => n.toLocaleString('en-US');
function bytes(n) {
  if (n < 10000) return grouped(n) + ' B';
  let unit = 0;
  for (n /= 1024; n >= 1023.5 && unit < 5; ++unit) n /= 1024;
  return n.toFixed(n < 9.995 ? 2 : n < 99.95 ? 1 : 0) + ' ' +
      ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'][unit];
}
function lines(t) {
  const alive = t.last - t.first > 1 ? 'steps ' + grouped(t.first) + ' to ' + grouped(t.last - 1)
                                     : 'step ' + grouped(t.first) + ' only';
  const all = [t.type + ', ' + bytes(t.bytes) + (t.bytes < 10000 ? '' : ' (' + grouped(t.bytes) + ' B)'),
      data.categories[t.category] + '; op ' + t.op + ', ' + t.phase,
      'alive ' + alive + ', at byte ' + grouped(t.offset) + ' of the arena'];
  if (t.at) all.push(t.at);
  const same = partners(t);
  if (same.length) all.push('same memory, at other steps: ' + same.slice(0, 4).map(o => o.name).join(', ') +
      (same.length > 4 ? ' and ' + (same.length - 4) + ' more' : ''));
  return all;
}
const blocks = new Map();
for (const t of tensors) {
  if (!blocks.has(t.block)) blocks.set(t.block, []);
  blocks.get(t.block).push(t);
}
const partners = t => blocks.get(t.block).filter(o => o !== t && (o.first >= t.last || t.first >= o.last));

function element(name, attributes) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) e.setAttribute(key, attributes[key]);
  return e;
}
tensors.forEach((t, i) => {
  t.rect = element('rect', {class: 'tensor category-' + t.category, fill: data.colours[t.category],
      x: t.first, width: t.last - t.first, y: height - (t.offset + t.bytes) * perByte,
      height: t.bytes * perByte, role: 'img', 'data-i': i, 'aria-label': t.name + ', ' + lines(t).join(', ')});
  plot.append(t.rect);
});
plot.classList.toggle('dense', tensors.length > 300);
plot.append(element('line', {x1: data.peak + .5, x2: data.peak + .5, y1: 0, y2: height}));
const drag = element('rect', {id: 'drag', width: 0, height: 0});
plot.append(drag);

function nice(range, wanted) {  // a round step: 1, 2 or 5 times a power of ten
  const rough = range / wanted, power = 10 ** Math.floor(Math.log10(rough)), f = rough / power;
  return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}
function label(parent, style, content) {
  const span = document.createElement('span');
  Object.assign(span.style, style);
  span.textContent = content;
  parent.append(span);
}
function show(next) {
  view = next;
  plot.setAttribute('viewBox', [view.x, view.y, view.w, view.h].join(' '));
  $('rows').replaceChildren();
  $('steps').replaceChildren();
  const low = (height - view.y - view.h) / perByte, high = (height - view.y) / perByte;
  let power = 0;  // of 1024, for whose unit the steps are round
  while ((high - low) / 1024 ** power >= 4096 && power < 6) ++power;
  const unit = 1024 ** power, row = Math.max(power ? 0 : 1, nice((high - low) / unit, 6));
  for (let i = Math.ceil(low / unit / row); i * row * unit <= high; ++i)
    label($('rows'), {top: 100 * (high - i * row * unit) / (high - low) + '%'},
          i ? grouped(+(i * row).toPrecision(12)) + [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB', ' EiB'][power] : '0');
  const step = Math.max(1, nice(view.w, 10));
  for (let s = Math.ceil(view.x / step) * step; s <= view.x + view.w; s += step)
    label($('steps'), {left: 100 * (s - view.x) / view.w + '%'}, grouped(s));
}
const segment = (from, to) => ({x: 0, w: data.steps, y: height - to * perByte, h: Math.max(1e-6, (to - from) * perByte)});

function light(i, x, y, spoken) {
  if (current >= 0) {
    tensors[current].rect.classList.remove('lit');
    partners(tensors[current]).forEach(o => o.rect.classList.remove('same'));
  }
  current = i;
  tip.hidden = i < 0;
  if (i < 0) return;
  const t = tensors[i];
  t.rect.classList.add('lit');
  partners(t).forEach(o => o.rect.classList.add('same'));
  const name = document.createElement('b');
  name.textContent = t.name;
  tip.replaceChildren(name);
  for (const line of lines(t)) label(tip, {}, line);
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(x + 16, innerWidth - box.width - 8)) + 'px';
  tip.style.top = (y + 16 + box.height < innerHeight ? y + 16 : Math.max(8, y - box.height - 16)) + 'px';
  if (spoken) $('spoken').textContent = t.rect.getAttribute('aria-label');
}
function lightByKey(i) {
  const box = tensors[i].rect.getBoundingClientRect(), frame = plot.getBoundingClientRect();
  light(i, Math.min(box.left + box.width / 2, frame.right), Math.max(frame.top, Math.min(box.bottom, frame.bottom)), true);
}
function find() {
  const words = search.value.trim().toLowerCase();
  found = [];
  tensors.forEach((t, i) => {
    const is = words !== '' && t.name.toLowerCase().includes(words);
    t.rect.classList.toggle('found', is);
    if (is) found.push(i);
  });
  plot.classList.toggle('searching', words !== '');
  $('found').textContent = words === '' ? grouped(tensors.length) + ' tensors'
                                        : grouped(found.length) + ' of ' + grouped(tensors.length) + ' tensors';
}
search.addEventListener('input', find);
search.addEventListener('keydown', e => {
  if (e.key !== 'Enter' || !found.length) return;
  plot.focus();
  lightByKey(found[0]);
});
plot.addEventListener('keydown', e => {
  const all = found.length ? found : tensors.map((_, i) => i), at = all.indexOf(current);
  const next = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0,
                End: all.length - 1}[e.key];
  if (e.key === 'Escape') light(-1);
  if (next === undefined || !all.length) return;
  e.preventDefault();
  lightByKey(all[Math.max(0, Math.min(next, all.length - 1))]);
});
plot.addEventListener('blur', () => light(-1));

let start = null;  // of a drag, in the drawing's units
function place(e) {
  const box = plot.getBoundingClientRect();
  return {x: view.x + view.w * (e.clientX - box.left) / box.width,
          y: view.y + view.h * (e.clientY - box.top) / box.height};
}
plot.addEventListener('pointerdown', e => { if (e.button === 0) start = {...place(e), at: e}; });
plot.addEventListener('pointermove', e => {
  if (start && e.buttons & 1 && Math.hypot(e.clientX - start.at.clientX, e.clientY - start.at.clientY) > 5) {
    const to = place(e);
    plot.setPointerCapture(e.pointerId);
    for (const [key, value] of Object.entries({x: Math.min(start.x, to.x), y: Math.min(start.y, to.y),
        width: Math.abs(to.x - start.x), height: Math.abs(to.y - start.y)})) drag.setAttribute(key, value);
    return light(-1);
  }
  const i = e.target.dataset ? e.target.dataset.i : undefined;
  light(i === undefined ? -1 : +i, e.clientX, e.clientY, false);
});
plot.addEventListener('pointerup', () => {
  const [x, y, w, h] = ['x', 'y', 'width', 'height'].map(key => +drag.getAttribute(key));
  if (start && w > 0 && h > 0) show({x, y, w, h});
  drag.setAttribute('width', 0);
  start = null;
});
plot.addEventListener('pointerleave', () => light(-1));
plot.addEventListener('dblclick', () => show(whole));
$('all').addEventListener('click', () => show(whole));
$('transient').addEventListener('click', () => show(segment(data.transient, data.arena)));
$('transient').disabled = data.transient >= data.arena;
show(whole);
find();
})();
