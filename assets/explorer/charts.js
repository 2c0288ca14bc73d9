// The charts: drawn by the engine, with handles and ranges over them.

// A pointer's moves as they come, where the browser does not hold them back for a frame.
const MOVES = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
const isLead = (name) => name.startsWith("cumulative");

class Charts {
  constructor(app) {
    this.app = app;
    this.made = new Map();
    this.visible = new Set();
    this.watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const name = target.dataset.chart;
        if (isIntersecting) this.visible.add(name);
        else this.visible.delete(name);
      }
    });
  }

  // The charts that a frame has to draw: those that are in sight.
  inSight() {
    const names = [...this.made.keys()].filter((name) => this.visible.has(name));
    if (names.length > 0) return names;
    // Before anything is drawn: the chart of the first agreement.
    if (this.made.size === 0) return [this.app.opened.agreements[0].chart];
    return [...this.made.keys()].slice(0, 1);
  }

  // Those of a frame: the first in sight, or what is held, and the others in turn where
  // there is time for them.
  forFrame() {
    const names = this.inSight();
    const held = names.find((name) => this.made.get(name)?.figure.querySelector(".held")) ?? names[0];
    const others = names.filter((name) => name !== held);
    this.turn = (this.turn ?? 0) + 1;
    return others.length === 0 || this.isPressed ? [held] : [held, others[this.turn % others.length]];
  }

  show(charts, all) {
    if (all) {
      const names = new Set(charts.map((chart) => chart.name));
      for (const [name, own] of this.made) {
        if (names.has(name)) continue;
        this.watch.unobserve(own.figure);
        own.figure.remove();
        this.made.delete(name);
        this.visible.delete(name);
      }
    }
    for (const chart of charts) {
      if (!this.made.has(chart.name)) this.add(chart);
      this.made.get(chart.name).show(chart);
    }
    if (all) {
      const ordered = charts.map((chart) => this.made.get(chart.name).figure);
      for (const place of ["lead", "charts"]) {
        const own = ordered.filter((figure) => isLead(figure.dataset.chart) === (place === "lead"));
        if (own.some((figure, i) => $(place).children[i] !== figure)) $(place).replaceChildren(...own);
      }
      const picked = $("picture").value;
      $("picture").replaceChildren(...charts.map((chart) => element("option", { value: chart.name }, chart.name.replaceAll("-", " "))));
      if (charts.some((chart) => chart.name === picked)) $("picture").value = picked;
    }
  }

  placeHandles() {
    for (const own of this.made.values()) own.placeHandles();
  }

  add(chart) {
    const own = new Chart(this.app, chart.name);
    this.made.set(chart.name, own);
    $(isLead(chart.name) ? "lead" : "charts").append(own.figure);
    this.watch.observe(own.figure);
  }
}

class Chart {
  constructor(app, name) {
    this.app = app;
    this.name = name;
    this.drawing = element("div", { class: "drawing" });
    this.handles = new Map();
    this.brush = element("div", { class: "brush", hidden: true });
    this.said = element("div", { class: "said", hidden: true });
    this.chart = element("div", { class: "chart" }, this.drawing, this.brush, this.said);
    this.table = element("details", { class: "chart-table" }, element("summary", {}, `Table of the chart ${name.replaceAll("-", " ")}`));
    this.table.addEventListener("toggle", () => this.fillTable());
    this.figure = element("figure", { "data-chart": name }, this.chart, this.table);
    this.chart.addEventListener("pointerdown", (event) => this.startRange(event));
  }

  show(chart) {
    this.now = { ...chart, table: chart.table ?? this.now?.table };
    // The engine escapes every text of a chart.
    this.drawing.innerHTML = trusted.createHTML(chart.svg);
    this.placeHandles();
    if (chart.table) this.fillTable();
  }

