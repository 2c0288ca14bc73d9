// What a user does with the page, in a real browser; what is found goes to standard output as
// JSON. node page.mjs '{"page": …, "changed": …, "hostile": …, "bad": …, "folder": …, "axe": …}'
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Page } from "./drive.mjs";

const given = JSON.parse(process.argv[2]);
const url = pathToFileURL(given.page).href;
const text = (id) => `document.getElementById(${JSON.stringify(id)}).textContent`;
const CAP = ".handle[aria-label='Cap']";
const now = `Number(document.querySelector(${JSON.stringify(CAP)}).ariaValueNow ?? document.querySelector(${JSON.stringify(CAP)}).getAttribute("aria-valuenow"))`;
const found = {};

async function moving() {
  const page = await Page.open(url);
  await page.rest();
  assert.deepEqual(page.console, []);
  assert.equal(await page.value("location.hash"), "", "the address is not rewritten on opening");
  const before = await page.value(text("sentences"));
  assert.match(before, /^The cap binds in \d/);

  // The cap is dragged on the chart.
  await page.drag(CAP, 0, -40);
  await page.rest();
  const cap = await page.value(now);
  assert.ok(cap > 39, `the cap is ${cap}`);
  assert.equal(await page.value("document.getElementById('control-agreement.cap').value"), String(cap));
  const dragged = await page.value(text("sentences"));
  assert.notEqual(dragged, before);
  assert.equal(await page.value("location.hash"), `#${await page.value("document.getElementById('preset').selectedOptions[0].textContent")}&agreement.cap=${cap}`);

  // Undo and redo, by button and by keys.
  await page.click("#undo");
  await page.rest();
  assert.equal(await page.value(text("sentences")), before);
  await page.key("z", { modifiers: 10 });
  await page.rest();
  assert.equal(await page.value(text("sentences")), dragged);
  await page.key("z", { modifiers: 2 });
  await page.rest();
  assert.equal(await page.value(now), 38);

  // The same by the keyboard, with its value said.
  await page.value(`document.querySelector(${JSON.stringify(CAP)}).focus()`);
  await page.key("ArrowUp");
  await page.key("PageUp");
  await page.rest();
  assert.equal(await page.value(now), 43.5);
  assert.match(await page.value(`document.querySelector(${JSON.stringify(CAP)}).getAttribute("aria-valuetext")`), /43\.5 USD billion/);
  const spoken = `${text("spoken")} === ${text("sentences")}`;
  await page.until(spoken, 10);

  // End date and growth.
  const END = ".handle[aria-label='End date']";
  await page.value(`document.querySelector(${JSON.stringify(END)}).focus()`);
  await page.key("ArrowLeft");
  await page.rest();
  assert.equal(await page.value("document.getElementById('control-agreement.expiry').value"), "2030-11-30");
  await page.drag(END, -80, 0);
  await page.rest();
  assert.match(await page.value("document.getElementById('control-agreement.expiry').value"), /^20(29|30)-\d\d-(28|29|30|31)$/);
  const plan = "document.getElementById('control-revenue.forecast.annual.2030').value";
  const planned = await page.value(plan);
  await page.drag(".handle[aria-label='Growth of revenue']", 0, -30);
  await page.rest();
  assert.ok(Number(await page.value(plan)) > Number(planned), "more growth, more revenue");
  assert.equal(await page.value("document.getElementById('control-revenue.forecast.annual.2026').value"), "28");
  await page.click("#reset");
  await page.rest();
  assert.equal(await page.value(text("sentences")), before);
  assert.equal(await page.value("location.hash"), "");

  // A field applies on Enter and not before; what is not permitted is said and changes nothing.
  await page.type("#control-agreement\\.share", "30 %");
  await new Promise((done) => setTimeout(done, 300));
  assert.equal(await page.value(text("sentences")), before);
  await page.key("Enter");
  await page.rest();
  assert.notEqual(await page.value(text("sentences")), before);
  const valid = await page.value(text("sentences"));
  await page.type("#control-agreement\\.share", "2");
  await page.key("Enter");
  await page.until("!document.getElementById('trouble').hidden");
  assert.match(await page.value(text("trouble")), /agreement\.share[^]*permitted: 0 to 1/);
  assert.equal(await page.value(text("sentences")), valid);
  await page.click("#undo");
  await page.click("#undo");
  await page.rest();

  // Texts are controls as well.
  await page.value("document.getElementById('control-title').closest('details').open = true");
  await page.type("#control-title", "Half \"as\" much");
  await page.key("Enter");
  await page.rest();
  assert.equal(await page.value(text("title")), "Half \"as\" much");
  assert.equal(await page.value("document.title"), "Half \"as\" much");
  await page.click("#undo");
  await page.rest();

  // A slider answers while it moves.
  const slider = "#control-agreement\\.cap ~ *, .control:has(#control-agreement\\.cap) input[type=range]";
  await page.value((own) => document.querySelector(own).focus(), ".control:has(#control-agreement\\.cap) input[type=range]");
  await page.key("ArrowRight");
  await page.rest();
  assert.equal(await page.value(now), 38.5, slider);
  await page.click("#undo");
  await page.rest();

  // Cases to compare with: curves and differences.
  await page.click("#pin");
  await page.drag(CAP, 0, -25);
  await page.rest();
  assert.ok((await page.value("document.querySelector('#lead svg').textContent")).includes("A: the file"));
  const rows = await page.value("[...document.querySelectorAll('[data-pin=A] tr')].map((row) => row.textContent)");
  assert.ok(rows.some((row) => /^The cap binds−\d/.test(row)), rows.join("\n"));
  for (let i = 0; i < 2; i++) await page.click("#pin");
  assert.equal(await page.value("document.getElementById('pin').disabled"), true);
  await page.rest();
  for (let i = 0; i < 3; i++) await page.click("#pins button[aria-label^=Remove]");
  assert.equal(await page.value("document.getElementById('pins').hidden"), true);

  // A clause is switched on and off.
  await page.click("#switch-agreement\\.default");
  await page.rest();
  assert.match(await page.value(text("sentences")), /default/);
  assert.ok(await page.value("document.getElementById('control-agreement.default.hazard') !== null"));
  await page.click("#switch-agreement\\.default");
  await page.click("#reset");
  await page.rest();

  // Without its cap, sharing ends by date; its slider stays as long as it was.
  const longest = "document.querySelector('#control-agreement\\\\.cap').closest('.control').querySelector('[type=range]').max";
  const usual = await page.value(longest);
  await page.click("#switch-agreement\\.cap");
  await page.rest();
  assert.match(await page.value(text("sentences")), /There is no cap: /);
  await page.click("#switch-agreement\\.cap");
  await page.rest();
  assert.equal(await page.value(longest), usual);

  // A number becomes uncertain, by its ends.
  await page.value(() => {
    const row = document.getElementById("control-agreement.cap").closest(".control");
    row.querySelector(".ask").click();
    row.querySelector(".about button").click();
  });
  await page.rest();
  assert.equal(await page.value("document.getElementById('control-agreement.cap').textContent"), "uniform");
  await page.click("#undo");
  await page.rest();

  // A range of dates.
  await page.value(() => { for (const [id, value] of [["from", "2029-01-01"], ["to", "2029-12-31"]]) { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event("change")); } });
  await page.until("/^in \\d/.test(document.getElementById('dates').textContent)");

  // Every chart has its numbers beside it.
  await page.value("document.querySelectorAll('.chart-table').forEach((table) => { table.open = true; })");
  await page.until("[...document.querySelectorAll('.chart-table')].every((table) => table.querySelectorAll('tbody tr').length > 0)");
  assert.deepEqual(page.console, []);
  found.requests = page.requests.filter((own) => !own.startsWith("file:") && !own.startsWith("data:") && !own.startsWith("blob:"));
  await page.close();
}

