// What every exhibit shares.
// Only one formula is computed in the browser: a * x0 + b * eps. Every number shown is looked up in a table it was sent.

const DTYPES = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };

/** Read what ui/components/blob.py packed: { header, arrays }. */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
    const type = DTYPES[dtype];
    const count = shape.reduce((product, n) => product * n, 1);
    const raw = bytes.subarray(4 + length + offset, 4 + length + offset + count * type.BYTES_PER_ELEMENT);
    arrays[name] = dtype === "uint8" ? raw : new type(raw.slice().buffer); // slice: aligned
  }
  return { header, arrays };
}

/** Make an element; text always goes through text nodes, never through HTML. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const icon = (path) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: path }));

/** "t = {t}" with its gaps filled. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);

/** "step {symbol}" with a symbol in its place. */
export const phrase = (text, symbol) => text.split("{symbol}").flatMap((part, i) => (i ? [symbol.cloneNode(true), part] : [part]));

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** A number as a reader wants it: three digits or so, powers of ten (if wanted) for the very large and small. */
export function number(value, powers = true) {
  const size = Math.abs(value);
  if (size === Infinity) return "∞";
  if (size === 0) return "0";
  if (powers && (size < 1e-3 || size >= 1e4)) {
    const [digits, power] = value.toExponential(1).split("e");
    return `${digits}×10${[...String(Number(power))].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("")}`;
  }
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

// Symbols: math("x", "t") is x_t, hat("x") an x with a hat, root(...) a square root. Screen readers get words instead.
export const math = (base, index) => el("span", { class: "sym", "aria-hidden": "true" }, base, ...(index ? [el("sub", {}, index)] : []));
export const upright = (text) => el("span", { class: "n" }, text);
export const hat = (base) => el("span", { class: "hat" }, base);
export const bar = (base) => el("span", { class: "bar" }, base);
export const root = (...inside) =>
  el("span", { class: "sym root", "aria-hidden": "true" },
    svg("svg", { viewBox: "0 0 10 20", preserveAspectRatio: "none" }, svg("path", { d: "M0 12.5 L2.2 11 L5.6 19 L9.6 0.6 H10" })),
    el("span", { class: "radicand" }, ...inside));

/** A small canvas in a coloured frame; CSS scales it, each of its pixels stays a square. */
export function picture(color, ...caption) {
  const canvas = el("canvas", { role: "img" });
  const context = canvas.getContext("2d");
  const node = el("figure", { class: "picture", style: color && `--color: var(--${color})` }, canvas, el("figcaption", {}, ...caption));
  let image;
  return {
    node, canvas, caption: node.lastChild,
    resize(height, width) {
      if (image?.height === height && image.width === width) return;
      [canvas.height, canvas.width] = [height, width];
      image = context.createImageData(width, height);
      image.data.fill(255);
    },
    /** a * x0 + b * eps, pixels in [-1, 1]; the clamped array clips what lies outside. */
    mix(x0, eps, a, b, channels) {
      const pixels = image.data;
      for (let i = 0, j = 0; i < pixels.length; i += 4, j += channels)
        for (let c = 0; c < 3; c++) {
          const k = channels === 1 ? j : j + c;
          pixels[i + c] = (a * x0[k] + b * eps[k] + 1) * 127.5;
        }
      context.putImageData(image, 0, 0);
    },
    /** The picture that begins at bytes[offset]. */
    show(bytes, offset, channels) {
      const pixels = image.data;
      for (let i = 0, j = offset; i < pixels.length; i += 4, j += channels)
        for (let c = 0; c < 3; c++) pixels[i + c] = bytes[channels === 1 ? j : j + c];
      context.putImageData(image, 0, 0);
    },
  };
}

/** The largest width up to `wanted` CSS pixels at which each picture element is a whole number of screen pixels. */
export function snap(wanted, elements) {
  const ratio = window.devicePixelRatio || 1;
  return (Math.max(1, Math.floor((wanted * ratio) / elements)) * elements) / ratio;
}

/**
 * Draw at most once a frame. Browser tests read window.ddpmLabTimings: a ring of the last 500 { exhibit, ms }, from an
 * input event to the end of the drawing it caused.
 */
export function drawer(exhibit, draw) {
  const timings = (window.ddpmLabTimings ??= []);
  let waiting = null;
  return (event) => {
    if (!waiting) {
      waiting = [];
      requestAnimationFrame(() => {
        const starts = waiting;
        waiting = null;
        draw();
        const end = performance.now();
        for (const start of starts) timings.push({ exhibit, ms: end - start });
        if (timings.length > 500) timings.splice(0, timings.length - 500);
      });
    }
    if (event) waiting.push(event.timeStamp);
  };
}

/** Tell Python where the learner stands: at once on release, 300 ms after the last key; never twice the same. */
export function reporter(read, send) {
  let timer, told;
  const now = () => {
    clearTimeout(timer);
    const text = JSON.stringify(read());
    if (text !== told) send(JSON.parse((told = text)));
  };
  return {
    now,
    soon: () => (clearTimeout(timer), (timer = setTimeout(now, 300))),
    hold: () => clearTimeout(timer),
    known: () => (told = JSON.stringify(read())),
  };
}

const exhibits = new WeakMap();
const places = new Map(); // by the page's key: where the learner stood, should the element be taken away and put back

/**
 * Streamlit calls the module again for each new blob or theme; the exhibit is built once and updated in place.
 * build(root, host) returns { show(blob, position), position(), stop() }; a new "seq" from Python moves the learner.
 */
export function mount({ data, parentElement, setStateValue }, name, build) {
  let it = exhibits.get(parentElement);
  if (!it) {
    it = { calls: 0, root: el("div", { class: `lab ${name}`, "data-draws": 0 }) };
    it.reporter = reporter(() => ({ ...it.view.position(), seq: it.seq }), (value) => it.send(value));
    it.view = build(it.root, it.reporter);
    parentElement.append(it.root);
    exhibits.set(parentElement, it);
  }
  const call = ++it.calls;
  it.send = (value) => setStateValue("position", value);
  const blob = unpack(data);
  const { digest, key, start } = blob.header;
  if (digest !== it.digest) {
    const remembered = it.seq ? it.view.position() : places.get(key)?.position;
    const stays = (it.seq ?? places.get(key)?.seq) === start.seq;
    [it.digest, it.seq] = [digest, start.seq];
    it.view.show(blob, stays && remembered ? remembered : start);
    if (!stays) it.reporter.known();
  } else it.view.refresh?.(); // the theme may have changed, which a canvas does not notice by itself
  return () => {
    if (call !== it.calls) return; // a later call has taken over
    places.set(key, { seq: it.seq, position: it.view.position() });
    it.reporter.hold();
    it.view.stop?.();
    it.root.remove();
    exhibits.delete(parentElement);
  };
}
