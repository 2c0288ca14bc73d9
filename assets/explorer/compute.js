// Two engines: one on the page's own thread for the frame, one beside it that refines.

// A module with one relaxed multiply-add: browsers that know it have the fast engine.
const RELAXED = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0,
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x87, 2, 11,
]);

// What may become markup or a script: charts of the engine, whose texts it escapes, and the
// engine's own worker. Nothing else can.
const trusted = (() => {
  const rules = { createHTML: (svg) => svg, createScriptURL: (url) => url };
  return self.trustedTypes ? self.trustedTypes.createPolicy("capbind", rules) : rules;
})();

// What is packed in the page, unpacked while it is read: compressed, then four bytes as five
// digits, each a letter from "(" to "}" but for "<".
function unpacked(id, type) {
  const { textContent: text, dataset } = document.getElementById(id);
  const four = new DataView(new ArrayBuffer((text.length / 5) * 4));
  for (let i = 0; i < text.length; i += 5) {
    let word = 0;
    for (let j = i; j < i + 5; j++) {
      const letter = text.charCodeAt(j);
      word = word * 85 + letter - (letter > 60 ? 41 : 40);
    }
    four.setUint32((i / 5) * 4, word);
  }
  const bytes = new Uint8Array(four.buffer, 0, Number(dataset.bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "content-type": type } });
}

// The engine for this browser and processor: the fast one where it gives the same bits. It
// is compiled while it is unpacked.
async function compiled() {
  const packed = () => unpacked("engine", "application/wasm");
  if (WebAssembly.validate(RELAXED)) {
    const module = await WebAssembly.compileStreaming(packed());
    const engine = await Engine.of(module);
    if (engine.isFused) return { module, engine };
  }
  const module = await WebAssembly.compile(inSoftware(new Uint8Array(await packed().arrayBuffer())));
  return { module, engine: await Engine.of(module) };
}

// Stands in for the engine until it is there: the answers, made with the page, to what a page
// asks as it opens. To anything else it has none.
class Known {
  constructor({ opened, answers }, own) {
    Object.assign(this, { opened, answers, own });
  }

  ask(request) {
    if (request.do !== "open") return this.isOpen ? this.answers[JSON.stringify(request)] : undefined;
    this.isOpen = request.text === this.own.text && request.name === this.own.name;
    return this.isOpen ? this.opened : undefined;
  }
}

// An engine beside the page. Without workers, as some browsers have it for files, the
// page's own engine does the work between two frames.
class Beside {
  constructor(module, own) {
    this.module = module;
    this.own = own;
    this.waiting = new Map();
    this.count = 0;
    this.opened = null;
    this.isOpen = false;
    this.start();
  }

  start() {
    this.isGone = false;
    this.isOpen = false;
    try {
      const text = document.getElementById("worker").textContent;
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      this.worker = new Worker(trusted.createScriptURL(url));
      this.worker.onmessage = ({ data }) => {
        this.waiting.get(data.id)?.(JSON.parse(data.answer));
        this.waiting.delete(data.id);
      };
      this.worker.onerror = () => this.fail();
      this.worker.postMessage({ module: this.module });
    } catch {
      this.fail();
    }
  }

  fail() {
    this.worker = null;
    this.waiting.forEach((done) => done(null));
    this.waiting.clear();
  }

  open(scenario) {
    this.opened = scenario;
    this.stop();
    this.isOpen = false;
  }

  // Ends what it is at; another begins when it is asked again.
  stop() {
    if (!this.worker || this.waiting.size === 0) return;
    this.worker.terminate();
    this.isGone = true;
    this.waiting.forEach((done) => done(null));
    this.waiting.clear();
  }

  get isBusy() {
    return this.waiting.size > 0;
  }

  ask(request) {
    if (!this.worker) {
      return new Promise((done) => setTimeout(() => done(this.own.ask(request)), 30));
    }
    if (this.isGone) this.start();
    if (!this.isOpen) {
      this.isOpen = true;
      this.ask({ do: "open", ...this.opened });
    }
    const id = ++this.count;
    this.worker.postMessage({ id, request: JSON.stringify(request) });
    return new Promise((done) => this.waiting.set(id, done));
  }
}
