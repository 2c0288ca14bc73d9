// The engine: a WebAssembly module that is asked, and answers, in JSON.
class Engine {
  constructor(instance) {
    this.wasm = instance.exports;
    this.encoder = new TextEncoder();
    this.decoder = new TextDecoder();
  }

  static async of(module) {
    return new Engine(await WebAssembly.instantiate(module));
  }

  // Whether a product and a sum are rounded once, as the program has them.
  get isFused() {
    return this.wasm.fused(1 + 2 ** -30, 1 - 2 ** -30, -1) === -(2 ** -60);
  }

  // The answer to a request, both as text.
  answer(request) {
    const bytes = this.encoder.encode(request);
    const at = this.wasm.request(bytes.length);
    new Uint8Array(this.wasm.memory.buffer, at, bytes.length).set(bytes);
    const length = this.wasm.answer_request();
    return this.decoder.decode(new Uint8Array(this.wasm.memory.buffer, this.wasm.answer_at(), length));
  }

  ask(request) {
    return JSON.parse(this.answer(JSON.stringify(request)));
  }
}
