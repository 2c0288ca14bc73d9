// How fast the explorer answers: node benches/explorer.mjs explore.html
// Each frame counts from the pointer's event: to the answer redrawn in the page, and to the
// page laid out and painted with it.
import { statSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Page } from "../tests/explorer/drive.mjs";

const file = resolve(process.argv[2] ?? "explore.html");
const url = pathToFileURL(file).href;
const page = await Page.open(url);
await page.rest();
const measured = (name, of = page) => of.value(`performance.getEntriesByName(${JSON.stringify(name)}).map((entry) => entry.duration)`);
const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const show = (what, times) => {
  const sorted = [...times].sort((a, b) => a - b);
  console.log(`${what}: ${sorted.length} times, median ${part(sorted, 0.5).toFixed(1)} ms, p95 ${part(sorted, 0.95).toFixed(1)} ms, least ${sorted[0].toFixed(1)} ms`);
};
console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(2)} MB`);
// To the first answer and its chart painted, in a browser of its own each time: as the file is,
// and with a change in the address, which only the engine can answer.
const name = await page.value("document.getElementById('preset').selectedOptions[0].textContent");
for (const [what, fragment] of [["First answer", ""], ["  of a changed address", `#${name}&agreement.cap=45`]]) {
  const times = [];
  for (let i = 0; i < 7; i++) {
    const opened = await Page.open(url + fragment);
    await opened.until("performance.getEntriesByName('capbind first answer').length > 0");
    times.push(...await measured("capbind first answer", opened));
    await opened.close();
  }
  show(what, times);
}
// What comes after the next frame's callbacks comes after its layout and paint.
await page.value(() => {
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => {
    const end = performance.now();
    for (const start of waiting.splice(0)) performance.measure("painted", { start, end });
  };
  new PerformanceObserver((list) => {
    const starts = list.getEntriesByName("capbind frame").map((entry) => entry.startTime);
    if (starts.length === 0) return;
    requestAnimationFrame(() => {
      waiting.push(...starts);
      channel.port2.postMessage(0);
    });
  }).observe({ entryTypes: ["measure"] });
});
for (const [what, dx, dy] of [["Cap", 0, -90], ["End date", -200, 0]]) {
  await page.value("performance.clearMeasures()");
  await page.drag(`.handle[aria-label='${what}']`, dx, dy, 60, 25);
  show(`${what} dragged`, await measured("capbind frame"));
  show("  the work of it", await measured("capbind work"));
  show("  until it is painted", await measured("painted"));
  console.log(`  in the last frame: ${await page.value("document.getElementById('sample').textContent")}`);
  await page.rest();
}
console.log(`at rest: ${await page.value("document.getElementById('sample').textContent")}`);
console.log(`load average: ${loadavg().map((load) => load.toFixed(1)).join(", ")} on ${cpus().length} processors`);
console.log(`requests: ${page.requests.filter((url) => !/^(file|data|blob):/.test(url)).length}`);
await page.close();
