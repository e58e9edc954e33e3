// The training's curve, live, and the resources.
import { text, number, onLanguage } from '/texts.js';
import { request, events, onToken } from '/api.js';

const byId = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 640, HEIGHT = 260, LEFT = 48, BOTTOM = 24, TOP = 8, RIGHT = 8;
const MOST_POINTS = 4000;
let state = null;
let points = [];
let resources = null;
let drawing = false;

async function follow() {
  try {
    for await (const event of events(await request('/v1/training/events'))) {
      const data = JSON.parse(event.data);
      if (event.name === 'training') { state = data.state; points = data.points; }
      if (event.name === 'state') state = data;
      if (event.name === 'point') points.push(data);
      if (points.length > MOST_POINTS) { // every other step goes, evaluations stay
        points = points.filter((p, i) => i % 2 || p.val_loss !== null);
      }
      drawSoon();
    }
  } catch { /* it is tried again */ }
  setTimeout(follow, 3000);
}

function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawTraining(); });
}

function drawTraining() {
  const parts = [];
  if (state) {
    parts.push(state.name + ' ' + text('state')[state.state]);
    if (state.total_steps) parts.push(text('step') + ' ' + number(state.step) + ' / ' + number(state.total_steps));
    if (state.loss !== null) parts.push(text('loss') + ' ' + number(state.loss, 3));
    if (state.val_loss !== null) parts.push(text('valLoss') + ' ' + number(state.val_loss, 3));
    if (state.tokens_per_second) parts.push(number(state.tokens_per_second) + ' ' + text('tokensPerSecond'));
    if (state.state === 'running' && state.eta_seconds >= 0) parts.push(duration(state.eta_seconds) + ' ' + text('left'));
    if (state.notice) parts.push(state.notice);
  }
  byId('state').textContent = parts.join(' · ') || text('noTraining');
  byId('sample').hidden = !state?.sample;
  byId('sample').textContent = state?.sample || '';
  drawCurve();
}

function duration(seconds) {
  if (seconds < 120) return seconds + ' s';
  return seconds < 7200 ? Math.floor(seconds / 60) + ' min' : Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds / 60 % 60) + ' min';
}

function element(name, attributes, content) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (content) made.textContent = content;
  return made;
}

function drawCurve() {
  const curve = byId('curve');
  const train = points.filter((p) => p.loss !== null && p.val_loss === null && !p.event);
  const val = points.filter((p) => p.val_loss !== null);
  const losses = [...train.map((p) => p.loss), ...val.map((p) => p.val_loss)];
  const empty = losses.length < 2;
  curve.toggleAttribute('hidden', empty);
  byId('legend').hidden = empty;
  if (empty) return;
  let low = Infinity, high = -Infinity, last = 1;
  for (const loss of losses) { low = Math.min(low, loss); high = Math.max(high, loss); }
  for (const p of points) last = Math.max(last, p.step);
  if (high - low < 1e-3) high = low + 1e-3;
  const x = (step) => LEFT + (WIDTH - LEFT - RIGHT) * step / last;
  const y = (loss) => TOP + (HEIGHT - TOP - BOTTOM) * (high - loss) / (high - low);
  const line = (of, key) => of.map((p) => x(p.step).toFixed(1) + ',' + y(p[key]).toFixed(1)).join(' ');
  const drawn = [];
  for (let i = 0; i <= 4; i++) {
    const loss = low + (high - low) * i / 4;
    drawn.push(element('line', { class: 'axis', x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) }));
    drawn.push(element('text', { x: LEFT - 6, y: y(loss) + 4, 'text-anchor': 'end' }, number(loss, 2)));
  }
  drawn.push(element('text', { x: LEFT, y: HEIGHT - 6 }, '0'));
  drawn.push(element('text', { x: WIDTH - RIGHT, y: HEIGHT - 6, 'text-anchor': 'end' }, text('step') + ' ' + number(last)));
  drawn.push(element('polyline', { class: 'loss', points: line(train, 'loss') }));
  drawn.push(element('polyline', { class: 'val', points: line(val, 'val_loss') }));
  for (const p of val) drawn.push(element('circle', { class: 'val', cx: x(p.step), cy: y(p.val_loss), r: 3 }));
  curve.replaceChildren(...drawn);
  const now = train.length ? train[train.length - 1].loss : losses[losses.length - 1];
  curve.setAttribute('aria-label', text('curveOf') + ' ' + number(now, 3));
}

function drawResources() {
  if (!resources) return;
  const mb = (bytes) => number(bytes / 1048576) + ' MB';
  const rows = [
    [text('memory'), mb(resources.rss) + ' / ' + mb(resources.budget) + ' (' + text('budget') + ')'],
    [text('peak'), mb(resources.peak_rss)],
    [text('available'), mb(resources.memory_available)],
    [text('cpu'), number(resources.process_cpu ?? 0, 1) + ' ' + text('cores')],
  ];
  byId('resources').replaceChildren(...rows.flatMap(([name, value]) => {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
}

async function poll() {
  if (document.hidden) return;
  try {
    resources = await (await request('/v1/resources')).json();
    drawResources();
  } catch { /* the chat tells when the server is gone */ }
}

onLanguage(drawTraining);
onLanguage(drawResources);
onToken(poll);
setInterval(poll, 2000);
poll();
follow();
