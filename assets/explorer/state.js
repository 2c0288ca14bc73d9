// What is asked: a scenario and the changes of it. The address has the same, readably.

// Letters that would end a part of the address, or that browsers rewrite in it.
const quoted = (text) => text.replace(/[%&#+\s"<>`\\^|\u0000-\u001f\u007f-\u{10ffff}]/gu, (c) => encodeURIComponent(c));

class State {
  constructor(presets) {
    this.presets = presets;
    this.preset = 0;
    this.changes = new Map();
    this.past = [this.snapshot()];
    this.at = 0;
  }

  snapshot() {
    return JSON.stringify({ preset: this.preset, changes: [...this.changes] });
  }

  restore(text) {
    const { preset, changes } = JSON.parse(text);
    this.preset = preset;
    this.changes = new Map(changes);
  }

  overrides() {
    const own = this.presets[this.preset].overrides ?? [];
    return [...own, ...[...this.changes].map(([key, value]) => `${key}=${value}`)];
  }

  // Keeps the present for undo; whether it is another than before.
  commit() {
    const now = this.snapshot();
    if (now === this.past[this.at]) return false;
    this.past = [...this.past.slice(0, this.at + 1), now].slice(-200);
    this.at = this.past.length - 1;
    return true;
  }

  step(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.past.length) return false;
    this.at = to;
    this.restore(this.past[to]);
    return true;
  }

  fragment() {
    const preset = this.presets[this.preset];
    const parts = [...this.changes].map(([key, value]) => `${quoted(key).replaceAll("=", "%3D")}=${quoted(value)}`);
    if (parts.length === 0 && this.preset === 0) return "";
    return `#${[quoted(preset.name), ...parts].join("&")}`;
  }

  // Takes what an address says; what is wrong with it, or nothing.
  read(fragment) {
    const parts = fragment.replace(/^#/, "").split("&").filter((part) => part !== "");
    if (parts.length === 0) return "";
    let words;
    try {
      words = parts.map((part) => {
        const at = part.indexOf("=");
        const cut = at < 0 ? [part] : [part.slice(0, at), part.slice(at + 1)];
        return cut.map(decodeURIComponent);
      });
    } catch {
      return "The address of this page is cut or damaged: it is left aside.";
    }
    const [[name], ...changes] = words;
    const preset = this.presets.findIndex((own) => own.name === name);
    if (preset < 0) return `The address is of a scenario called ${name}, which is not in this page. Open its file first.`;
    this.preset = preset;
    this.changes = new Map(changes.filter((pair) => pair.length === 2));
    this.past = [this.snapshot()];
    this.at = 0;
    return "";
  }
}
