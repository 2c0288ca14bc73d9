// Computes beside the page, so that controls never wait.
let engine = null;
self.onmessage = async ({ data }) => {
  if (data.module) engine = await Engine.of(data.module);
  else self.postMessage({ id: data.id, answer: engine.answer(data.request) });
};
