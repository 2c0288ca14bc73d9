// The page: what is asked goes to the engines, what they answer is shown.

// Of a frame: as few as give the probability to a hundredth of a point or so.
const FRAME = { points: 16, replicates: 4 };
// What a frame may take; where it takes longer, only what is held is drawn in it.
const FRAME_MILLISECONDS = 8;
// Refined up to so many points of each replicate, or those of the scenario if fewer.
const MOST_POINTS = 16384;
const GHOSTS = ["A", "B", "C"];
const DARK = matchMedia("(prefers-color-scheme: dark)");

class App {
  // Shows what is known of the presets; the rest once there is an engine.
  constructor(presets, known) {
    this.engine = known;
    this.ready = new Promise((done) => { this.isReady = done; });
    this.state = new State(presets);
    this.controls = new Controls(this);
    this.charts = new Charts(this);
    this.pins = [];
    this.generation = 0;
    this.handlesOf = (chart) => handlesOf(this, chart);
    this.listen();
    const problem = this.state.read(location.hash);
    this.fillPresets();
    this.busy(true);
    this.open();
    this.notice(problem);
  }

  // Answers with an engine from here on, first what was asked before.
  start({ module, engine }) {
    this.engine = engine;
    this.beside = new Beside(module, engine);
    if (this.openedPreset === this.state.preset) {
      engine.ask({ do: "open", ...this.scenario() });
      this.beside.open(this.scenario());
      this.settle();
    } else this.open();
    this.isReady();
  }

  scenario() {
    const { name, text, files } = this.state.presets[this.state.preset];
    return { name, text, files: files ?? {} };
  }

  // The scenario of the state, from its text.
  open() {
    const scenario = this.scenario();
    const opened = this.engine.ask({ do: "open", ...scenario });
    if (!opened) {
      $("preset").value = String(this.openedPreset ?? this.state.preset);
      return undefined;
    }
    if (opened.error) {
      this.busy(false);
      return this.trouble(opened.error.text);
    }
    this.opened = opened;
    this.clauses = this.beside ? null : this.askClauses();
    this.base = new Map(opened.controls.map((control) => [control.key, control]));
    this.list = opened.controls;
    this.live = new Map(this.base);
    this.openedPreset = this.state.preset;
    this.beside?.open(scenario);
    $("preset").value = String(this.state.preset);
    const { first_day: first, last_day: last } = opened;
    for (const [id, value] of [["from", first], ["to", last]]) {
      Object.assign($(id), { min: first, max: last, value });
    }
    this.settle();
    return undefined;
  }

  fillPresets() {
    $("preset").replaceChildren(...this.state.presets.map((preset, i) => element("option", { value: i }, preset.name)));
    $("preset").value = String(this.state.preset);
  }

  control(key) {
    return this.live.get(key);
  }

  isChanged(key) {
    return this.state.changes.has(key) && this.state.changes.get(key) !== this.base.get(key)?.value;
  }

  // Takes a change; one that is dragged is kept for undo when it is let go.
  change(key, value, isLive = false) {
    const own = this.base.get(key);
    const isText = ["word", "text"].includes(own?.form);
    const written = isText ? JSON.stringify(own.value) : own?.value;
    const own_overrides = (this.state.presets[this.state.preset].overrides ?? []).some((change) => change.startsWith(`${key}=`));
    if (written === value && !own_overrides) this.state.changes.delete(key);
    else {
      // The later of two changes holds: of a table, then of a key in it.
      this.state.changes.delete(key);
      this.state.changes.set(key, value);
    }
    const now = this.live.get(key);
    if (now && now.form !== "distribution") this.live.set(key, { ...now, value: isText ? JSON.parse(value) : value });
    if (isLive) {
      this.dirty = true;
      this.frame(this.pointedAt);
    } else this.commit();
  }

  reset(key) {
    this.state.changes.delete(key);
    for (const below of [...this.state.changes.keys()].filter((own) => own.startsWith(`${key}.`))) this.state.changes.delete(below);
    this.commit();
  }

