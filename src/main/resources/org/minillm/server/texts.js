// Spanish and English, and what the user chose: language and theme stay in this browser.
const TEXTS = {
  en: {
    model: 'Model', chat: 'Chat', message: 'Message', send: 'Send', stop: 'Stop',
    newChat: 'New chat', inputHint: 'Write a message. Enter sends, Shift+Enter breaks the line, Esc stops.',
    sampling: 'Sampling', mode: 'Mode', modeChat: 'Conversation', modeText: 'Continue the text',
    temperature: 'Temperature', topP: 'Top-p', topK: 'Top-k', maxTokens: 'Tokens at most',
    seed: 'Seed', seedHint: 'a new one', system: 'System prompt', you: 'You', answer: 'Model',
    training: 'Training', noTraining: 'No training in this process.', loss: 'Training loss',
    valLoss: 'Validation loss', resources: 'Resources', memory: 'Memory', budget: 'budget',
    peak: 'Peak', available: 'Free in the machine', cpu: 'Processor', cores: 'cores busy',
    step: 'step', left: 'left', tokensPerSecond: 'tokens/s', tokens: 'tokens',
    live: 'The model in training', noModel: 'There is no model yet.',
    cut: 'ended at its length', stopped: 'stopped', theme: 'Theme', themeAuto: 'as the system',
    themeLight: 'light', themeDark: 'dark', token: 'Token of this server', tokenUse: 'Use',
    offline: 'The server does not answer. Is it running?', curveOf: 'Loss by step, now',
    state: { new: 'waits', running: 'runs', paused: 'is paused', succeeded: 'is done', failed: 'failed', cancelled: 'was stopped' },
  },
  es: {
    model: 'Modelo', chat: 'Chat', message: 'Mensaje', send: 'Enviar', stop: 'Parar',
    newChat: 'Chat nuevo', inputHint: 'Escribe un mensaje. Intro envía, Mayús+Intro salta de línea, Esc para.',
    sampling: 'Muestreo', mode: 'Modo', modeChat: 'Conversación', modeText: 'Continuar el texto',
    temperature: 'Temperatura', topP: 'Top-p', topK: 'Top-k', maxTokens: 'Tokens como máximo',
    seed: 'Semilla', seedHint: 'una nueva', system: 'Instrucciones del sistema', you: 'Tú', answer: 'Modelo',
    training: 'Entrenamiento', noTraining: 'No hay entrenamiento en este proceso.', loss: 'Pérdida de entrenamiento',
    valLoss: 'Pérdida de validación', resources: 'Recursos', memory: 'Memoria', budget: 'presupuesto',
    peak: 'Máximo', available: 'Libre en la máquina', cpu: 'Procesador', cores: 'núcleos ocupados',
    step: 'paso', left: 'restantes', tokensPerSecond: 'tokens/s', tokens: 'tokens',
    live: 'El modelo en entrenamiento', noModel: 'Todavía no hay ningún modelo.',
    cut: 'cortado por su longitud', stopped: 'parado', theme: 'Tema', themeAuto: 'como el sistema',
    themeLight: 'claro', themeDark: 'oscuro', token: 'Clave de este servidor', tokenUse: 'Usar',
    offline: 'El servidor no responde. ¿Está en marcha?', curveOf: 'Pérdida por paso, ahora',
    state: { new: 'espera', running: 'en marcha', paused: 'en pausa', succeeded: 'terminado', failed: 'ha fallado', cancelled: 'parado' },
  },
};
const THEMES = ['Auto', 'Light', 'Dark'];
const changes = [];

function kept(key) {
  try { return localStorage.getItem('mini-llm.' + key); } catch { return null; }
}

function keep(key, value) {
  try { localStorage.setItem('mini-llm.' + key, value); } catch { /* private browsing */ }
}

let language = kept('language') || (navigator.language.startsWith('es') ? 'es' : 'en');
if (!TEXTS[language]) language = 'en';
let theme = THEMES.includes(kept('theme')) ? kept('theme') : 'Auto';

export function text(key) { return TEXTS[language][key]; }

export function number(value, digits = 0) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Calls now and at each change of the language. */
export function onLanguage(draw) { changes.push(draw); draw(); }

function drawTexts() {
  document.documentElement.lang = language;
  for (const e of document.querySelectorAll('[data-text]')) e.textContent = text(e.dataset.text);
  for (const e of document.querySelectorAll('[data-placeholder]')) e.placeholder = text(e.dataset.placeholder);
  for (const e of document.querySelectorAll('[data-label]')) e.setAttribute('aria-label', text(e.dataset.label));
  const other = document.getElementById('language');
  other.textContent = language === 'es' ? 'English' : 'Español';
  other.lang = language === 'es' ? 'en' : 'es';
  drawTheme();
}

function drawTheme() {
  const root = document.documentElement;
  if (theme === 'Auto') delete root.dataset.theme; else root.dataset.theme = theme.toLowerCase();
  document.getElementById('theme').textContent = text('theme') + ': ' + text('theme' + theme);
}

document.getElementById('language').addEventListener('click', () => {
  language = language === 'es' ? 'en' : 'es';
  keep('language', language);
  for (const draw of changes) draw();
});
document.getElementById('theme').addEventListener('click', () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  keep('theme', theme);
  drawTheme();
});
onLanguage(drawTexts);
