// The page in Chromium: node page.mjs http://127.0.0.1:8080 FOLDER-FOR-SCREENSHOTS TRAINING-PAGE
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [base, out, training] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const context = await browser.newContext({
  viewport: { width: 1366, height: 768 },
  locale: "es-ES",
  colorScheme: "light",
});
const page = await context.newPage();
const problems = [];
page.on("console", (m) => m.type() === "error" && problems.push(m.text()));
page.on("pageerror", (e) => problems.push(String(e)));
page.on("request", (r) => [base, training].some((own) => r.url().startsWith(own)) || problems.push("fetched " + r.url()));
page.setDefaultTimeout(60_000);
const shot = (name) => page.screenshot({ path: `${out}/${name}.png` });
const log = () => page.locator("#log").innerText();

await page.goto(base);
await page.waitForFunction(() => document.querySelector("#model").options.length > 0);
assert.equal(await page.locator("html").getAttribute("lang"), "es");
await shot("1-start-es");

// Types with the keyboard, and sees the answer grow.
await page.locator("#max_tokens").evaluate((e) => (e.value = "120"));
await page.evaluate(() => {
  window.lengthsSeen = new Set();
  const log = document.querySelector("#log");
  new MutationObserver(() => window.lengthsSeen.add(log.innerText.length))
    .observe(log, { childList: true, characterData: true, subtree: true });
});
await page.locator("#input").focus();
await page.keyboard.type("Cuéntame un cuento de un perro");
await page.keyboard.press("Enter");
await page.waitForFunction(() => document.querySelector("#figures").innerText.includes("tokens/s"));
const answered = await log();
const lengths = await page.evaluate(() => window.lengthsSeen.size);
assert(answered.includes("Cuéntame un cuento") && answered.length > 60, answered);
assert(lengths > 3, "the answer grows in view");
console.log("streamed:", lengths, "lengths seen, figures:", await page.locator("#figures").innerText());
await shot("2-answer-es");

// Stops a long text: at this temperature no token is likely, the one that ends a text neither.
await page.locator("#max_tokens").evaluate((e) => (e.value = "100000"));
await page.locator("#temperature").evaluate((e) => (e.value = "10"));
await page.locator("details summary").click();
await page.locator("#mode").selectOption("text");
await page.locator("#input").fill("Había una vez");
await page.locator("#send").click();
await page.waitForFunction(() => !document.querySelector("#stop").disabled);
await page.locator("#stop").click();
await page.waitForFunction(() => document.querySelector("#stop").disabled);
await shot("3-stopped-es");
console.log("stopped");

await page.locator("#language").click();
assert.equal(await page.locator("html").getAttribute("lang"), "en");
assert.equal(await page.locator("#figures").innerText(), "stopped");
await page.locator("#theme").click();
await page.locator("#theme").click();
await shot("4-english-dark");
console.log("language:", await page.locator("#send").innerText());

await page.setViewportSize({ width: 390, height: 844 });
await shot("5-phone");
assert(
  await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
  "nothing is wider than a phone",
);

// A run under way: its curve grows.
await page.setViewportSize({ width: 1366, height: 768 });
await page.goto(training);
const points = () =>
  page.evaluate(() => document.querySelector("#curve .loss")?.getAttribute("points")?.split(" ").length ?? 0);
while ((await points()) < 10) {
  await page.waitForTimeout(200);
}
const before = await page.locator("#state").innerText();
await page.waitForFunction((text) => document.querySelector("#state").innerText !== text, before);
await shot("6-training");
console.log("training:", before, "→", await page.locator("#state").innerText());
await browser.close();
assert.deepEqual(problems, []);
console.log("no error in the console, nothing fetched from outside");
