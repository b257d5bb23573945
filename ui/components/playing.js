// What plays: a button, a slider over timesteps, a choice of what is shown, their keys, and the clock behind them.

/** @import { Kind, Place, Playable, PlayHeader, Reporter, Tick, Walk, Way } from "./types.d.ts" */
import { consume, isForeign, segmented, slider } from "./controls.js";
import { el, icon } from "./elements.js";
import { countDrawing, drawer } from "./mount.js";
import { clamp, nearest } from "./numbers.js";
import { fill, KINDS } from "./words.js";

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M6 5h4v14H6zM14 5h4v14h-4z";
/** Whether the visitor wants things to keep still. */
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {HTMLElement} host @param {Reporter} report @param {Playable} owner */
export function playing(host, report, owner) {
  /** @type {PlayHeader} */
  let header;
  /** @type {Kind[]} */
  let available = [];
  let timer = 0; // while it plays
  let [place, rest, last] = [0, 0, 0]; // 0 to 1; seconds at the end; when the clock ticked
  const ask = drawer(owner.name, draw);
  const button = el("button", { type: "button", class: "play" });
  const kinds = segmented(choose);
  const surface = el("div", { class: "time" });
  const time = slider({
    area: surface,
    symbol: "t",
    report,
    next: (step) => self.at.timesteps + step,
    onMove: (frame, event) => go(frame, owner.epochAt?.(event) ?? self.at.epochs, event),
    vertical: owner.epochAt && ((step, event) => go(self.at.timesteps, self.at.epochs + step, event)),
  });
  const self = {
    button,
    kinds: kinds.node,
    surface,
    mark: time.mark,
    at: { timesteps: 0, epochs: 0 },
    along: /** @type {Way} */ ("timesteps"),
    kind: /** @type {Kind} */ ("xt"),
    loop: false,
    /** Seconds that a loop rests at its end. */
    hold: 1.2,
    running: () => timer > 0,
    ask,
    draw,
    go,
    now,
    resize,
    show,
    start,
    stop,
  };

  /** @type {(now: number) => void} */
  function tick(now) {
    timer = requestAnimationFrame(tick);
    const passed = Math.min(0.1, (now - last) / 1000);
    last = now;
    if (place < 1) {
      place = Math.min(1, place + passed / owner.seconds());
      const to = Math.round(place * (header[self.along].length - 1));
      if (to !== self.at[self.along]) {
        self.at[self.along] = to;
        draw();
      }
    } else if (!self.loop) {
      pause();
      report.now();
    } else {
      rest += passed;
      if (rest > self.hold) [place, rest] = [0, 0];
    }
  }
  function start() {
    const end = header[self.along].length - 1;
    place = end ? self.at[self.along] / end : 1;
    if (place >= 1 && !self.loop) place = 0;
    [rest, last] = [0, performance.now()];
    stop();
    timer = requestAnimationFrame(tick);
    showFace();
  }
  function stop() {
    cancelAnimationFrame(timer);
    timer = 0;
  }
  function pause() {
    stop();
    showFace();
    owner.describe();
  }
  /** The button shows, and is called, what a click would do. */
  function showFace() {
    button.replaceChildren(icon(timer ? PAUSE : PLAY));
    button.title = timer ? header.strings.pause : header.strings.play;
    button.setAttribute("aria-label", button.title);
  }
  /** @type {(frame: number, epoch: number, event?: Event) => void} */
  function go(frame, epoch, event) {
    if (timer) pause();
    self.at.timesteps = clamp(frame, 0, time.max);
    self.at.epochs = clamp(epoch, 0, header.epochs.length - 1);
    ask(event);
  }
  /** @type {(kind: Kind, event?: Event) => void} */
  function choose(kind, event) {
    self.kind = kind;
    ask(event);
    report.soon();
  }
  function now() {
    return { epoch: header.epochs[self.at.epochs], t: header.timesteps[self.at.timesteps], kind: self.kind };
  }
  function draw() {
    const { epochs, strings } = header;
    const words = now();
    host.style.setProperty("--color", `var(--${KINDS[self.kind].color})`);
    owner.draw();
    const said = fill(owner.epochAt && epochs.length > 1 ? strings.value_epochs : strings.value, words);
    time.set(self.at.timesteps, said, String(words.t));
    kinds.set(self.kind);
    countDrawing(host);
    if (!timer) owner.describe();
  }
  function resize() {
    owner.fit();
    draw();
  }
  /** @type {(next: PlayHeader, arrays: Partial<Walk<unknown>>, position: Place) => void} */
  function show(next, arrays, position) {
    const first = !header;
    header = next;
    const { autoplay, epochs, strings, timesteps } = header;
    available = /** @type {Kind[]} */ (Object.keys(KINDS)).filter((kind) => kind in arrays);
    self.kind = available.includes(position.kind) ? position.kind : available[0];
    self.at = { timesteps: nearest(timesteps, position.t), epochs: nearest(epochs, position.epoch ?? 0) };
    time.max = timesteps.length - 1;
    time.input.setAttribute("aria-label", strings.slider);
    const options = available.map((value) => {
      const { color, symbol } = KINDS[value];
      const content = [symbol(), el("span", { class: "word" }, strings[`short_${value}`])];
      return { value, label: strings[`kind_${value}`], color, content };
    });
    kinds.build(strings.kinds, options);
    kinds.node.hidden = available.length < 2;
    showFace();
    resize();
    if (first && autoplay && !STILL.matches) start();
  }

  button.onclick = () => {
    if (!timer) return start();
    pause();
    if (surface.isConnected) report.now(); // a shop window has no slider, and its place matters to nobody
  };
  host.addEventListener("keydown", (event) => {
    const typed = /** @type {Element} */ (event.composedPath()[0]);
    const choice = available[Number(event.key) - 1];
    if (!surface.isConnected || isForeign(event)) return;
    if (event.key === " " && !typed.matches("button, [type=checkbox]")) button.click();
    else if (choice) choose(choice, event);
    else if (event.key.startsWith("Arrow") && typed.tagName === "BUTTON")
      time.input.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    consume(event);
  });
  return self;
}

/** @type {(count: number, timesteps: number[]) => Tick[]} `count` labels, evenly over a slider's timesteps */
export const spread = (count, timesteps) =>
  Array.from({ length: count }, (_, i) => {
    const place = count > 1 ? i / (count - 1) : 0;
    return { place, text: String(timesteps[Math.round(place * (timesteps.length - 1))]) };
  });
