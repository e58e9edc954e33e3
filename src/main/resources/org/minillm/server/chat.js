// The conversation: it lives in this page and goes to the server whole with each message.
import { text, number, onLanguage } from '/texts.js';
import { request, events, tell, onToken } from '/api.js';

const byId = (id) => document.getElementById(id);
const log = byId('log');
const input = byId('input');
const SAMPLING = ['temperature', 'top_p', 'top_k', 'max_tokens', 'seed'];
const MOST_SENT = 127; // the server looks at 128; an odd number begins with a question
let messages = [];
let running = null;
let models = { data: [] };

async function loadModels() {
  try {
    models = await (await request('/v1/models')).json();
    drawModels();
    tell(models.data.length ? '' : text('noModel'));
  } catch (e) {
    tell(e.message);
  }
}

function drawModels() {
  const chosen = byId('model').value || models.default;
  byId('model').replaceChildren(...models.data.map((m) => {
    const option = document.createElement('option');
    option.value = m.id;
    option.textContent = m.meta ? m.id + ' (' + number(m.meta.n_params / 1e6, 1) + ' M)' : text('live');
    option.selected = m.id === chosen;
    return option;
  }));
}

function turn(role, content) {
  const box = document.createElement('div');
  box.className = 'turn ' + role;
  const who = document.createElement('span');
  who.className = 'who';
  who.dataset.text = role === 'user' ? 'you' : 'answer';
  who.textContent = text(who.dataset.text);
  const words = document.createElement('span');
  words.textContent = content;
  box.append(who, words);
  log.append(box);
  log.scrollTop = log.scrollHeight;
  return words;
}

/** Shows the first field whose value is not allowed, with what the browser says of it. */
function wrongField() {
  const wrong = SAMPLING.map(byId).find((field) => !field.checkValidity());
  if (wrong) {
    wrong.closest('details').open = true;
    wrong.reportValidity();
  }
  return wrong;
}

/** The request of the fields; one that is empty is left to the server's default. */
function body(message) {
  const asked = { model: byId('model').value, stream: true, stream_options: { include_usage: true } };
  for (const id of SAMPLING) {
    if (byId(id).value !== '') asked[id] = Number(byId(id).value);
  }
  if (byId('mode').value === 'text') return ['/v1/completions', { ...asked, prompt: message }];
  const system = byId('system').value.trim();
  const before = system ? [{ role: 'system', content: system }] : [];
  return ['/v1/chat/completions', { ...asked, messages: [...before, ...messages.slice(-MOST_SENT)] }];
}

let drawFigures = () => {};

/** Says how an answer ended, and says it again in another language. */
function tellFigures(words) {
  drawFigures = () => { byId('figures').textContent = words(); };
  drawFigures();
}

function figures(end, usage) {
  const parts = [];
  if (usage) parts.push(number(usage.completion_tokens) + ' ' + text('tokens'));
  if (end?.timings?.predicted_per_second) parts.push(number(end.timings.predicted_per_second) + ' ' + text('tokensPerSecond'));
  if (end?.choices[0].finish_reason === 'length') parts.push(text('cut'));
  return parts.join(' · ');
}

async function send() {
  const message = input.value;
  if (running || !message.trim() || wrongField()) return;
  const shown = turn('user', message);
  messages.push({ role: 'user', content: message });
  input.value = '';
  tell('');
  busy(new AbortController());
  let words = null;
  let answer = '';
  let end = null;
  let usage = null;
  let failed = false;
  try {
    for await (const event of events(await request(...body(message), running.signal))) {
      if (event.data === '[DONE]') continue;
      const chunk = JSON.parse(event.data);
      if (chunk.error) throw new Error(chunk.error.message);
      if (chunk.usage) usage = chunk.usage;
      const choice = chunk.choices[0];
      if (!choice) continue;
      words ??= turn('assistant', '');
      answer += choice.delta ? choice.delta.content || '' : choice.text;
      words.textContent = answer;
      log.scrollTop = log.scrollHeight;
      if (choice.finish_reason) end = chunk;
    }
    tellFigures(() => figures(end, usage));
  } catch (e) {
    if (e.name === 'AbortError') {
      tellFigures(() => text('stopped'));
    } else {
      failed = true;
      tell(e.message);
    }
  }
  if (failed || !words) { // a message that was not answered goes back to where it was written
    messages.pop();
    shown.parentElement.remove();
    words?.parentElement.remove();
    input.value ||= message;
  } else {
    messages.push({ role: 'assistant', content: answer });
  }
  busy(null);
}

function busy(controller) {
  running = controller;
  byId('send').disabled = Boolean(controller);
  byId('stop').disabled = !controller;
  byId('new').disabled = Boolean(controller);
  log.setAttribute('aria-busy', String(Boolean(controller)));
  if (!controller) input.focus();
}

byId('form').addEventListener('submit', (event) => { event.preventDefault(); send(); });
byId('stop').addEventListener('click', () => running?.abort());
byId('new').addEventListener('click', () => {
  messages = [];
  log.replaceChildren();
  tellFigures(() => '');
  tell('');
  input.focus();
});
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') running?.abort(); });
byId('model').addEventListener('focus', loadModels);
onToken(loadModels);
onLanguage(drawModels);
onLanguage(() => drawFigures());
loadModels();
input.focus();
