// Elements, dates and numbers.

// An element with properties and children. Texts are set as texts: nothing of a scenario
// becomes markup.
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Writes a text where another stands.
function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

const $ = (id) => document.getElementById(id);
const DAY = 86400000;
const daysOf = (date) => Date.parse(`${date}T00:00:00Z`) / DAY;
const dateOf = (days) => new Date(Math.round(days) * DAY).toISOString().slice(0, 10);
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const spoken = (date) => {
  const [year, month, day] = date.split("-").map(Number);
  return Number.isNaN(day) ? date : `${day} ${MONTHS[month - 1]} ${year}`;
};
const isDate = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(daysOf(text));

// A date some months on, on the same day or the month's last.
function monthsOn(date, months) {
  const [year, month, day] = date.split("-").map(Number);
  const index = year * 12 + month - 1 + months;
  const last = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate();
  const isLast = day === new Date(Date.UTC(year, month, 0)).getUTCDate();
  const target = isLast ? last : Math.min(day, last);
  return new Date(Date.UTC(Math.floor(index / 12), index % 12, target)).toISOString().slice(0, 10);
}

// A number to the step of its slider, as TOML and people write it.
function tidy(value, step) {
  const decimals = Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(step || 1))));
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const snapped = (value, step) => Math.round(value / step) * step;
const percent = (value, decimals) => `${(100 * value).toFixed(decimals)}\u00a0%`;
// A standard error of a probability, to one digit.
const errorOf = (error) => (error > 0 ? percent(error, Math.min(8, Math.max(2, -Math.floor(Math.log10(100 * error))))) : "0\u00a0%");
const grouped = (count) => count.toString().replace(/\B(?=(\d{3})+$)/g, ",");

// The rows of a CSV file.
function rowsOf(text) {
  const rows = [[]];
  const cells = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g;
  for (let found; (found = cells.exec(text)) && found[0] !== ""; ) {
    const cell = found[1];
    rows.at(-1).push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (found[2] !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

// Saves bytes or a text under a name.
function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = element("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
