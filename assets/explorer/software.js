// The engine for browsers and processors without a fused multiply-add of their own: its first
// section says where each stands, and which function of the module does the same in software.
// A call of that function takes as many bytes as the instruction.
function inSoftware(module) {
  const bytes = module.slice();
  let at = 9;
  const number = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return value;
  };
  const size = number();
  let place = at + size;
  const name = number();
  at += name;
  const software = number();
  for (let left = number(); left > 0; left--) {
    place += number();
    bytes.set([0x10, (software & 0x7f) | 0x80, software >> 7], place);
  }
  return bytes;
}
