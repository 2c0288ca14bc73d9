// Answers the request on standard input with the module named: node run.mjs MODULE.
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  throw new Error(`the module imports ${JSON.stringify(imports)}`);
}
const { put, run_request, get } = new WebAssembly.Instance(module).exports;
readFileSync(0).forEach((byte) => put(byte));
const answer = new Uint8Array(run_request()).map((_, at) => get(at));
process.stdout.write(answer);
