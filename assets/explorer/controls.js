// The controls: one for each key of the scenario, grouped as in the file.

const TITLES = {
  "": "Scenario", timeline: "Timeline", agreement: "Agreement", simulation: "Simulation",
  valuation: "Valuation", report: "Report", revenue: "Revenue", correlation: "Correlation",
};
// The groups that stand first, in this order, and open; others are one click away.
const FIRST = ["agreement", "revenue", "valuation", "timeline"];
const OPEN_AT_FIRST = ["agreement", "revenue"];

class Controls {
  constructor(app) {
    this.app = app;
    this.rows = new Map();
    this.shape = "";
  }

  // Shows controls; builds them anew only where there are others.
  show(controls, switches) {
    const shape = JSON.stringify([controls.map((c) => [c.key, c.form, c.words]), switches.map((s) => s.key)]);
    if (shape !== this.shape) this.build(controls, switches);
    this.shape = shape;
    this.controls = new Map(controls.map((control) => [control.key, control]));
    for (const control of controls) this.rows.get(control.key)?.show(control);
    for (const own of switches) this.switchRows.get(own.key)?.(own);
  }

  build(controls, switches) {
    const focused = document.activeElement?.id;
    const open = new Map([...document.querySelectorAll("#controls > details")].map((group) => [group.dataset.group, group.open]));
    this.rows.clear();
    this.switchRows = new Map();
    const groups = new Map();
    for (const control of controls) {
      if (!groups.has(control.group)) groups.set(control.group, []);
      groups.get(control.group).push(control);
    }
    const rank = (group) => {
      const at = FIRST.indexOf(group.split(".")[0]);
      return group === "" ? FIRST.length + 1 : at < 0 ? FIRST.length : at;
    };
    const ordered = [...groups].sort(([a], [b]) => rank(a) - rank(b));
    const made = ordered.map(([group, members]) => {
      const set = element("fieldset", {}, element("legend", { class: "unseen" }, group === "" ? "Scenario" : `[${group}]`));
      for (const control of members) {
        const row = new Row(this.app, control);
        this.rows.set(control.key, row);
        set.append(row.root);
      }
      const first = group.split(".")[0];
      const isOpen = open.get(group) ?? OPEN_AT_FIRST.includes(first);
      const own = switches.filter((s) => s.base === group);
      if (own.length > 0) set.append(this.switches(own));
      const title = TITLES[group] ?? group.split(".").map((part) => part.replaceAll("_", " ")).join(" › ");
      return element("details", { "data-group": group, open: isOpen }, element("summary", {}, title), set);
    });
    $("controls").replaceChildren(...made);
    if (focused) $(focused)?.focus();
  }

  switches(list) {
    const rows = list.map((own) => {
      const box = element("input", { type: "checkbox", id: `switch-${own.key}` });
      box.addEventListener("change", () => this.app.toggle(own, box.checked));
      this.switchRows.set(own.key, (now) => { box.checked = now.isOn; });
      return element("label", { class: "switch", for: box.id }, box, own.name);
    });
    return element("div", { role: "group", "aria-label": "Clauses" }, element("p", { class: "note" }, "Clauses"), ...rows);
  }
}

// One control.
class Row {
  constructor(app, control) {
    this.app = app;
    this.key = control.key;
    this.form = control.form;
    const id = `control-${control.key}`;
    const label = control.name.replaceAll("_", " ").replaceAll(".", " › ");
    this.label = label;
    this.unit = element("span", { class: "unit" });
    this.reset = element("button", { type: "button", "aria-label": `Reset ${label}`, title: "Reset", hidden: true, onclick: () => app.reset(control.key) }, "↺");
    this.root = element("div", { class: "control" });
    const top = element("div", { class: "top" }, element("label", { class: "name", for: id }, label));
    this.root.append(top);
    this.fields = [];
    if (control.form === "distribution") {
      top.append(element("span", { class: "unit", id }, control.distribution[0]), this.reset);
      this.root.append(this.percentiles(control));
    } else {
      this.field = this.fieldFor(control, id, label);
      top.append(this.field, this.reset);
    }
    if (control.slider) {
      const [low, high, step] = control.slider;
      this.slider = element("input", { type: "range", min: low, max: high, step, "aria-label": `${label}, slider` });
      this.slider.addEventListener("input", () => this.slid(Number(this.slider.value)));
      this.slider.addEventListener("change", () => app.commit());
    }
    const about = element("div", { class: "about", id: `about-${control.key}`, hidden: true });
    const ask = element("button", { type: "button", class: "ask", "aria-label": `About ${label}`, "aria-expanded": "false", "aria-controls": about.id }, "?");
    ask.addEventListener("click", () => {
      about.hidden = !about.hidden;
      ask.setAttribute("aria-expanded", String(!about.hidden));
    });
    const say = (text) => text && about.append(element("p", {}, text));
    say(control.remark);
    say(`${control.key}: ${control.permitted}; ${control.hint}.`);
    if (control.is_default) say("The file leaves it out; this is what stands in.");
    const uncertain = control.permitted.includes("distribution");
    if (uncertain && control.form === "number") {
      about.append(element("button", { type: "button", onclick: () => this.makeUncertain() }, "Make it uncertain"));
    }
    if (control.form === "distribution") {
      about.append(element("button", { type: "button", onclick: () => app.change(control.key, tidy(this.control.distribution[1][1], this.step())) }, "Make it one number"));
    }
    if (["text", "word", "truth"].includes(this.form)) {
      this.reset.before(ask);
      this.root.append(about);
    } else this.root.append(element("div", { class: "line" }, this.slider ?? null, this.unit, ask), about);
  }