  // Switches a clause: one of the file by a value at which it does nothing, another by a
  // table of its own.
  toggle(own, isOn) {
    const key = own.change.slice(0, own.change.indexOf("="));
    const isOff = own.isOfFile === isOn;
    for (const changed of [...this.state.changes.keys()]) {
      if (changed === own.key || changed.startsWith(`${own.key}.`)) this.state.changes.delete(changed);
    }
    if (!isOff) this.state.changes.set(key, own.change.slice(key.length + 1));
    this.commit();
  }

  // The clauses, each with whether it is on now: one of the file by the value that switches
  // it off, another by a change of it.
  switches() {
    return (this.clauses ?? []).map((own) => {
      const at = own.change.indexOf("=");
      const [key, value] = [own.change.slice(0, at), own.change.slice(at + 1)];
      const isOff = this.state.changes.get(key) === value;
      const isAdded = [...this.state.changes.keys()].some((changed) => changed === own.key || changed.startsWith(`${own.key}.`));
      return { ...own, isOfFile: own.on, isOn: own.on ? !isOff : isAdded };
    });
  }

  // Once the answer stands, what can be switched on and off.
  findClauses() {
    const { opened } = this;
    setTimeout(() => {
      if (this.opened !== opened) return;
      this.clauses = this.askClauses();
      this.controls.show(this.list, this.switches());
    }, 0);
  }

  askClauses() {
    return this.engine.ask({ do: "switches" })?.agreements.flat() ?? null;
  }

  commit() {
    this.noticed = "";
    if (this.state.commit()) this.settle();
    else if (this.dirty) this.settle();
  }

  step(by) {
    const before = this.state.preset;
    if (!this.state.step(by)) return;
    if (this.state.preset === before) this.settle();
    else this.open();
  }

  // Shows a state at rest: the answer, then controls, address, command, and everything
  // refined. What is not known without an engine is asked again when it starts.
  settle() {
    if (!this.opened) return;
    const overrides = this.state.overrides();
    const asked = overrides.length === 0 ? this.opened : this.engine.ask({ do: "controls", overrides });
    if (!asked) return;
    this.dirty = false;
    if (asked.error) {
      this.generation++;
      this.busy(false);
      this.trouble(asked.error.text);
    } else {
      // In the order of the file, wherever a change puts its key.
      const order = new Map([...this.base.keys()].map((key, i) => [key, i]));
      const rank = ({ key }) => order.get(key) ?? order.size;
      this.list = [...asked.controls].sort((a, b) => rank(a) - rank(b));
      this.live = new Map(this.list.map((control) => [control.key, control]));
    }
    document.title = this.control("title")?.value ?? this.opened.title;
    write($("title"), document.title);
    const isDrawn = !asked.error && this.draw(FRAME, this.charts.inSight());
    this.controls.show(this.list, this.switches());
    $("undo").disabled = this.state.at === 0;
    $("redo").disabled = this.state.at === this.state.past.length - 1;
    $("reset").disabled = this.state.changes.size === 0;
    $("pin").disabled = this.pins.length === GHOSTS.length;
    const count = this.state.changes.size;
    $("changed").replaceChildren(...(count > 0
      ? [`${count} change${count === 1 ? "" : "s"} of the file.`]
      : ["As in the file.", element("span", { class: "screen" }, " Move a slider, or drag the marks on the charts.")]));
    if (!isDrawn) return;
    // The address stays as it was opened until something changes.
    if (this.state.past.length > 1) this.writeAddress();
    // The first answer is on the screen before more is asked: what comes after the next frame's
    // callbacks comes after it is painted.
    this.painted ??= new Promise((done) => requestAnimationFrame(() => setTimeout(() => {
      performance.measure("capbind first answer", { start: 0, end: performance.now() });
      done();
    }, 0)));
    this.painted.then(() => {
      if (!this.clauses) this.findClauses();
      if (!this.dirty) this.refine();
    });
  }

  writeAddress() {
    const fragment = this.state.fragment();
    if (fragment !== location.hash) history.replaceState(null, "", fragment === "" ? location.pathname + location.search : fragment);
  }

  // In the order in which the program writes its own: by their text they are known.
  request({ points, replicates }, charts, full) {
    const pins = this.pins.filter((pin) => pin.preset === this.openedPreset).map(({ label, overrides }) => ({ label, overrides }));
    return { do: "show", overrides: this.state.overrides(), points, pins, draw: this.looks(), replicates, charts, full };
  }

