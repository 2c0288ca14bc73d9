// Answers the requests on standard input, a line each, with the module named; in software, as
// a browser without relaxed SIMD has it, where that is said:
// node run.mjs engine.wasm.gz [software.js]
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const [, , path, software] = process.argv;
const packed = new Uint8Array(gunzipSync(readFileSync(path)));
const inSoftware = software && new Function(`${readFileSync(software, "utf8")}; return inSoftware;`)();
const module = new WebAssembly.Module(inSoftware ? inSoftware(packed) : packed);
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  throw new Error(`the module imports ${JSON.stringify(imports)}`);
}
const engine = new WebAssembly.Instance(module).exports;
if (engine.fused(1 + 2 ** -30, 1 - 2 ** -30, -1) !== -(2 ** -60)) {
  throw new Error("this processor rounds a multiply-add twice");
}
for (const line of readFileSync(0, "utf8").split("\n")) {
  const bytes = new TextEncoder().encode(line);
  const at = engine.request(bytes.length);
  new Uint8Array(engine.memory.buffer, at, bytes.length).set(bytes);
  const length = engine.answer_request();
  const answer = new Uint8Array(engine.memory.buffer, engine.answer_at(), length);
  process.stdout.write(new TextDecoder().decode(answer) + "\n");
}
