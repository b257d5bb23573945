// Plays a reverse process: noise on the left of its slider, the picture on the right.

/** @import { Component, Kind, Reporter, View } from "../types.d.ts" */
/** @import { Reel } from "./stage.js" */
/** @import { PlayerBlob, Position, Way } from "./types.d.ts" */
import { clock, face, STILL } from "../clock.js";
import { consume, isForeign, slider, spread, ticks } from "../controls.js";
import { el, picture, snap } from "../elements.js";
import { countDrawing, drawer, mount } from "../mount.js";
import { clamp, nearest } from "../numbers.js";
import { fill, KINDS, math, phrase } from "../words.js";
import { panel } from "./panel.js";
import { film, gallery, matrix } from "./stage.js";

/**
 * @param {HTMLElement} host
 * @param {Reporter} report
 * @returns {View<PlayerBlob, Position>}
 */
function build(host, report) {
  /** @type {PlayerBlob} */
  let blob;
  /** @type {Reel} */
  let reel;
  /** @type {Kind} */
  let kind = "xt";
  let [e, f, n] = [0, 0, 0];
  /** @type {Way} */
  let along = "t";
  let pace = 1;
  let width = 900;
  let length = 800; // the slider's
  let painted = ""; // what the grid shows
  let inside = false; // whether the pointer went down on the grid
  const ask = drawer("player", draw);
  const many = gallery();
  const grid = matrix();
  const large = picture(null);
  const surface = el("div", { class: "time" });
  const marks = ticks();
  const time = slider({
    area: surface,
    onRelease: report.now,
    onKey: report.soon,
    next: (step) => f + step,
    onMove: (to, event) => go(inside && event instanceof PointerEvent ? grid.epochAt(reel, event) : e, to, event),
    vertical: (step, event) => go(e + step, f, event),
  });
  surface.append(grid.node, time.node, marks.node);
  surface.addEventListener(
    "pointerdown",
    (event) => {
      inside = grid.node.contains(/** @type {Node} */ (event.target));
    },
    true,
  );
  const controls = panel({
    play() {
      if (!playing()) return play();
      pause();
      if (!isHero()) report.now();
    },
    loop() {
      run.loop = !run.loop;
      controls.setPlay(run.loop, along, pace);
    },
    showKind: choose,
    showEpoch(epoch) {
      go(epoch, f);
      report.soon();
    },
    showPicture(picture) {
      n = picture;
      ask();
      report.soon();
    },
    playAlong(way) {
      along = way;
      if (playing()) play();
    },
    playAt(chosen) {
      pace = chosen;
      setTempo();
    },
  });
  const run = clock({
    onPlace(place) {
      const [count, was] = along === "t" ? [reel.frames, f] : [reel.epochs, e];
      const to = Math.round(place * (count - 1));
      if (to === was) return;
      if (along === "t") f = to;
      else e = to;
      draw();
    },
    onEnd() {
      showFace();
      report.now();
    },
  });
  const playing = () => run.running();
  const isHero = () => blob.header.mode === "hero";

  function setTempo() {
    run.seconds = (along === "t" ? clamp(reel.frames / 14, 3, 8) : reel.epochs * 0.7) / pace;
    run.hold = isHero() ? 2.6 : 1.2;
  }
  function play() {
    setTempo();
    const [at, count] = along === "t" ? [f, reel.frames] : [e, reel.epochs];
    run.start(count > 1 ? at / (count - 1) : 1);
    showFace();
  }
  function pause() {
    run.stop();
    showFace();
    describe();
  }
  function showFace() {
    face(controls.button, playing(), blob.header.strings);
  }
  /**
   * @param {number} epoch
   * @param {number} frame
   * @param {Event} [event]
   */
  function go(epoch, frame, event) {
    if (playing()) pause();
    report.hold();
    [e, f] = [clamp(epoch, 0, reel.epochs - 1), clamp(frame, 0, reel.frames - 1)];
    ask(event);
  }
  /**
   * @param {Kind} value
   * @param {Event} [event]
   */
  function choose(value, event) {
    kind = value;
    ask(event);
    report.soon();
  }

  function draw() {
    const { digest, epochs, mode, strings, timesteps } = blob.header;
    const t = timesteps[f];
    const words = { t, epoch: epochs[e] };
    host.style.setProperty("--color", `var(--${KINDS[kind].color})`);
    if (mode === "epochs") {
      const wanted = `${digest} ${kind} ${n} ${width}`;
      if (wanted !== painted) grid.paint(reel, kind, n);
      painted = wanted;
      grid.select(reel, e, f);
      reel.show(large, kind, e, f, n);
      large.caption.replaceChildren(...phrase(fill(strings.caption_epochs, words), KINDS[kind].symbol()));
    } else many.draw(reel, kind, e, f);
    time.set(f, fill(reel.epochs > 1 ? strings.value_epochs : strings.value, words));
    marks.at(reel.frames > 1 ? f / (reel.frames - 1) : 0, [math("t"), ` = ${t}`], length);
    controls.set(kind, e, n, t, time.max ? f / time.max : 1);
    countDrawing(host);
    if (!playing()) describe();
  }
  function describe() {
    const { captions, epochs, strings, timesteps } = blob.header;
    const words = { t: timesteps[f], epoch: epochs[e], kind: strings[`kind_${kind}`] };
    many.describe((caption) => fill(strings.alt_picture, { ...words, caption }));
    large.canvas.setAttribute("aria-label", fill(strings.alt_picture, { ...words, caption: captions[n] }));
    grid.node.setAttribute("aria-label", fill(strings.alt_grid, { ...words, caption: captions[n] }));
  }

  function fit() {
    width = host.clientWidth || width;
    const narrow = width < 640;
    if (blob.header.mode !== "epochs") {
      scale(Math.min(narrow ? 6 : 11, reel.frames));
      length = width - 90;
      many.fit(reel, width, isHero());
      return;
    }
    const { cell, gap, columns, width: wide } = grid.fit(reel, width - (narrow ? 42 : 48 + 252), narrow ? 8 : 10);
    const size = snap(narrow ? width * 0.45 : Math.min(320, width - wide - 94), reel.width);
    large.node.style.setProperty("--size", `${size}px`);
    host.style.setProperty("--cell", `${cell}px`);
    host.style.setProperty("--gap", `${gap}px`);
    scale(columns);
    length = wide - cell;
  }
  /**
   * The timesteps under the slider; the first and last stay on a phone.
   * @param {number} count
   */
  function scale(count) {
    const list = spread(count, blob.header.timesteps).map((tick, i) => {
      return { ...tick, minor: (i % 2 === 1 && i < count - 1) || (count % 2 === 0 && i === count - 2) };
    });
    marks.show(list);
  }
  const observer = new ResizeObserver(() => {
    if (!blob) return;
    fit();
    draw();
  });
  observer.observe(host);

  host.addEventListener("keydown", (event) => {
    const typed = /** @type {Element} */ (event.composedPath()[0]);
    const choice = /** @type {Kind | undefined} */ (Object.keys(KINDS)[Number(event.key) - 1]);
    if (isHero() || isForeign(event)) return;
    if (event.key === " " && typed.tagName !== "BUTTON") controls.button.click();
    else if (choice && reel.kinds.includes(choice)) choose(choice, event);
    else if (event.key.startsWith("Arrow") && typed.tagName === "BUTTON")
      time.input.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    consume(event);
  });

  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      reel = film(blob);
      const { autoplay, captions, epochs, mode, strings, timesteps } = blob.header;
      [e, f] = [nearest(epochs, position.epoch), nearest(timesteps, position.t)];
      kind = reel.kinds.includes(position.kind) ? position.kind : reel.kinds[0];
      n = clamp(position.picture, 0, reel.pictures - 1);
      if (mode !== "epochs") along = "t";
      time.max = reel.frames - 1;
      many.build(reel, captions);
      large.resize(reel.height, reel.width);
      host.dataset.mode = mode;
      if (first) run.loop = mode === "hero";
      controls.label(blob, reel);
      controls.setPlay(run.loop, along, pace);
      time.input.setAttribute("aria-label", strings.slider);
      showFace();
      grid.node.hidden = mode !== "epochs";
      controls.arrange(host, mode, { many: many.node, large: large.node, surface, epochs: reel.epochs });
      fit();
      draw();
      if (first && autoplay && !STILL.matches) play();
    },
    position: () => ({ epoch: blob.header.epochs[e], t: blob.header.timesteps[f], kind, picture: n }),
    stop() {
      run.stop();
      observer.disconnect();
    },
  };
}

/** @param {Component} component */
export default (component) => mount(component, "player", build);