  looks() {
    const dark = DARK.matches && !this.isPrinting;
    return { theme: dark ? "dark" : "light", size: this.isNarrow ? "column" : "page" };
  }

  // One frame, since an event: few paths, the charts in sight. The first change is drawn at
  // once, what follows within the screen's frame with the next one.
  frame(since = performance.now()) {
    this.since ??= since;
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      if (this.since !== undefined) this.frame();
    });
    // One event may change several keys.
    queueMicrotask(() => this.drawFrame());
  }

  drawFrame() {
    const began = performance.now();
    const since = Math.min(this.since, began);
    this.since = undefined;
    if (!this.dirty) return;
    this.generation++;
    this.busy(true);
    this.beside?.stop();
    if (!this.draw(FRAME, this.charts.forFrame())) this.charts.placeHandles();
    this.charts.isPressed = performance.now() - began > FRAME_MILLISECONDS;
    for (const key of this.state.changes.keys()) {
      const control = this.live.get(key);
      if (control && control.form !== "distribution") this.controls.rows.get(key)?.show(control);
    }
    const end = performance.now();
    performance.measure("capbind work", { start: began, end });
    performance.measure("capbind frame", { start: since, end });
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.refine(), 250);
  }

  // Something is about to be dragged: the frames have the processor to themselves.
  hold() {
    this.generation++;
    this.beside?.stop();
  }

  draw(sample, charts) {
    const answer = this.engine.ask(this.request(sample, charts, false));
    if (!answer) return false;
    if (answer.error) {
      this.trouble(answer.error.text);
      return false;
    }
    this.show(answer, false);
    return true;
  }

  // More and more points beside the page, until something changes.
  async refine() {
    clearTimeout(this.resting);
    if (!this.beside) return;
    const generation = ++this.generation;
    this.busy(true);
    this.beside.stop();
    // On the page's own thread a long run would hold everything up.
    const most = Math.min(Math.max(64, this.opened.points), this.beside.worker ? MOST_POINTS : 1024);
    for (let points = 64; points <= most; points *= 4) {
      const sample = { points: Math.min(points, most) };
      const answer = await this.beside.ask(this.request(sample, null, true));
      if (!answer || generation !== this.generation) return;
      if (answer.error) break;
      this.show(answer, true);
    }
    this.busy(false);
  }

  // Whether more precise numbers are on their way.
  busy(isBusy) {
    document.documentElement.dataset.busy = isBusy ? "yes" : "no";
  }

  show(answer, isFull) {
    this.trouble("");
    this.shown = answer;
    const { agreements, paths, points, replicates } = answer;
    const sentences = agreements.map(({ prefix, answer: text }) => element("p", { class: "answer" }, prefix + text));
    $("sentences").replaceChildren(...sentences);
    const { name, known } = agreements[0].figures[0] ?? {};
    const error = known ? ` Sampling error: ${known} (${name[0].toLowerCase()}${name.slice(1)}).` : "";
    $("sample").textContent = `${grouped(paths)} simulated outcomes, ${replicates} × ${grouped(points)}.${error}`;
    this.showFigures(agreements);
    this.charts.show(answer.charts, isFull);
    $("warnings").hidden = answer.warnings.length === 0;
    $("warnings").replaceChildren(...answer.warnings.map((text) => element("li", {}, text)));
    this.showPins(agreements);
    if (isFull) this.showFull(answer);
  }

  // Built anew only where there are others.
  showFigures(agreements) {
    const many = agreements.length > 1;
    const shape = JSON.stringify(agreements.map(({ prefix, figures }) => [prefix, figures.map(({ name, known, range }) => [name, !known, !range])]));
    if (shape === this.figureShape) {
      const texts = agreements.flatMap(({ figures }) => figures.flatMap(({ value, known, range }) => [value, known, range].filter(Boolean)));
      this.figureTexts.forEach((own, i) => write(own, texts[i]));
      return;
    }
    this.figureShape = shape;
    const blocks = agreements.flatMap(({ prefix, figures }) => {
      const list = figures.map(({ name, value, known, range }) => element("div", {},
        element("dt", {}, name),
        element("dd", { class: "value" }, value),
        known ? element("dd", {}, known) : null,
        range ? element("dd", {}, range) : null));
      const heading = many ? [element("h3", {}, prefix.replace(/: $/, ""))] : [];
      return [...heading, element("dl", { class: "keys" }, ...list)];
    });
    $("figures").replaceChildren(...blocks);
    this.figureTexts = [...$("figures").querySelectorAll("dd")];
  }

  showFull(answer) {
    const overrides = [...this.state.overrides(), `simulation.points=${answer.points}`];
    const exported = this.engine.ask({ do: "export", overrides });
    if (!exported.error) {
      $("command").textContent = exported.command;
      $("command-note").textContent = `These ${grouped(answer.paths)} outcomes, to every digit. Without simulation.points it takes as many as the file asks for.`;
    }
    const texts = answer.agreements.map(({ prefix, answer: text }) => prefix + text).join(" ");
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => { if ($("spoken").textContent !== texts) $("spoken").textContent = texts; }, 600);
    const rows = [];
    const walk = (value, path) => {
      if (value === null || ["years", "warnings", "agreements"].includes(path)) return;
      if (typeof value === "object" && !Array.isArray(value)) {
        for (const [name, inner] of Object.entries(value)) walk(inner, path ? `${path} › ${name}` : name);
      } else rows.push([path.replaceAll("_", " "), Array.isArray(value) ? value.join(", ") : String(value)]);
    };
    walk(answer.summary, "");
    $("digits").replaceChildren(element("table", {},
      element("caption", {}, "As capbind run --json prints them"),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Figure"), element("th", { scope: "col" }, "Value"))),
      element("tbody", {}, ...rows.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value))))));
    this.updateRanges();
  }

  // Cases kept to compare with.
  pin() {
    if (this.pins.length >= GHOSTS.length) return;
    const free = GHOSTS.find((letter) => !this.pins.some((pin) => pin.letter === letter));
    const changes = [...this.state.changes].map(([key, value]) => `${key.split(".").at(-1).replaceAll("_", " ")} ${value}`);
    const words = changes.length === 0 ? "the file" : changes.slice(0, 2).join(", ") + (changes.length > 2 ? ", …" : "");
    this.pins.push({ letter: free, label: `${free}: ${words}`.slice(0, 40), preset: this.openedPreset, overrides: this.state.overrides(), state: this.state.snapshot() });
    this.settle();
  }

  showPins(agreements) {
    const own = this.pins.filter((pin) => pin.preset === this.openedPreset);
    $("pins").hidden = own.length === 0;
    const signature = own.map((pin) => pin.letter).join();
    if (signature !== this.pinned) {
      this.pinned = signature;
      $("pins").replaceChildren(...own.map((pin) => {
        const table = element("table", {}, element("caption", {}, "What is shown less what is pinned, on the same random numbers"), element("thead", {}, element("tr", {}, ...["Figure", "Difference", "Standard error"].map((text) => element("th", { scope: "col" }, text)))), element("tbody", { "data-pin": pin.letter }));
        return element("section", { "aria-label": `Compared with ${pin.label}` },
          element("div", { class: "pin-name" }, element("h3", {}, `Compared with ${pin.label}`),
            element("span", { class: "buttons" },
              element("button", { type: "button", "aria-label": `Go to ${pin.label}`, onclick: () => this.goTo(pin) }, "Go to"),
              element("button", { type: "button", "aria-label": `Remove ${pin.label}`, onclick: () => this.unpin(pin) }, "Remove"))),
          element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Differences from ${pin.label}` }, table));
      }));
    }
    own.forEach((pin, i) => {
      const body = $("pins").querySelector(`[data-pin="${pin.letter}"]`);
      const rows = agreements.flatMap(({ prefix, pins }) => (pins[i]?.rows ?? []).map((row) => [prefix + row.name, row.value, row.known]));
      body.replaceChildren(...rows.map(([name, value, known]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value), element("td", {}, known))));
    });
  }

  goTo(pin) {
    this.state.restore(pin.state);
    this.commit();
  }

  unpin(pin) {
    this.pins = this.pins.filter((own) => own !== pin);
    this.settle();
  }

  // Ranges.
  async ranged(request) {
    await this.ready;
    return this.beside.worker && !this.beside.isBusy ? this.beside.ask(request) : this.engine.ask(request);
  }

  async datesRange(agreement, from, to) {
    const found = await this.ranged({ do: "dates", agreement, from, to });
    if (!found) return "";
    return `${spoken(found.from)} to ${spoken(found.to)}: the cap binds in ${percent(found.probability, 2)} (±\u00a0${errorOf(found.std_error)})`;
  }

  async amountsRange(agreement, from, to) {
    const found = await this.ranged({ do: "amounts", agreement, from, to });
    if (!found) return "";
    const amount = (value) => Number(value.toPrecision(4));
    const error = found.std_error === null ? "" : ` (±\u00a0${errorOf(found.std_error)})`;
    return `${amount(found.from)} to ${amount(found.to)} ${this.opened.money}: ${percent(found.probability, 2)} of outcomes${error}`;
  }

  async updateRanges() {
    const [from, to] = [$("from").value, $("to").value];
    $("dates").textContent = isDate(from) && isDate(to) ? (await this.datesRange(0, from, to)).replace(/^[^:]*: the cap binds /, "") : "";
    const [low, high] = ["low", "high"].map((id) => Number($(id).value.trim()));
    const given = ["low", "high"].every((id) => $(id).value.trim() !== "") && Number.isFinite(low) && Number.isFinite(high);
    $("amounts").textContent = given ? (await this.amountsRange(0, low, high)).replace(/^[^:]*: /, "in ") : "";
  }

  // Files in and out.
  async take(files) {
    const texts = await Promise.all([...files].map(async (file) => [file.name, await file.text()]));
    const main = texts.find(([name]) => name.toLowerCase().endsWith(".toml")) ?? texts[0];
    if (!main) return false;
    const others = texts.filter((own) => own !== main);
    return this.import(main[0], main[1], Object.fromEntries(others));
  }

  // Opens a text as a scenario of its own; where it is none, what the program says of it.
  async import(name, text, files) {
    await this.ready;
    const asked = this.engine.ask({ do: "open", name, text, files });
    if (asked.error) {
      // What was open stays open.
      this.notice(asked.error.text);
      $("refused").textContent = asked.error.text;
      $("refused").hidden = false;
      return false;
    }
    const taken = this.state.presets.findIndex((preset) => preset.name === name && preset.isTaken);
    const preset = { name, text, files, isTaken: true };
    if (taken >= 0) this.state.presets[taken] = preset;
    else this.state.presets.push(preset);
    this.noticed = "";
    this.state.preset = taken >= 0 ? taken : this.state.presets.length - 1;
    this.state.changes = new Map();
    this.state.commit();
    this.fillPresets();
    this.open();
    $("refused").hidden = true;
    if ($("opening").open) $("opening").close();
    return true;
  }

  async export(kind) {
    await this.ready;
    const stem = this.state.presets[this.state.preset].name.split(/[\\/]/).at(-1).replace(/\.toml$/i, "");
    const overrides = this.state.overrides();
    if (kind === "toml") {
      const { toml, error } = this.engine.ask({ do: "export", overrides });
      if (error) this.trouble(error.text);
      else save(`${stem}-changed.toml`, toml, "application/toml");
    } else if (kind === "csv") {
      const points = this.shown.replicates === this.replicates() ? this.shown.points : 64;
      const { files, error } = this.engine.ask({ do: "run", overrides: [...overrides, `simulation.points=${points}`] });
      if (error) return this.trouble(error.text);
      Object.entries(files).forEach(([name, text], i) => setTimeout(() => save(`${stem}-${name}`, text, "text/csv"), 250 * i));
    } else {
      const chart = $("picture").value;
      const found = this.engine.ask({ do: "picture", chart, kind, draw: { ...this.looks(), theme: "light", size: "page" } });
      if (found?.bytes) save(`${stem}-${chart}.png`, new Uint8Array(found.bytes), "image/png");
      if (found?.text) save(`${stem}-${chart}.svg`, found.text, "image/svg+xml");
    }
    return undefined;
  }

  replicates() {
    return this.opened.replicates;
  }

  // What is wrong with what is asked now; else what has to be said until something changes.
  trouble(text) {
    const shown = text || this.noticed || "";
    $("trouble").textContent = shown;
    $("trouble").hidden = shown === "";
  }

  notice(text) {
    this.noticed = text;
    this.trouble("");
  }

  // On paper every term stands open, and charts are light; as precise as they are, but no run
  // holds the printer up.
  print(isPrinting) {
    this.isPrinting = isPrinting;
    if (isPrinting) {
      this.closed = [...document.querySelectorAll("#controls > details:not([open])")];
      if (this.shown) this.draw({ points: Math.min(1024, Math.max(64, this.shown.points)) }, null);
    } else if (this.opened) this.settle();
    for (const group of this.closed ?? []) group.open = isPrinting;
  }

  listen() {
    const on = (id, type, act) => $(id).addEventListener(type, act);
    on("undo", "click", () => this.step(-1));
    on("redo", "click", () => this.step(1));
    on("reset", "click", () => { this.state.changes = new Map(); this.commit(); });
    on("pin", "click", () => this.pin());
    on("preset", "change", () => {
      this.state.preset = Number($("preset").value);
      this.state.changes = new Map();
      this.state.commit();
      this.open();
      this.writeAddress();
    });
    on("open", "click", () => { $("refused").hidden = true; $("opening").showModal(); });
    on("files", "change", async () => { await this.take($("files").files); $("files").value = ""; });
    on("take", "click", () => this.import("pasted.toml", $("pasted").value, {}));
    on("copy", "click", async () => {
      this.writeAddress();
      try {
        await navigator.clipboard.writeText(location.href);
        $("spoken").textContent = "The link is copied.";
        $("copy").textContent = "Copied";
      } catch {
        $("copy").textContent = "It is in the address bar";
      }
      setTimeout(() => { $("copy").textContent = "Copy link"; }, 2500);
    });
    for (const button of document.querySelectorAll("[data-export]")) {
      button.addEventListener("click", () => { this.export(button.dataset.export); $("export").open = false; });
    }
    for (const id of ["from", "to", "low", "high"]) on(id, "change", () => this.updateRanges());
    on("range", "submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input[type=text], textarea, input:not([type])");
      if (!(event.ctrlKey || event.metaKey) || typing) return;
      const key = event.key.toLowerCase();
      if (key === "z" || key === "y") {
        event.preventDefault();
        this.step(key === "y" || event.shiftKey ? 1 : -1);
      }
    });
    document.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (event.target.closest?.("input, textarea") || !/[\n=]/.test(text)) return;
      event.preventDefault();
      this.import("pasted.toml", text, {});
    });
    addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
    addEventListener("dragleave", () => document.body.classList.remove("over"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("over");
      const { files } = event.dataTransfer;
      if (files.length > 0) this.take(files);
      else this.import("dropped.toml", event.dataTransfer.getData("text/plain"), {});
    });
    addEventListener("hashchange", () => {
      const problem = this.state.read(location.hash || `#${quoted(this.state.presets[0].name)}`);
      if (problem) this.notice(problem);
      else this.open();
    });
    DARK.addEventListener("change", () => this.settle());
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    // By the window, before anything has its place; then by the place of the chart.
    this.isNarrow = matchMedia("(max-width: 32rem)").matches;
    new ResizeObserver(() => {
      const before = this.isNarrow;
      this.isNarrow = $("lead").clientWidth < 480;
      if (before !== this.isNarrow && this.opened) this.settle();
    }).observe($("lead"));
  }
}

(async () => {
  const presets = JSON.parse($("presets").textContent);
  $("made").textContent = $("made-by").textContent;
  try {
    // The engine is at the end of the page.
    const read = new Promise((done) => {
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", done);
      else done();
    });
    const answers = await unpacked("answers", "application/json").json();
    const app = new App(presets, new Known(answers, presets[0]));
    await read;
    app.start(await compiled());
  } catch (error) {
    $("trouble").textContent = `The page cannot compute here: ${error.message}`;
    $("trouble").hidden = false;
    throw error;
  }
})();
