// The server's API: JSON, and events read from a stream (EventSource cannot send a token).
import { text } from '/texts.js';

const problem = document.getElementById('problem');
const tokenForm = document.getElementById('token-form');
const waitingForToken = [];
let token = sessionStorage.getItem('mini-llm.token') || '';

export function tell(message) {
  problem.textContent = message;
  problem.hidden = !message;
}

/** Calls again once the user has given a token. */
export function onToken(retry) { waitingForToken.push(retry); }

tokenForm.addEventListener('submit', (event) => {
  event.preventDefault();
  token = document.getElementById('token').value.trim();
  sessionStorage.setItem('mini-llm.token', token);
  tokenForm.hidden = true;
  tell('');
  for (const retry of waitingForToken) retry();
});

/** A response that is fine; throws an Error with the server's words otherwise. */
export async function request(path, body, signal) {
  const headers = {};
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method: body ? 'POST' : 'GET', headers, signal, body: body && JSON.stringify(body) });
  } catch (e) {
    throw e.name === 'AbortError' ? e : new Error(text('offline'));
  }
  if (response.ok) return response;
  if (response.status === 401) tokenForm.hidden = false;
  const answer = await response.json().catch(() => null);
  throw new Error(answer?.error?.message || 'HTTP ' + response.status);
}

/** The events of a response, one after the other: {name, data}. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf('\n\n')) >= 0) {
      const event = { name: '', data: '' };
      for (const line of rest.slice(0, end).split('\n')) {
        if (line.startsWith('event: ')) event.name = line.slice(7);
        if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      rest = rest.slice(end + 2);
      if (event.data) yield event;
    }
  }
}
