// Between Python and an exhibit: what it is sent, when it draws, and where the learner stands.

/** @import { Build, Component, Header, Reporter, Table, Unpacked } from "./types.d.ts" */
import { el } from "./elements.js";

const DTYPES = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };

/** @type {(bytes: Uint8Array) => Unpacked} what blob.py packed */
function unpack(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  /** @type {Header & { arrays: Record<string, { dtype: keyof typeof DTYPES, shape: number[], offset: number }> }} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  /** @type {Record<string, Table>} */
  const arrays = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
    const type = DTYPES[dtype];
    const count = shape.reduce((product, n) => product * n, 1);
    const raw = bytes.subarray(start + offset, start + offset + count * type.BYTES_PER_ELEMENT);
    arrays[name] = dtype === "uint8" ? raw : new type(raw.slice().buffer); // slice: aligned
  }
  return { header, arrays };
}

// Draws at most once a frame; to be called with the event that asks for it, if one does.
/** @type {(exhibit: string, draw: () => void) => (event?: Event) => void} */
export function drawer(exhibit, draw) {
  window.ddpmLabTimings ??= [];
  const timings = window.ddpmLabTimings;
  let waiting = false;
  /** @type {number[]} */
  let starts = [];
  return (event) => {
    if (event) starts.push(event.timeStamp);
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
      const end = performance.now();
      timings.push(...starts.map((start) => ({ exhibit, ms: end - start })));
      if (timings.length > 500) timings.splice(0, timings.length - 500);
      starts = [];
    });
  };
}

/** @type {(host: HTMLElement) => void} browser tests wait for drawings */
export function countDrawing(host) {
  host.dataset.draws = String(Number(host.dataset.draws) + 1);
}

/** @type {(read: () => object, send: (value: object) => void) => Reporter} */
function reporter(read, send) {
  let timer = 0;
  let reported = "";
  const now = () => {
    clearTimeout(timer);
    const text = JSON.stringify(read());
    if (text === reported) return;
    reported = text;
    send(JSON.parse(text));
  };
  return {
    now,
    soon() {
      clearTimeout(timer);
      timer = setTimeout(now, 300);
    },
    hold: () => clearTimeout(timer),
    known() {
      reported = JSON.stringify(read());
    },
  };
}

/** @type {WeakMap<ShadowRoot, (component: Component) => () => void>} */
const exhibits = new WeakMap();
/** @type {Map<string, { seq: number, position: object }>} by the page's key: where the learner stood when it went */
const places = new Map();

/** @type {(parent: ShadowRoot, name: string, build: Build) => (component: Component) => () => void} */
function begin(parent, name, build) {
  const root = el("div", { class: `lab ${name}`, "data-draws": 0 });
  let calls = 0; // of the module, by Streamlit
  let shown = ""; // its digest
  let seq = 0;
  /** @type {Component} */
  let latest;
  const report = reporter(
    () => ({ ...view.position(), seq }),
    (value) => latest.setStateValue("position", value),
  );
  const view = build(root, report);
  let width = 0; // that it is laid out for
  const observer = new ResizeObserver(() => {
    if (shown && width !== root.clientWidth) view.resize();
    width = root.clientWidth;
  });
  observer.observe(root);
  parent.append(root);
  return (component) => {
    latest = component;
    const call = ++calls;
    const blob = unpack(component.data);
    const { digest, key, start } = blob.header;
    if (digest !== shown) {
      const before = shown ? { seq, position: view.position() } : places.get(key);
      const stays = before?.seq === start.seq;
      [shown, seq] = [digest, start.seq];
      view.show(blob, stays ? before.position : start);
      width = root.clientWidth;
      if (!stays) report.known();
    } else view.refresh?.();
    return () => {
      if (call !== calls) return; // a later call has taken over
      places.set(key, { seq, position: view.position() });
      report.hold();
      observer.disconnect();
      view.stop?.();
      root.remove();
      exhibits.delete(parent);
    };
  };
}

// What Streamlit calls for each new blob or theme; the exhibit is built once and updated in place.
// A new "seq" from Python moves the learner.
/** @type {(name: string, build: Build) => (component: Component) => () => void} */
export const exhibit = (name, build) => (component) => {
  const parent = component.parentElement;
  const update = exhibits.get(parent) ?? begin(parent, name, build);
  exhibits.set(parent, update);
  return update(component);
};
