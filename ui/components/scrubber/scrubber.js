// What t does to a picture: an equation of pictures over alphas_cumprod's curve, whose x axis is the slider.

/** @import { Build } from "../types.d.ts" */
/** @import { Position, Scale, ScrubberBlob } from "./types.d.ts" */
import { segmented, slider } from "../controls.js";
import { el, svg } from "../elements.js";
import { countDrawing, drawer, exhibit } from "../mount.js";
import { clamp, number } from "../numbers.js";
import { fill, math } from "../words.js";
import { cards, curves } from "./curves.js";
import { equation, scaledSymbol, x0Symbol } from "./equation.js";

/** @type {Build<ScrubberBlob, Position>} */
function build(host, report) {
  /** @type {ScrubberBlob} */
  let blob;
  let t = 0;
  /** @type {Scale} */
  let view = "xt";
  /** @type {ReturnType<typeof equation>} */
  let row;
  const curve = curves();
  const numbers = cards();
  const surface = el("div", { class: "axis" }, curve.node);
  const sigmaSurface = el("div", { class: "axis sigma" });
  const ask = drawer("scrubber", draw);
  /** @type {(to: number, event: Event) => void} */
  const go = (to, event) => {
    if (to === t) return;
    t = to;
    ask(event);
  };
  const tSlider = slider({ area: surface, color: "xt", symbol: "t", report, onMove: go, next: (step) => t + step });
  const sigmaSlider = slider({
    area: sigmaSurface,
    color: "eps",
    symbol: "σ",
    report,
    onMove: (position, event) => go(blob.arrays.nearest_t[position], event),
    // On to a position that means another t, else the key would seem dead.
    next(step) {
      const { nearest_t, sigma_position } = blob.arrays;
      let to = sigma_position[t] + step;
      while (to > 0 && to < sigmaSlider.max && nearest_t[to] === t) to += Math.sign(step);
      return to;
    },
  });
  const toggle = segmented((/** @type {Scale} */ scale) => {
    view = scale;
    row.label(view);
    draw();
    report.soon();
  });
  const link = svg("line", { y1: 0, y2: 1 });
  const square = { class: "bridge", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" };
  const axes = el("div", { class: "axes" }, surface, sigmaSurface, svg("svg", square, link));
  const above = el("div", { class: "view" }, toggle.node);
  host.append(above, axes, numbers.node);

  function draw() {
    const { arrays } = blob;
    const { strings } = blob.header;
    const words = { t, sigma: number(arrays.sigma[t]), kept: number(arrays.alphas_cumprod[t]) };
    const place = t / tSlider.max;
    const sigmaPlace = arrays.sigma_place[t];
    row.draw(view, t, fill(strings.alt_result, words));
    tSlider.set(t, fill(strings.value_t, words), String(t));
    sigmaSlider.set(arrays.sigma_position[t], fill(strings.value_sigma, words), words.sigma, sigmaPlace);
    curve.at(place, arrays.alphas_cumprod[t], arrays.one_minus_alphas_cumprod[t]);
    link.setAttribute("x1", String(place));
    link.setAttribute("x2", String(sigmaPlace));
    numbers.set(`${t} / ${tSlider.max}`, words.kept, words.sigma, number(arrays.snr[t]));
    countDrawing(host);
  }
  function resize() {
    row.fit(host.clientWidth || 900);
    tSlider.mark(blob.header.t_ticks);
    sigmaSlider.mark(blob.header.sigma_ticks);
    draw();
  }

  return {
    show(next, position) {
      blob = next;
      const { arrays } = blob;
      const { strings } = blob.header;
      row?.node.remove();
      row = equation(blob);
      host.prepend(row.node);
      tSlider.max = arrays.alphas_cumprod.length - 1;
      sigmaSlider.max = arrays.nearest_t.length - 1;
      t = clamp(position.t, 0, tSlider.max);
      view = position.view === "denoised_scale" ? position.view : "xt";
      row.label(view);
      curve.show(arrays, strings);
      numbers.label(strings);
      tSlider.input.setAttribute("aria-label", strings.slider_t);
      sigmaSlider.input.setAttribute("aria-label", strings.slider_sigma);
      const scaled = [...scaledSymbol(), math("="), x0Symbol(), math("+"), math("σ"), math("ε")];
      toggle.build(strings.view, [
        { value: "xt", content: [math("x", "t")], label: strings.view_xt, color: "xt" },
        { value: "denoised_scale", content: scaled, label: strings.view_scaled, color: "xt" },
      ]);
      toggle.set(view);
      resize();
    },
    resize,
    refresh: () => blob.arrays.labels && requestAnimationFrame(resize),
    position: () => ({ t, view }),
  };
}

export default exhibit("scrubber", build);
