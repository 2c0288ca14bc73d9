// Looks into the page in the frame and writes what it finds as JSON.
const frame = document.getElementById("page");
const look = () => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const all = (selector) => [...page.querySelectorAll(selector)];
  const faults = [];
  const fault = (what, element) =>
    faults.push(what + ": " + (element ? element.outerHTML.slice(0, 160) : ""));
  const shown = (element) => element.getClientRects().length > 0;

  // One heading of the first level, none skipped.
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) fault("heading skips a level", heading);
    level = next;
  }
  if (all("h1").length !== 1) fault("not one h1");
  for (const landmark of ["header", "nav[aria-label]", "main", "footer"])
    if (all(landmark).length !== 1) fault("not one " + landmark);
  if (!page.documentElement.lang) fault("no language");
  if (!page.title) fault("no title");

  // Names, references and anchors.
  const ids = all("[id]").map((element) => element.id);
  if (new Set(ids).size !== ids.length) fault("an id occurs twice");
  for (const link of all("a[href^='#']"))
    if (!page.getElementById(link.getAttribute("href").slice(1))) fault("leads nowhere", link);
  for (const element of all("[aria-labelledby]"))
    for (const id of element.getAttribute("aria-labelledby").split(" "))
      if (!page.getElementById(id)?.textContent.trim()) fault("has no name", element);

  // Pictures have words, tables have captions and headers, wide ones take the keyboard.
  const charts = all("svg").filter(shown);
  for (const chart of charts) {
    const title = chart.querySelector(":scope > title");
    if (chart.getAttribute("role") !== "img" || !title?.textContent.trim()) fault("no words", chart);
    if (chart.getBoundingClientRect().width < 250) fault("too small", chart);
  }
  for (const table of all("table")) {
    if (!table.caption) fault("no caption", table);
    if (table.querySelector("th:not([scope])")) fault("header without scope", table);
  }
  for (const region of all(".scroll"))
    if (region.tabIndex !== 0 || !region.getAttribute("aria-label")) fault("out of reach", region);
  for (const box of all("figure, dl, p, pre, .scroll")) {
    const { left, right } = box.getBoundingClientRect();
    if (shown(box) && !box.matches(".skip") && (left < 0 || right > view.innerWidth + 1)) fault("cut off", box);
  }
  if (page.documentElement.scrollWidth > view.innerWidth) fault("scrolls sideways");

  // Nothing that runs or loads.
  for (const element of all("*"))
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) fault("runs", element);
      if (/^\s*(javascript|vbscript|data:text)/i.test(value)) fault("runs", element);
      if (name === "src" || name === "srcset" || name === "xlink:href") fault("loads", element);
    }
  for (const element of all("script, iframe, object, embed, form, base, img, foreignObject, use, image"))
    fault("does not belong here", element);

  // Contrast of every text outside the charts (WCAG 2.2, level AA).
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => {
      const x = c / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = view.getComputedStyle(at).backgroundColor;
      if (!/, 0\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  let least = 21;
  for (const element of all("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || element.closest("svg") || !shown(element)) continue;
    const a = luminance(view.getComputedStyle(element).color) + 0.05;
    const b = luminance(ground(element)) + 0.05;
    const contrast = Math.max(a, b) / Math.min(a, b);
    least = Math.min(least, contrast);
    if (contrast < 4.5) fault("contrast " + contrast.toFixed(2), element);
  }
  // Charts stand on the page's own ground.
  for (const chart of charts) {
    const paper = view.getComputedStyle(chart.querySelector(":scope > rect")).fill;
    if (paper !== ground(chart)) fault("another ground: " + paper, chart);
  }

  document.getElementById("answer").textContent = JSON.stringify({
    faults,
    title: page.title,
    scripts: all("script").length,
    taken: view.taken === true,
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    charts: charts.length,
    tables: all("table").length,
    fonts: [...page.fonts].some((font) => font.status === "loaded"),
    contrast: least,
  }).replaceAll("<", "\\u003c");
};
frame.addEventListener("load", () => frame.contentDocument.fonts.ready.then(look));
