// Between Python and an exhibit: what it is sent, when it draws, and where the learner stands.

/** @import { Build, Component, Header, Reporter, Table, Unpacked, View } from "./types.d.ts" */
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
  /** @type {number[] | null} */
  let waiting = null;
  return (event) => {
    if (!waiting) {
      /** @type {number[]} */
      const starts = [];
      waiting = starts;
      requestAnimationFrame(() => {
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

/** @type {(host: HTMLElement) => void} browser tests wait for drawings */
export function countDrawing(host) {
  host.dataset.draws = String(Number(host.dataset.draws) + 1);
}

/** @type {(read: () => object, send: (value: object) => void) => Reporter} */
function reporter(read, send) {
  let timer = 0;
  let told = "";
  const now = () => {
    clearTimeout(timer);
    const text = JSON.stringify(read());
    if (text === told) return;
    told = text;
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
      told = JSON.stringify(read());
    },
  };
}

/**
 * @typedef {object} Mounted
 * @property {number} calls how often Streamlit has called the module for it
 * @property {HTMLElement} root
 * @property {Reporter} report
 * @property {View} view
 * @property {ResizeObserver} observer
 * @property {Component["setStateValue"]} setStateValue
 * @property {string} [digest] the blob's that is shown
 * @property {number} [seq]
 */

/** @type {WeakMap<ShadowRoot, Mounted>} */
const exhibits = new WeakMap();
/** @type {Map<string, { seq: number, position: object }>} by the page's key: where the learner stood when it went */
const places = new Map();

/** @type {(component: Component, name: string, build: Build) => Mounted} */
function begin({ parentElement, setStateValue }, name, build) {
  const root = el("div", { class: `lab ${name}`, "data-draws": 0 });
  const report = reporter(
    () => ({ ...it.view.position(), seq: it.seq }),
    (value) => it.setStateValue("position", value),
  );
  const observer = new ResizeObserver(() => it.digest && it.view.resize());
  /** @type {Mounted} */
  const it = { calls: 0, root, report, view: build(root, report), observer, setStateValue };
  observer.observe(root);
  parentElement.append(root);
  exhibits.set(parentElement, it);
  return it;
}

// What Streamlit calls for each new blob or theme; the exhibit is built once and updated in place.
// A new "seq" from Python moves the learner.
/** @type {(name: string, build: Build) => (component: Component) => () => void} */
export const exhibit = (name, build) => (component) => {
  const { parentElement } = component;
  const it = exhibits.get(parentElement) ?? begin(component, name, build);
  const call = ++it.calls;
  it.setStateValue = component.setStateValue;
  const blob = unpack(component.data);
  const { digest, key, start } = blob.header;
  if (digest !== it.digest) {
    const before = it.seq ? { seq: it.seq, position: it.view.position() } : places.get(key);
    const stays = before?.seq === start.seq;
    [it.digest, it.seq] = [digest, start.seq];
    it.view.show(blob, stays ? before.position : start);
    if (!stays) it.report.known();
  } else it.view.refresh?.();
  return () => {
    if (call !== it.calls) return; // a later call has taken over
    places.set(key, { seq: start.seq, position: it.view.position() });
    it.report.hold();
    it.observer.disconnect();
    it.view.stop?.();
    it.root.remove();
    exhibits.delete(parentElement);
  };
};
