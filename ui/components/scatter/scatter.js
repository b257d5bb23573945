// Points on their way from noise: a cloud for each epoch, all at the same t, over the real points.

/** @import { Cloud } from "../cloud.js" */
/** @import { Component, Reporter, View } from "../types.d.ts" */
/** @import { PointKind, Position, ScatterBlob } from "./types.d.ts" */
import { clock, face, STILL } from "../clock.js";
import { cloud } from "../cloud.js";
import { consume, isForeign, segmented, slider, spread, ticks } from "../controls.js";
import { el } from "../elements.js";
import { countDrawing, drawer, mount } from "../mount.js";
import { clamp, nearest } from "../numbers.js";
import { fill, KINDS, math } from "../words.js";

/** @type {PointKind[]} */
const POINT_KINDS = ["xt", "x0_hat"];

/**
 * @param {HTMLElement} host
 * @param {Reporter} report
 * @returns {View<ScatterBlob, Position>}
 */
function build(host, report) {
  /** @type {ScatterBlob} */
  let blob;
  /** @type {Cloud[]} */
  let clouds = [];
  let width = 900;
  let f = 0;
  /** @type {PointKind} */
  let kind = "xt";
  let paths = false;
  const ask = drawer("scatter", draw);
  const field = el("div", { class: "field" });
  const legend = el("ul", { class: "legend" });
  const surface = el("div", { class: "time" });
  const marks = ticks();
  const time = slider({
    area: surface,
    onRelease: report.now,
    onKey: report.soon,
    next: (step) => f + step,
    onMove: go,
  });
  surface.append(time.node, marks.node);
  const button = el("button", { type: "button", class: "play" });
  const kinds = segmented((value) => choose(/** @type {PointKind} */ (value)));
  const box = el("input", { type: "checkbox" });
  const word = el("span");
  const side = el("div", { class: "side" }, kinds.node, el("label", { class: "paths" }, box, word), legend);
  host.append(el("div", { class: "stage" }, field, side), el("div", { class: "transport" }, button, surface));
  const run = clock({
    onPlace(place) {
      const to = Math.round(place * time.max);
      if (to === f) return;
      f = to;
      draw();
    },
    onEnd() {
      showFace();
      describe();
      report.now();
    },
  });

  function play() {
    run.seconds = clamp(blob.header.timesteps.length / 12, 3, 6);
    run.start(time.max ? f / time.max : 1);
    showFace();
  }
  function pause() {
    run.stop();
    showFace();
    describe();
  }
  function showFace() {
    face(button, run.running(), blob.header.strings);
  }
  /**
   * @param {number} frame
   * @param {Event} event
   */
  function go(frame, event) {
    if (run.running()) pause();
    report.hold();
    f = clamp(frame, 0, time.max);
    ask(event);
  }
  /**
   * @param {PointKind} value
   * @param {Event} [event]
   */
  function choose(value, event) {
    kind = value;
    ask(event);
    report.soon();
  }

  function draw() {
    const { header, arrays } = blob;
    const [, frames, num] = header.shape;
    const t = header.timesteps[f];
    host.style.setProperty("--color", `var(--${KINDS[kind].color})`);
    clouds.forEach((one, e) => {
      /** @param {number} frame */
      const at = (frame) => (e * frames + frame) * num * 2;
      const way = paths ? Array.from({ length: f + 1 }, (_, frame) => at(frame)) : [];
      one.show(arrays[kind], at(f), arrays.real, way, header.num_paths);
    });
    time.set(f, fill(header.strings.value, { t }));
    marks.at(time.max ? f / time.max : 0, [math("t"), ` = ${t}`], width);
    kinds.set(kind);
    box.checked = paths;
    countDrawing(host);
    if (!run.running()) describe();
  }
  function describe() {
    const { shape, strings, timesteps, epochs } = blob.header;
    const words = { num: shape[2], kind: strings[`kind_${kind}`], t: timesteps[f] };
    clouds.forEach((one, e) => {
      one.canvas.setAttribute("aria-label", fill(strings.alt, { ...words, epoch: epochs[e] }));
    });
  }

  function fit() {
    width = host.clientWidth || width;
    const { timesteps } = blob.header;
    const narrow = width < 640;
    const count = clouds.length;
    const gap = 14;
    const room = (narrow ? width : width - (count > 1 ? 0 : 230)) - 12;
    const columns = count > 1 ? Math.min(narrow ? 2 : Math.ceil(count / (count > 4 ? 2 : 1)), count) : 1;
    const rows = Math.ceil(count / columns);
    const tallest = (window.innerHeight * (count > 1 ? 0.56 : 0.62)) / rows - (count > 1 ? 34 : 0);
    const size = Math.floor(Math.min((room - (columns - 1) * (gap + 6)) / columns, Math.max(tallest, 120)));
    field.style.setProperty("--columns", String(columns));
    host.classList.toggle("several", count > 1);
    for (const one of clouds) one.resize(size);
    marks.show(spread(Math.max(2, Math.min(narrow ? 6 : 11, timesteps.length)), timesteps));
  }
  const observer = new ResizeObserver(() => {
    if (!blob) return;
    fit();
    draw();
  });
  observer.observe(host);

  button.onclick = () => {
    if (!run.running()) return play();
    pause();
    report.now();
  };
  box.onchange = () => {
    paths = box.checked;
    ask();
    report.soon();
  };
  host.addEventListener("keydown", (event) => {
    const typed = /** @type {Element} */ (event.composedPath()[0]);
    const choice = POINT_KINDS[Number(event.key) - 1];
    if (isForeign(event)) return;
    if (event.key === " " && typed.tagName !== "BUTTON" && typed !== box) button.click();
    else if (choice) choose(choice, event);
    else if (event.key.startsWith("Arrow") && typed.tagName === "BUTTON")
      time.input.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    consume(event);
  });

  function label() {
    const { class_names: names, epochs, num_paths: num, strings } = blob.header;
    kinds.build(
      strings.kinds,
      POINT_KINDS.map((value) => {
        const { color, symbol } = KINDS[value];
        const content = [symbol(), el("span", { class: "word" }, strings[`short_${value}`])];
        return { value, label: strings[`kind_${value}`], color, content };
      }),
    );
    word.textContent = fill(strings.paths, { num });
    legend.setAttribute("aria-label", strings.classes);
    legend.replaceChildren(
      ...names.map((name, k) => el("li", { style: `--dot: var(--class-${k % 8})` }, name)),
      el("li", { class: "real", style: "--dot: var(--x0)" }, strings.real),
    );
    clouds.forEach((one, e) => {
      one.caption.replaceChildren(epochs.length > 1 ? fill(strings.epoch, { epoch: epochs[e] }) : "");
    });
    time.input.setAttribute("aria-label", strings.slider);
    showFace();
  }

  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      const { shape, timesteps, extent, autoplay } = blob.header;
      const [epochs, frames] = shape;
      if (clouds.length !== epochs) {
        clouds = Array.from({ length: epochs }, () => cloud(null));
        field.replaceChildren(...clouds.map((one) => one.node));
      }
      for (const one of clouds) one.classes(blob.arrays.labels, extent);
      time.max = frames - 1;
      f = nearest(timesteps, position.t);
      kind = POINT_KINDS.includes(position.kind) ? position.kind : "xt";
      paths = Boolean(position.paths);
      label();
      fit();
      draw();
      if (first && autoplay && !STILL.matches) play();
    },
    refresh: () => requestAnimationFrame(draw),
    position: () => ({ t: blob.header.timesteps[f], kind, paths }),
    stop() {
      run.stop();
      observer.disconnect();
    },
  };
}

/** @param {Component} component */
export default (component) => mount(component, "scatter", build);
