// Points on their way from noise: a cloud for each epoch, all at the same t, over the real points.

import { clamp, drawer, el, fill, hat, icon, math, mount, upright } from "../common.js";
import { segmented, slider, ticks } from "../controls.js";
import { PAUSE, PLAY, STILL, clock } from "../clock.js";
import { cloud } from "../cloud.js";

const POINT_KINDS = {
  xt: { color: "xt", symbol: () => math("x", "t") },
  x0_hat: { color: "prediction", symbol: () => math(hat("x"), upright("0")) },
};

function build(host, report) {
  let blob, arrays, strings, clouds = [], width = 900;
  let f = 0, kind = "xt", paths = false;
  const ask = drawer("scatter", draw);
  const field = el("div", { class: "field" }), legend = el("ul", { class: "legend" });
  const surface = el("div", { class: "time" }), marks = ticks();
  const time = slider({ area: surface, onRelease: report.now, onKey: report.soon, next: (step) => f + step, onMove: go });
  surface.append(time.node, marks.node);
  const button = el("button", { type: "button", class: "play" });
  const kinds = segmented((value) => ((kind = value), ask(), report.soon()));
  const box = el("input", { type: "checkbox" }), word = el("span");
  const side = el("div", { class: "side" }, kinds.node, el("label", { class: "paths" }, box, word), legend);
  host.append(el("div", { class: "stage" }, field, side), el("div", { class: "transport" }, button, surface));
  const run = clock({
    onPlace(place) {
      const to = Math.round(place * time.max);
      if (to !== f) (f = to), draw();
    },
    onEnd: () => (face(), describe(), report.now()),
  });

  function play() {
    run.seconds = clamp(blob.header.timesteps.length / 12, 3, 6);
    run.start(time.max ? f / time.max : 1);
    face();
  }
  function pause() {
    run.stop();
    face();
    describe();
  }
  function face() {
    button.replaceChildren(icon(run.running() ? PAUSE : PLAY));
    button.setAttribute("aria-label", (button.title = run.running() ? strings.pause : strings.play));
  }
  function go(frame, event) {
    if (run.running()) pause();
    report.hold();
    f = clamp(frame, 0, time.max);
    ask(event);
  }

  function draw() {
    const [, frames, num] = blob.header.shape;
    const t = blob.header.timesteps[f];
    host.style.setProperty("--color", `var(--${POINT_KINDS[kind].color})`);
    clouds.forEach((one, e) => {
      const at = (frame) => (e * frames + frame) * num * 2;
      const way = paths ? Array.from({ length: f + 1 }, (_, frame) => at(frame)) : [];
      one.show(arrays[kind], at(f), arrays.real, way, blob.header.num_paths);
    });
    time.set(f, fill(strings.value, { t }));
    marks.at(time.max ? f / time.max : 0, [math("t"), ` = ${t}`], width);
    kinds.set(kind);
    box.checked = paths;
    host.dataset.draws = Number(host.dataset.draws) + 1;
    if (!run.running()) describe();
  }
  function describe() {
    const words = { num: blob.header.shape[2], kind: strings[`kind_${kind}`], t: blob.header.timesteps[f] };
    clouds.forEach((one, e) => one.canvas.setAttribute("aria-label", fill(strings.alt, { ...words, epoch: blob.header.epochs[e] })));
  }

  function fit() {
    width = host.clientWidth || width;
    const narrow = width < 640, count = clouds.length, gap = 14;
    const room = (narrow ? width : width - (count > 1 ? 0 : 230)) - 12;
    const columns = count > 1 ? Math.min(narrow ? 2 : Math.ceil(count / (count > 4 ? 2 : 1)), count) : 1;
    const tallest = (window.innerHeight * (count > 1 ? 0.56 : 0.62)) / Math.ceil(count / columns) - (count > 1 ? 34 : 0);
    const size = Math.floor(Math.min((room - (columns - 1) * (gap + 6)) / columns, Math.max(tallest, 120)));
    field.style.setProperty("--columns", columns);
    host.classList.toggle("several", count > 1);
    for (const one of clouds) one.resize(size);
    const labels = narrow ? 6 : 11, steps = blob.header.timesteps, last = Math.max(1, Math.min(labels, steps.length) - 1);
    marks.show(Array.from({ length: last + 1 }, (_, i) => ({ place: i / last, text: String(steps[Math.round((i / last) * time.max)]) })));
  }
  const observer = new ResizeObserver(() => blob && (fit(), draw()));
  observer.observe(host);

  button.onclick = () => (run.running() ? (pause(), report.now()) : play());
  box.onchange = () => ((paths = box.checked), ask(), report.soon());
  host.addEventListener("keydown", (event) => {
    const typed = event.composedPath()[0], choice = Object.keys(POINT_KINDS)[Number(event.key) - 1];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && typed.tagName !== "BUTTON" && typed !== box) button.click();
    else if (choice) [kind] = [choice, ask(event), report.soon()];
    else if (event.key.startsWith("Arrow") && typed.tagName === "BUTTON") time.input.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function label() {
    const { class_names: names, epochs, num_paths: num } = blob.header;
    kinds.build(strings.kinds, Object.keys(POINT_KINDS).map((value) => ({
      value, label: strings[`kind_${value}`], color: POINT_KINDS[value].color,
      content: [POINT_KINDS[value].symbol(), el("span", { class: "word" }, strings[`short_${value}`])] })));
    word.textContent = fill(strings.paths, { num });
    legend.setAttribute("aria-label", strings.classes);
    legend.replaceChildren(...names.map((name, k) => el("li", { style: `--dot: var(--class-${k % 8})` }, name)),
      el("li", { class: "real", style: "--dot: var(--x0)" }, strings.real));
    clouds.forEach((one, e) => one.caption.replaceChildren(epochs.length > 1 ? fill(strings.epoch, { epoch: epochs[e] }) : ""));
    time.input.setAttribute("aria-label", strings.slider);
    face();
  }

  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      ({ arrays, header: { strings } } = blob);
      const [epochs, frames] = blob.header.shape, { timesteps, extent } = blob.header;
      if (clouds.length !== epochs) {
        clouds = Array.from({ length: epochs }, () => cloud(null));
        field.replaceChildren(...clouds.map((one) => one.node));
      }
      for (const one of clouds) one.classes(arrays.labels, extent);
      time.max = frames - 1;
      f = timesteps.reduce((best, t, i) => (Math.abs(t - position.t) < Math.abs(timesteps[best] - position.t) ? i : best), 0);
      kind = position.kind in POINT_KINDS ? position.kind : "xt";
      paths = Boolean(position.paths);
      label();
      fit();
      draw();
      if (first && blob.header.autoplay && !STILL.matches) play();
    },
    refresh: () => requestAnimationFrame(draw),
    position: () => ({ t: blob.header.timesteps[f], kind, paths }),
    stop: () => (run.stop(), observer.disconnect()),
  };
}

export default (component) => mount(component, "scatter", build);
