// What can be moved on each chart: the cap, the end date, the growth of revenue.

// The handles of a chart as it is drawn now.
function handlesOf(app, chart) {
  const [plot] = chart.plots;
  if (!plot) return [];
  const handles = [];
  const agreement = app.opened.agreements[chart.agreement];
  if (agreement && chart.kind === "fan") {
    const cap = capHandle(app, agreement, plot);
    if (cap) handles.push(cap);
  }
  if (agreement) handles.push(endHandle(app, agreement, plot));
  if (chart.name === "revenue" && chart.end !== null && app.opened.growth) handles.push(growthHandle(app, chart, plot));
  return handles.filter(Boolean);
}

function capHandle(app, agreement, plot) {
  const control = agreement.cap && app.control(agreement.cap);
  if (!control || !["number", "distribution"].includes(control.form)) return null;
  const value = control.form === "number" ? Number(control.value) : control.distribution[1][1];
  if (value > 3 * plot.upwards[1]) return null;
  const [low, high, step] = control.slider;
  const set = (next, live) => {
    const to = Math.max(0, snapped(next, step));
    const text = control.form === "number" ? tidy(to, step) : scaledNumbers(app.control(agreement.cap).value, to / value, step);
    if (to > 0 || control.form === "number") app.change(agreement.cap, text, live);
  };
  return {
    name: "cap", kind: "up", plot, value, now: value, range: [low, high],
    label: named(app, agreement, "Cap"),
    text: `${tidy(value, step)} ${control.unit}`,
    drag: (to) => set(to, true),
    move: (by, fine) => set(Number.isFinite(by) ? value + by * step * (fine ? 0.2 : 1) : by > 0 ? high : Math.max(low, step), true),
  };
}

function endHandle(app, agreement, plot) {
  if (!plot.first_day) return null;
  const key = `${agreement.base}.expiry`;
  const date = app.control(key)?.value ?? agreement.expires;
  const first = daysOf(plot.first_day);
  const [start, last] = [app.opened.first_day, app.opened.last_day];
  const set = (days, live) => {
    const within = Math.min(daysOf(last), Math.max(daysOf(start), days));
    app.change(key, dateOf(within), live);
  };
  return {
    name: "end", kind: "across", plot, value: daysOf(date) - first + 1, now: daysOf(date) - daysOf(start),
    range: [0, daysOf(last) - daysOf(start)],
    label: named(app, agreement, "End date"),
    text: spoken(date),
    drag: (to, fine) => {
      const day = dateOf(first + to - 1);
      // Whole months, to the day with the shift key.
      const [year, month] = day.split("-").map(Number);
      const monthEnd = (m) => Date.UTC(year, m, 0) / DAY;
      const nearest = Math.abs(monthEnd(month) - daysOf(day)) < Math.abs(monthEnd(month - 1) - daysOf(day)) ? monthEnd(month) : monthEnd(month - 1);
      set(fine ? daysOf(day) : nearest, true);
    },
    move: (by, fine) => {
      if (!Number.isFinite(by)) set(by > 0 ? daysOf(last) : daysOf(start), true);
      else set(daysOf(fine ? dateOf(daysOf(date) + by) : monthsOn(date, Math.abs(by) === 10 ? Math.sign(by) * 12 : by)), true);
    },
  };
}

// The end of the median moves growth, that of all segments alike: a rate, the years of a plan
// after its first (each by its part of the way), or the size of a market.
function growthHandle(app, chart, plot) {
  const segments = app.opened.growth;
  const all = segments.flatMap(({ keys }) => keys).map((key) => app.control(key));
  if (all.some((control) => control?.form !== "number")) return null;
  const years = (daysOf(app.opened.last_day) - daysOf(app.opened.first_day) + 1) / 365.25;
  const values = () => segments.map(({ keys }) => keys.map((key) => Number(app.control(key).value)));
  const apply = (begun, factor) => {
    const by = Math.min(20, Math.max(0.05, factor));
    segments.forEach(({ kind, keys }, segment) => begun.values[segment].forEach((value, i) => {
      if (kind === "plan" && i === 0) return;
      const to = kind === "rate" ? (1 + value) * by ** (1 / years) - 1 : value * by ** (kind === "plan" ? i / (keys.length - 1) : 1);
      app.change(keys[i], tidy(to, kind === "rate" ? 0.01 : app.control(keys[i]).slider[2]), true);
    }));
  };
  const { end } = chart;
  const now = values();
  const sum = (of) => now.reduce((total, own) => total + of(own), 0);
  const [{ kind }] = segments;
  const isMixed = segments.some((own) => own.kind !== kind);
  const { slider, unit } = all[0];
  const rate = kind === "plan" ? (sum((own) => own.at(-1)) / sum((own) => own[0])) ** (1 / (now[0].length - 1)) - 1 : now[0][0];
  // Of several rates or sizes the first is told; of several kinds what they come to.
  let told = { label: "Growth of revenue", now: 100 * rate, range: [-50, 300], text: `${percent(rate, 1)} a year` };
  if (isMixed) told = { label: "Growth of revenue", now: end, range: [0, plot.upwards[1]], text: `${tidy(end, plot.upwards[1] / 200)} ${app.opened.money} at the end` };
  else if (kind === "size") told = { label: "Size of the market", now: now[0][0], range: slider.slice(0, 2), text: `${tidy(now[0][0], slider[2])} ${unit}` };
  return {
    name: "growth", kind: "point", plot, value: end, ...told,
    label: segments.length > 1 ? `${told.label}, all segments alike` : told.label,
    begin: () => ({ values: values(), end }),
    drag: (to, _, begun) => { if (begun.end > 0) apply(begun, to / begun.end); },
    move: (by, fine) => apply({ values: values() }, (fine ? 1.005 : 1.025) ** Math.min(10, Math.max(-10, by))),
  };
}

const named = (app, agreement, what) => (app.opened.agreements.length > 1 ? `${what}, ${agreement.name}` : what);
