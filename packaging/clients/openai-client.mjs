// What the openai package sees of the local API: node openai-client.mjs http://127.0.0.1:8080/v1
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "not needed", maxRetries: 0 });
const messages = [
  { role: "system", content: "Sé breve." },
  { role: "user", content: "Hola, ¿quién eres?" },
];

const models = await client.models.list();
const model = models.data[0].id;
assert(models.data.every((m) => m.created > 1e9), "models have dates");
console.log("models:", models.data.map((m) => m.id).join(", "));

const options = { model, messages, max_tokens: 32, seed: 7, temperature: 0.7 };
const whole = await client.chat.completions.create(options);
const text = whole.choices[0].message.content;
assert(text.length > 0);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);
console.log("whole:", JSON.stringify(text), whole.choices[0].finish_reason);

let streamed = "";
let pieces = 0;
let usage;
const stream = await client.chat.completions.create({
  ...options,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  const piece = chunk.choices[0]?.delta?.content ?? "";
  pieces += piece ? 1 : 0;
  streamed += piece;
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, text, "the stream joins to the whole answer of the same seed");
assert.deepEqual(usage.total_tokens, whole.usage.total_tokens);
console.log("stream:", pieces, "pieces, the same text");

const logged = await client.chat.completions.create({
  ...options,
  max_tokens: 4,
  logprobs: true,
  top_logprobs: 3,
});
const content = logged.choices[0].logprobs.content;
assert.equal(content.length, logged.usage.completion_tokens);
assert(content.every((t) => t.logprob <= 0 && t.top_logprobs.length === 3));
console.log("logprobs:", content.map((t) => `${JSON.stringify(t.token)} ${t.logprob.toFixed(2)}`).join(", "));

const completion = await client.completions.create({
  model,
  prompt: "Había una vez",
  max_tokens: 16,
  seed: 1,
  logprobs: 2,
});
assert.equal(completion.choices[0].logprobs.tokens.join(""), completion.choices[0].text);
console.log("completion:", JSON.stringify(completion.choices[0].text));

await assert.rejects(
  client.chat.completions.create({ ...options, temperature: -1 }),
  (e) => e instanceof OpenAI.BadRequestError && e.param === "temperature",
);
await assert.rejects(
  client.chat.completions.create({ ...options, model: "none" }),
  OpenAI.NotFoundError,
);
console.log("errors: BadRequestError and NotFoundError");

const cut = await client.chat.completions.create({ ...options, max_tokens: 200, stream: true });
for await (const chunk of cut) {
  if (chunk.choices[0]?.delta?.content) {
    cut.controller.abort();
    break;
  }
}
const after = await client.chat.completions.create(options);
assert.equal(after.choices[0].message.content, text, "a stream that was broken off leaves nothing");
console.log("aborted stream: the next answer is whole");