// From a link to the file that gives the same numbers.
async function exporting() {
  const page = await Page.open(`${url}#${given.preset}&agreement.cap=45&revenue.forecast.volatility=0.2`);
  await page.rest();
  assert.equal(await page.value("document.getElementById('control-agreement.cap').value"), "45");
  await page.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath: given.folder });
  await page.value("document.querySelector('[data-export=toml]').click()");
  for (let i = 0; i < 200 && !readdirSync(given.folder).some((name) => name.endsWith("-changed.toml")); i++) await new Promise((done) => setTimeout(done, 50));
  found.toml = readdirSync(given.folder).find((name) => name.endsWith("-changed.toml"));
  found.command = await page.value(text("command"));
  found.digits = await page.value("[...document.querySelectorAll('#digits tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent))");
  found.figures = await page.value("[...document.querySelectorAll('#figures .value')].map((own) => own.textContent)");
  await page.close();
}

// Files that are none, and texts that would be more than text.
async function importing() {
  const page = await Page.open(`${url}#<img src=x onerror=window.taken=1>&agreement.cap=<script>window.taken=1</script>`);
  await page.rest();
  assert.match(await page.value(text("trouble")), /which is not in this page/);
  const before = await page.value(text("sentences"));
  await page.click("#open");
  await page.type("#pasted", given.bad.text);
  await page.click("#take");
  found.refused = await page.value(text("refused"));
  assert.equal(await page.value(text("sentences")), before);
  // Files that are dropped: no scenario, and no text at all.
  for (const [name, bytes] of [["bad.toml", [...new TextEncoder().encode(given.bad.text)]], ["picture.toml", [0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 10]]]) {
    await page.value(`document.getElementById("trouble").textContent = ""`);
    await page.value((own, data) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(data)], own));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, name, bytes);
    await page.until(`document.getElementById("trouble").textContent.includes(${JSON.stringify(name)})`);
    assert.equal(await page.value(text("sentences")), before);
  }
  await page.type("#pasted", given.hostile);
  await page.click("#take");
  await page.rest();
  assert.equal(await page.value("document.getElementById('opening').open"), false);
  found.title = await page.value(text("title"));
  assert.equal(await page.value("window.taken === undefined && document.querySelectorAll('img, iframe').length === 0"), true);
  assert.equal(await page.value("document.querySelectorAll('script:not([type])').length"), 1);
  // The policy holds whatever gets into the page.
  const barred = await page.value(`(async () => {
    const script = document.createElement("script");
    let thrown = "";
    try { script.textContent = "window.taken = 1"; document.body.append(script); } catch (error) { thrown = error.name; }
    const reached = await fetch("https://example.invalid/").then(() => "reached", () => "barred");
    return [window.taken === undefined, reached];
  })()`);
  assert.deepEqual(barred, [true, "barred"]);
  await page.close();
}

