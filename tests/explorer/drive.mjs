// Chromium, driven through a pipe: no package is needed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--remote-debugging-pipe", "--force-prefers-reduced-motion",
];

function browser() {
  if (process.env.CAPBIND_BROWSER) return process.env.CAPBIND_BROWSER;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
  if (!found) throw new Error("Chromium is installed, or CAPBIND_BROWSER names a browser");
  return found;
}

export class Page {
  // A page of a file or address, of some size and look; a script may run in it before its own.
  static async open(url, { width = 1280, height = 900, dark = false, bypass = false, before = "" } = {}) {
    const page = new Page();
    page.profile = mkdtempSync(join(tmpdir(), "explorer-"));
    page.process = spawn(browser(), [...FLAGS, `--user-data-dir=${page.profile}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const [, , , input, output] = page.process.stdio;
    page.input = input;
    page.waiting = new Map();
    page.count = 0;
    page.requests = [];
    page.console = [];
    let rest = "";
    output.on("data", (bytes) => {
      const parts = (rest + bytes).split("\0");
      rest = parts.pop();
      parts.forEach((part) => page.heard(JSON.parse(part)));
    });
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.session = sessionId;
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await page.send(`${domain}.enable`);
    if (bypass) await page.send("Page.setBypassCSP", { enabled: true });
    if (before) await page.send("Page.addScriptToEvaluateOnNewDocument", { source: before });
    await page.size(width, height);
    await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
    await page.send("Page.navigate", { url });
    return page;
  }

  send(method, params = {}) {
    const id = ++this.count;
    const own = this.session && !method.startsWith("Target.") ? { sessionId: this.session } : {};
    this.input.write(`${JSON.stringify({ id, method, params, ...own })}\0`);
    return new Promise((done, failed) => this.waiting.set(id, { done, failed, method }));
  }

  heard({ id, result, error, method, params }) {
    if (id !== undefined) {
      const { done, failed, method: asked } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) failed(new Error(`${asked}: ${error.message}`));
      else done(result);
    } else if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    else if (method === "Runtime.consoleAPICalled") this.console.push(params.args.map((arg) => arg.value ?? arg.description).join(" "));
    else if (method === "Runtime.exceptionThrown") this.console.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    else if (method === "Log.entryAdded") this.console.push(params.entry.text);
  }

  size(width, height) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  // The value of an expression or function in the page.
  async value(what, ...given) {
    const expression = typeof what === "function" ? `(${what})(${given.map((v) => JSON.stringify(v)).join(", ")})` : what;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  // Waits until an expression is true.
  async until(expression, seconds = 60) {
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      if (await this.value(expression)) return;
      if (Date.now() > end) throw new Error(`never: ${expression}\n${this.console.join("\n")}\n${await this.value("document.getElementById('trouble')?.textContent")}`);
      await new Promise((done) => setTimeout(done, 25));
    }
  }

  // Until the page computes no more.
  async rest() {
    await new Promise((done) => setTimeout(done, 350));
    await this.until("document.documentElement.dataset.busy === 'no'");
  }

  async middle(selector) {
    return this.value((own) => {
      const element = document.querySelector(own);
      element.scrollIntoView({ block: "center" });
      const box = element.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    }, selector);
  }

  mouse(type, x, y, more = {}) {
    return this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: type === "mouseReleased" ? 0 : 1, clickCount: 1, ...more });
  }

  // Drags something by some pixels, in steps of a frame or so.
  async drag(selector, dx, dy, steps = 20, pause = 16) {
    const [x, y] = await this.middle(selector);
    await this.mouse("mouseMoved", x, y, { button: "none", buttons: 0 });
    await this.mouse("mousePressed", x, y);
    for (let i = 1; i <= steps; i++) {
      await this.mouse("mouseMoved", x + (dx * i) / steps, y + (dy * i) / steps);
      await new Promise((done) => setTimeout(done, pause));
    }
    await this.mouse("mouseReleased", x + dx, y + dy);
  }

  async click(selector) {
    const [x, y] = await this.middle(selector);
    await this.mouse("mousePressed", x, y);
    await this.mouse("mouseReleased", x, y);
  }

  async key(key, { modifiers = 0 } = {}) {
    const codes = { ArrowUp: 38, ArrowDown: 40, ArrowLeft: 37, ArrowRight: 39, PageUp: 33, PageDown: 34, Enter: 13, Tab: 9, z: 90 };
    const common = { key, code: key.length === 1 ? `Key${key.toUpperCase()}` : key, windowsVirtualKeyCode: codes[key], modifiers };
    await this.send("Input.dispatchKeyEvent", { type: key === "Enter" ? "keyDown" : "rawKeyDown", ...common, ...(key === "Enter" ? { text: "\r" } : {}) });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  }

  async type(selector, text) {
    await this.value((own) => { const field = document.querySelector(own); field.scrollIntoView({ block: "center" }); field.focus(); field.select?.(); }, selector);
    await this.send("Input.insertText", { text });
  }

  async picture(whole = false) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    return Buffer.from(data, "base64");
  }

  async close() {
    const ended = new Promise((done) => this.process.once("exit", done));
    await this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
