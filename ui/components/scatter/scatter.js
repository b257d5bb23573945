// Points on their way from noise: a cloud for each epoch, all at the same t, over the real points.

/** @import { Cloud } from "../cloud.js" */
/** @import { Build } from "../types.d.ts" */
/** @import { Position, ScatterBlob } from "./types.d.ts" */
import { cloud } from "../cloud.js";
import { el } from "../elements.js";
import { exhibit } from "../mount.js";
import { clamp } from "../numbers.js";
import { playing, spread } from "../playing.js";
import { fill } from "../words.js";

/** @type {Build<ScatterBlob, Position>} */
function build(host, report) {
  /** @type {ScatterBlob} */
  let blob;
  /** @type {Cloud[]} */
  let clouds = [];
  const seconds = () => clamp(blob.header.timesteps.length / 12, 3, 6);
  const play = playing(host, report, { name: "scatter", draw, describe, fit, seconds });
  const field = el("div", { class: "field" });
  const legend = el("ul", { class: "legend" });
  const paths = el("input", { type: "checkbox" });
  const word = el("span");
  const side = el("div", { class: "side" }, play.kinds, el("label", { class: "paths" }, paths, word), legend);
  host.append(el("div", { class: "stage" }, field, side), el("div", { class: "transport" }, play.button, play.surface));
  paths.onchange = () => {
    play.ask();
    report.soon();
  };

  function draw() {
    const { header, arrays } = blob;
    const [, frames, num] = header.shape;
    const f = play.at.timesteps;
    for (const [e, one] of clouds.entries()) {
      const offsets = Array.from({ length: f + 1 }, (_, frame) => (e * frames + frame) * num * 2);
      const way = paths.checked ? offsets : [];
      one.show(arrays[play.kind] ?? arrays.xt, offsets[f], arrays.real, way, header.num_paths);
    }
  }
  function describe() {
    const { shape, strings, epochs } = blob.header;
    const words = { num: shape[2], kind: strings[`kind_${play.kind}`], t: play.now().t };
    for (const [e, { canvas }] of clouds.entries())
      canvas.setAttribute("aria-label", fill(strings.alt, { ...words, epoch: epochs[e] }));
  }

  function fit() {
    const width = host.clientWidth || 900;
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
    play.mark(spread(Math.max(2, Math.min(narrow ? 6 : 11, timesteps.length)), timesteps));
  }

  return {
    show(next, position) {
      blob = next;
      const { class_names, epochs, extent, num_paths: num, strings } = blob.header;
      clouds = epochs.map(() => cloud(blob.arrays.labels, extent));
      field.replaceChildren(...clouds.map((one) => one.node));
      if (epochs.length > 1)
        for (const [e, { caption }] of clouds.entries()) caption.append(fill(strings.epoch, { epoch: epochs[e] }));
      paths.checked = position.paths;
      word.textContent = fill(strings.paths, { num });
      legend.setAttribute("aria-label", strings.classes);
      legend.replaceChildren(
        ...class_names.map((name, k) => el("li", { style: `--dot: var(--class-${k % 8})` }, name)),
        el("li", { class: "real", style: "--dot: var(--x0)" }, strings.real),
      );
      play.show(blob.header, blob.arrays, position);
    },
    resize: play.resize,
    refresh: () => requestAnimationFrame(play.draw),
    position: () => ({ t: play.now().t, kind: play.kind, paths: paths.checked }),
    stop: play.stop,
  };
}

export default exhibit("scatter", build);