async function accessible() {
  for (const [width, dark] of [[320, true], [1280, false]]) {
    const page = await Page.open(url, { width, dark, bypass: true });
    await page.rest();
    assert.equal(await page.value("document.documentElement.scrollWidth <= innerWidth"), true, `scrolls sideways at ${width}`);
    await page.click("#pin");
    await page.value("document.querySelectorAll('details').forEach((own) => { own.open = true; })");
    await page.rest();
    await page.value(readFileSync(given.axe, "utf8") + "; true");
    const faults = await page.value(`axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map((node) => node.html).join(" | ")))`);
    assert.deepEqual(faults, [], `at ${width}`);
    await page.close();
  }
}

async function printed() {
  const page = await Page.open(url);
  await page.rest();
  const { data } = await page.send("Page.printToPDF", { preferCSSPageSize: true });
  const pdf = Buffer.from(data, "base64").toString("latin1");
  found.pages = pdf.match(/\/Type \/Page\n/g)?.length ?? 0;
  await page.close();
}

// The engine of a page is not there before it is let go.
const LATE = `(() => {
  const own = WebAssembly.compileStreaming;
  const late = new Promise((done) => { window.release = done; });
  WebAssembly.compileStreaming = (...given) => late.then(() => own.apply(WebAssembly, given));
})()`;

// What a page shows before its engine is there, and what is done to it until then.
async function opening() {
  for (const [width, dark] of [[1280, false], [1280, true], [320, false], [320, true], [900, false]]) {
    const page = await Page.open(url, { width, dark, before: LATE });
    await page.until("window.release && performance.getEntriesByName('capbind first answer').length > 0");
    assert.match(await page.value(text("sentences")), /^The cap binds in \d/, `at ${width}`);
    const drawn = await page.value("document.querySelector('#lead svg').getAttribute('width') + document.querySelector('#lead svg rect').getAttribute('fill')");
    assert.equal(drawn, `${await page.value("document.getElementById('lead').clientWidth < 480") ? 340 : 720}${dark ? "#121820" : "#ffffff"}`);
    assert.equal(await page.value("document.getElementById('control-agreement.cap').value"), "38");
    assert.ok(await page.value("document.getElementById('switch-agreement.cap').checked"));
    assert.deepEqual(page.console, []);
    await page.close();
  }

  // A drag begun before is held, whether it ends before or after.
  for (const ends of [true, false]) {
    const page = await Page.open(url, { before: LATE });
    await page.until(`window.release && document.querySelector(${JSON.stringify(CAP)})`);
    const before = await page.value(text("sentences"));
    const [x, y] = await page.middle(CAP);
    await page.mouse("mousePressed", x, y);
    for (let i = 1; i <= 4; i++) await page.mouse("mouseMoved", x, y - 10 * i);
    await page.until(`${now} > 39`);
    const cap = await page.value(now);
    assert.equal(await page.value("document.getElementById('control-agreement.cap').value"), String(cap));
    assert.equal(await page.value(text("sentences")), before);
    if (ends) await page.mouse("mouseReleased", x, y - 40);
    await page.value("window.release()");
    await page.until(`${text("sentences")} !== ${JSON.stringify(before)}`);
    if (!ends) {
      await page.mouse("mouseMoved", x, y - 60);
      await page.mouse("mouseReleased", x, y - 60);
      await page.until(`${now} > ${cap}`);
    }
    await page.rest();
    assert.equal(await page.value("document.getElementById('control-agreement.cap').value"), String(await page.value(now)));
    assert.ok((await page.value("location.hash")).endsWith(`&agreement.cap=${await page.value(now)}`));
    assert.equal(await page.value("document.getElementById('undo').disabled"), false);
    assert.deepEqual(page.console, []);
    await page.close();
  }

  // What the page has is not the answer to another question.
  for (const fragment of [`#${given.preset}&agreement.cap=45`, `#${given.other}`]) {
    const page = await Page.open(url + fragment, { before: LATE });
    await page.until("window.release && document.readyState === 'complete'");
    assert.equal(await page.value(text("sentences")), "");
    assert.equal(await page.value("document.querySelectorAll('#lead svg, .control').length"), 0);
    await page.value("window.release()");
    await page.rest();
    assert.notEqual(await page.value(text("sentences")), "");
    assert.equal(await page.value("location.hash"), fragment);
    await page.close();
  }
}

const parts = { opening, moving, exporting, importing, accessible, printed };
for (const name of given.parts) await parts[name]();
process.stdout.write(JSON.stringify(found));