  fieldFor(control, id, label) {
    if (control.form === "word") {
      const choices = control.words.map((word) => element("option", { value: word }, word));
      const field = element("select", { id, class: "value" }, ...choices);
      field.addEventListener("change", () => this.app.change(this.key, JSON.stringify(field.value)));
      return field;
    }
    if (control.form === "truth") {
      const field = element("input", { type: "checkbox", id });
      field.addEventListener("change", () => this.app.change(this.key, String(field.checked)));
      return field;
    }
    const isText = control.form === "text";
    const kind = control.form === "date" ? { type: "date" } : { type: "text", inputmode: isText || control.form === "list" ? null : "decimal", autocomplete: "off" };
    const field = element("input", { ...kind, id, class: isText ? "value text" : "value" });
    // Typing starts nothing; Enter, or leaving the field, does.
    field.addEventListener("change", () => {
      const text = field.value.trim();
      if (text === "") this.show(this.control);
      else this.app.change(this.key, isText ? JSON.stringify(text) : this.written(text));
    });
    return field;
  }

  // A number as people type it: 20 % is 0.20.
  written(text) {
    const share = /^(-?[\d.]+)\s*%$/.exec(text);
    return share ? tidy(Number(share[1]) / 100, 1e-8) : text;
  }

  step() {
    return this.control.slider?.[2] ?? 0.01;
  }

  percentiles(control) {
    const [name] = control.distribution;
    const list = /\[([^\]]*)\]/.exec(control.value);
    let names = ["p5", "p95"];
    if (name === "uniform") names = ["low", "high"];
    else if (name === "triangular") names = ["low", "most likely", "high"];
    else if (name === "exponential" || name === "discrete") names = ["as TOML"];
    const isList = list !== null && names[0] === "low";
    const fields = names.map((own) => {
      const field = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": `${this.label}, ${own}` });
      field.addEventListener("change", () => {
        const values = fields.map((f) => f.value.trim());
        if (names[0] === "as TOML") this.app.change(this.key, values[0]);
        else if (isList) this.app.change(this.key, `{ ${name} = [${values.join(", ")}] }`);
        else this.app.change(this.key, `{ ${name} = { p5 = ${values[0]}, p95 = ${values[1]} } }`);
      });
      return field;
    });
    this.fields = fields;
    this.fill = (now) => {
      const [, [p5, , p95]] = now.distribution;
      const numbers = /\[([^\]]*)\]/.exec(now.value)?.[1].split(",").map((text) => text.trim());
      const step = now.slider?.[2] ?? 0.001;
      const texts = names[0] === "as TOML" ? [now.value] : isList && numbers ? numbers : [tidy(p5, step / 10), tidy(p95, step / 10)];
      fields.forEach((field, i) => { if (document.activeElement !== field) field.value = texts[i] ?? ""; });
    };
    return element("div", { class: "percentiles" }, ...fields.map((field, i) => element("label", {}, names[i], field)));
  }

  makeUncertain() {
    const value = Number(this.control.value);
    const step = this.step();
    const [low, high] = value > 0 ? [tidy(0.85 * value, step), tidy(1.15 * value, step)] : ["0", tidy(this.control.slider[1] / 4, step)];
    this.app.change(this.key, `{ uniform = [${low}, ${high}] }`);
  }

  // A slider moves a number, a date, or the whole of a distribution.
  slid(value) {
    if (this.form === "date") return this.app.change(this.key, dateOf(daysOf(this.app.opened.first_day) + value), true);
    if (this.form !== "distribution") return this.app.change(this.key, tidy(value, this.step()), true);
    const [, [, median]] = this.control.distribution;
    this.app.change(this.key, scaledNumbers(this.control.value, value / median, this.step()), true);
  }

  show(control) {
    this.control = control;
    const { value, slider, form } = control;
    const isChanged = this.app.isChanged(this.key);
    this.root.classList.toggle("is-changed", isChanged);
    this.reset.hidden = !isChanged;
    const number = Number(value);
    const asPercent = control.is_fraction && form === "number" ? `= ${tidy(100 * number, 0.001)}\u00a0%` : "";
    this.unit.textContent = [control.unit, asPercent].filter(Boolean).join(" ");
    if (form === "distribution") this.fill(control);
    else if (form === "truth") this.field.checked = value === "true";
    else if (document.activeElement !== this.field || !this.field.matches("input[type=text]")) this.field.value = value;
    if (this.slider && slider) {
      const now = form === "date" ? daysOf(value) - daysOf(this.app.opened.first_day) : form === "distribution" ? control.distribution[1][1] : number;
      // It reaches further where the value does, and never shrinks while it is held.
      const isHeld = document.activeElement === this.slider;
      this.slider.min = isHeld ? Math.min(this.slider.min, slider[0], now) : Math.min(slider[0], now);
      this.slider.max = isHeld ? Math.max(this.slider.max, slider[1], now) : Math.max(slider[1], now);
      this.slider.step = slider[2];
      if (!isHeld || Math.abs(Number(this.slider.value) - now) > slider[2]) this.slider.value = now;
      const words = form === "date" ? spoken(value) : `${tidy(now, slider[2])} ${control.unit}${asPercent}`;
      this.slider.setAttribute("aria-valuetext", words.trim());
    }
  }
}

// The numbers of a distribution times a factor; of one of values and weights, the values.
function scaledNumbers(text, factor, step) {
  const cut = text.indexOf("weights");
  const [own, rest] = cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut)];
  return own.replace(/([=[,]\s*)(-?\d[\d_.eE+-]*)/g, (_, before, number) => `${before}${tidy(Number(number.replaceAll("_", "")) * factor, step / 100)}`) + rest;
}