  fillTable() {
    if (!this.table.open || !this.now?.table) return;
    const [head, ...body] = rowsOf(this.now.table);
    const shown = (text) => (text !== "" && !isDate(text) && Number.isFinite(Number(text)) ? Number(Number(text).toPrecision(6)).toString() : text);
    const table = element("table", {},
      element("caption", {}, this.now.title),
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...body.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, shown(text)))))));
    const region = element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Table: ${this.now.title}` }, table);
    this.table.querySelector(".scroll")?.remove();
    this.table.append(region);
  }

  // Where a pointer is in a plot of the chart as it is, or was, in the plot's own terms.
  at(event, plot, { width, height, box = this.chart.getBoundingClientRect() } = this.now, isBound = true) {
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const part = (value, from, to) => {
      const share = (value - from) / (to - from);
      return isBound ? Math.min(1, Math.max(0, share)) : share;
    };
    const between = ([low, high], share) => low + (high - low) * share;
    return {
      x: between(plot.across, part(x, plot.left, plot.right)),
      y: between(plot.upwards, part(y, plot.bottom, plot.top)),
      isInside: x >= plot.left && x <= plot.right && y >= plot.top - 30 && y <= plot.bottom,
    };
  }

  placeHandles() {
    const wanted = this.app.handlesOf(this.now);
    for (const [name, handle] of this.handles) {
      if (wanted.some((own) => own.name === name)) continue;
      handle.root.remove();
      this.handles.delete(name);
    }
    for (const own of wanted) {
      if (!this.handles.has(own.name)) {
        const handle = new Handle(this, own.kind);
        this.handles.set(own.name, handle);
        this.chart.append(handle.root);
      }
      this.handles.get(own.name).show(own);
    }
  }

  // A range drawn with the pointer has its probability said.
  startRange(event) {
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".handle")) return;
    const plot = this.now.plots.find((own) => this.at(event, own).isInside);
    if (!plot || this.now.agreement === null || this.name.startsWith("revenue")) return;
    const start = this.at(event, plot).x;
    const move = (next) => this.showRange(plot, start, this.at(next, plot).x);
    const end = () => {
      removeEventListener("pointermove", move);
      setTimeout(() => { this.brush.hidden = true; this.said.hidden = true; }, 6000);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
    event.preventDefault();
  }

  async showRange(plot, from, to) {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const share = (value) => plot.left + ((plot.right - plot.left) * (value - plot.across[0])) / (plot.across[1] - plot.across[0]);
    const { style } = this.brush;
    style.left = `${(100 * share(low)) / this.now.width}%`;
    style.width = `${(100 * (share(high) - share(low))) / this.now.width}%`;
    style.top = `${(100 * plot.top) / this.now.height}%`;
    style.height = `${(100 * (plot.bottom - plot.top)) / this.now.height}%`;
    this.brush.hidden = false;
    const words = plot.first_day
      ? await this.app.datesRange(this.now.agreement, dateOf(daysOf(plot.first_day) + Math.floor(low)), dateOf(daysOf(plot.first_day) + Math.max(Math.floor(low), Math.ceil(high) - 1)))
      : await this.app.amountsRange(this.now.agreement, low, high);
    this.said.textContent = words;
    this.said.hidden = words === "";
  }
}

// Something on a chart that is dragged, or moved by the arrow keys.
class Handle {
  constructor(chart, kind) {
    this.chart = chart;
    this.tip = element("span", { class: "tip" });
    this.root = element("div", { class: `handle ${kind}`, role: "slider", tabindex: "0", "aria-orientation": kind === "across" ? "horizontal" : "vertical" }, this.tip);
    this.root.addEventListener("pointerdown", (event) => this.start(event));
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  // Places it by what it stands for: `plot`, `value`, `text`, `label`, `range`, and what
  // moving it does.
  show(own) {
    this.own = own;
    const { plot, value, kind } = own;
    const { width, height } = this.chart.now;
    const y = plot.bottom - ((plot.bottom - plot.top) * (value - plot.upwards[0])) / (plot.upwards[1] - plot.upwards[0]);
    const x = plot.left + ((plot.right - plot.left) * (value - plot.across[0])) / (plot.across[1] - plot.across[0]);
    const { style } = this.root;
    const share = (length, of) => `${(100 * length) / of}%`;
    if (kind === "up") {
      style.left = share(plot.left, width);
      style.width = share(plot.right - plot.left, width);
      style.top = share(y, height);
    } else if (kind === "across") {
      style.left = share(x, width);
      style.top = share(plot.top, height);
      style.height = share(plot.bottom - plot.top, height);
    } else {
      style.left = share(plot.right, width);
      style.top = share(y, height);
    }
    this.tip.textContent = own.text;
    this.root.setAttribute("aria-label", own.label);
    this.root.setAttribute("aria-valuemin", own.range[0]);
    this.root.setAttribute("aria-valuemax", own.range[1]);
    this.root.setAttribute("aria-valuenow", Math.min(own.range[1], Math.max(own.range[0], own.now)));
    this.root.setAttribute("aria-valuetext", own.text);
  }

  start(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.root.focus();
    this.root.classList.add("held");
    this.root.setPointerCapture(event.pointerId);
    const { app } = this.chart;
    app.hold();
    // Axes grow with what is dragged: distances are those of the chart as it was.
    const { plot, value, begin } = this.own;
    const { width, height } = this.chart.now;
    const was = { width, height, box: this.chart.chart.getBoundingClientRect() };
    const place = (pointed) => this.chart.at(pointed, plot, was, false);
    const from = place(event);
    const begun = begin?.();
    const move = (next) => {
      const to = place(next);
      app.pointedAt = next.timeStamp;
      this.own.drag(value + (this.own.kind === "across" ? to.x - from.x : to.y - from.y), next.shiftKey, begun);
      app.pointedAt = undefined;
    };
    const end = () => {
      this.root.classList.remove("held");
      this.root.removeEventListener(MOVES, move);
      app.commit();
    };
    this.root.addEventListener(MOVES, move);
    this.root.addEventListener("pointerup", end, { once: true });
    this.root.addEventListener("pointercancel", end, { once: true });
  }

  key(event) {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.own.move(by, event.shiftKey);
    this.chart.app.commit();
  }
}
