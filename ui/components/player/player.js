// Plays a reverse process: noise on the left of its slider, the picture on the right.

import { clamp, drawer, el, fill, icon, math, mount, phrase, picture, snap } from "../common.js";
import { segmented, slider, ticks } from "../controls.js";
import { PAUSE, PLAY, STILL, clock } from "../clock.js";
import { KINDS, film, gallery, matrix } from "./stage.js";

const LOOP = "M17 2l4 4-4 4V7H7v4H5V5h12zM7 22l-4-4 4-4v3h10v-4h2v6H7z";

function build(host, report) {
  let blob, reel, strings, mode, width = 900, length = 800;
  let e = 0, f = 0, kind = "xt", n = 0, along = "t", pace = 1, painted = "", inside = false;
  const ask = drawer("player", draw);
  const many = gallery(), grid = matrix(), large = picture(null);
  const surface = el("div", { class: "time" }), marks = ticks();
  const time = slider({
    area: surface, onRelease: report.now, onKey: report.soon, next: (step) => f + step,
    onMove: (to, event) => go(inside && event.clientY !== undefined ? grid.epochAt(reel, event) : e, to, event),
    vertical: (step, event) => go(e + step, f, event),
  });
  surface.append(grid.node, time.node, marks.node);
  surface.addEventListener("pointerdown", (event) => (inside = grid.node.contains(event.target)), true);
  surface.addEventListener("keydown", () => (inside = false), true);

  const button = el("button", { type: "button", class: "play" });
  const loop = el("button", { type: "button", class: "loop" }, icon(LOOP));
  const kinds = segmented((value) => ((kind = value), ask(), report.soon()));
  const epochs = segmented((value) => (go(Number(value), f), report.soon()), "names");
  const chips = segmented((value) => ((n = Number(value)), ask(), report.soon()), "chips");
  const ways = segmented((value) => ((along = value), playing() && play()));
  const paces = segmented((value) => ((pace = Number(value)), tempo()));
  const tempoBox = el("div", { class: "tempo" }, paces.node, loop);
  const epochWord = el("span", { class: "hush" }), stamp = el("span", { class: "stamp" });
  const line = el("div", { class: "line" }, el("div", { class: "fill" }));
  const run = clock({
    onPlace(place) {
      const [count, was] = along === "t" ? [reel.frames, f] : [reel.epochs, e];
      const to = Math.round(place * (count - 1));
      if (to === was) return;
      if (along === "t") f = to;
      else e = to;
      draw();
    },
    onEnd: () => (face(), report.now()),
  });
  const playing = () => run.running();

  function tempo() {
    run.seconds = (along === "t" ? clamp(reel.frames / 14, 3, 8) : reel.epochs * 0.7) / pace;
    run.hold = mode === "hero" ? 2.6 : 1.2;
  }
  function play() {
    tempo();
    const [at, count] = along === "t" ? [f, reel.frames] : [e, reel.epochs];
    run.start(count > 1 ? at / (count - 1) : 1);
    face();
  }
  function pause(tell) {
    run.stop();
    face();
    describe();
    if (tell && mode !== "hero") report.now();
  }
  function face() {
    button.replaceChildren(icon(playing() ? PAUSE : PLAY));
    button.setAttribute("aria-label", playing() ? strings.pause : strings.play);
    button.title = playing() ? strings.pause : strings.play;
  }
  function go(epoch, frame, event) {
    if (playing()) pause();
    report.hold();
    [e, f] = [clamp(epoch, 0, reel.epochs - 1), clamp(frame, 0, reel.frames - 1)];
    ask(event);
  }

  function draw() {
    const { timesteps, epochs: names } = blob.header;
    host.style.setProperty("--color", `var(--${KINDS[kind].color})`);
    const words = { t: timesteps[f], epoch: names[e] };
    if (mode === "epochs") {
      if (painted !== (painted = `${blob.header.digest} ${kind} ${n} ${width}`)) grid.paint(reel, kind, n);
      grid.select(reel, e, f);
      reel.show(large, kind, e, f, n);
      large.caption.replaceChildren(...phrase(fill(strings.caption_epochs, words), KINDS[kind].symbol()));
    } else many.draw(reel, kind, e, f);
    time.set(f, fill(reel.epochs > 1 ? strings.value_epochs : strings.value, words));
    marks.at(reel.frames > 1 ? f / (reel.frames - 1) : 0, [math("t"), ` = ${timesteps[f]}`], length);
    line.style.setProperty("--at", time.max ? f / time.max : 1);
    stamp.replaceChildren(math("t"), ` = ${timesteps[f]}`);
    kinds.set(kind);
    epochs.set(e);
    chips.set(n);
    host.dataset.draws = Number(host.dataset.draws) + 1;
    if (!playing()) describe();
  }
  function describe() {
    const words = { t: blob.header.timesteps[f], epoch: blob.header.epochs[e], kind: strings[`kind_${kind}`] };
    many.describe((caption) => fill(strings.alt_picture, { ...words, caption }));
    large.canvas.setAttribute("aria-label", fill(strings.alt_picture, { ...words, caption: blob.header.captions[n] }));
    grid.node.setAttribute("aria-label", fill(strings.alt_grid, { ...words, caption: blob.header.captions[n] }));
  }

  function fit() {
    width = host.clientWidth || width;
    const narrow = width < 640;
    if (mode !== "epochs") {
      scale(Math.min(narrow ? 6 : 11, reel.frames));
      length = width - 90;
      return many.fit(reel, width, mode === "hero");
    }
    const { cell, gap, columns, width: wide } = grid.fit(reel, width - (narrow ? 42 : 48 + 252), narrow ? 8 : 10);
    large.node.style.setProperty("--size", `${snap(narrow ? width * 0.45 : Math.min(320, width - wide - 94), reel.width)}px`);
    host.style.setProperty("--cell", `${cell}px`);
    host.style.setProperty("--gap", `${gap}px`);
    scale(columns);
    length = wide - cell;
  }
  function scale(count) { // the timesteps under the slider
    const place = (i) => (count > 1 ? i / (count - 1) : 0);
    const frame = (i) => Math.round(place(i) * (reel.frames - 1));
    const minor = (i) => (i % 2 && i < count - 1) || (count % 2 === 0 && i === count - 2); // the first and last stay on a phone
    marks.show(Array.from({ length: count }, (_, i) => ({ place: place(i), text: String(blob.header.timesteps[frame(i)]), minor: minor(i) })));
  }
  const observer = new ResizeObserver(() => blob && (fit(), draw()));
  observer.observe(host);

  button.onclick = () => (playing() ? pause(true) : play());
  loop.onclick = () => loop.setAttribute("aria-pressed", (run.loop = !run.loop));
  host.addEventListener("keydown", (event) => {
    const typed = event.composedPath()[0], choice = Object.keys(KINDS)[Number(event.key) - 1];
    if (mode === "hero" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && typed.tagName !== "BUTTON") button.click();
    else if (reel.kinds.includes(choice)) [kind] = [choice, ask(event), report.soon()];
    else if (event.key.startsWith("Arrow") && typed.tagName === "BUTTON") time.input.dispatchEvent(new KeyboardEvent("keydown", event));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function arrange() {
    const options = el("div", { class: "options" }, kinds.node, ...(reel.epochs > 1 ? [el("label", {}, epochWord, epochs.node)] : []),
      el("span", { class: "push" }), tempoBox);
    grid.node.hidden = mode !== "epochs";
    if (mode === "hero") host.replaceChildren(many.node, el("div", { class: "bar-below" }, button, line, stamp));
    else if (mode === "pictures") host.replaceChildren(many.node, el("div", { class: "transport" }, button, surface), options);
    else
      host.replaceChildren(el("div", { class: "split" },
        el("div", { class: "left" }, epochWord, epochs.node, surface),
        el("div", { class: "right" }, large.node, el("div", { class: "controls" }, kinds.node,
          el("div", { class: "transport" }, button, ways.node), tempoBox), chips.node)));
  }
  function label() {
    const short = ({ value, text, label: name }) => ({ value, content: [text], label: name ?? text });
    kinds.build(strings.kinds, reel.kinds.map((value) => ({
      value, label: strings[`kind_${value}`], color: KINDS[value].color,
      content: [KINDS[value].symbol(), ...(mode === "pictures" ? [el("span", { class: "word" }, strings[`short_${value}`])] : [])] })));
    kinds.node.hidden = reel.kinds.length < 2;
    epochs.build(strings.epoch, blob.header.epochs.map((name, i) => ({ value: i, content: [String(name)], label: `${strings.epoch} ${name}` })));
    epochWord.textContent = strings.epoch;
    ways.build(strings.ways, [short({ value: "t", text: strings.along_t }), short({ value: "epochs", text: strings.along_epochs })]);
    paces.build(strings.speed, [0.5, 1, 2].map((value) => short({ value, text: `${value === 0.5 ? "½" : value}×` })));
    chips.build(strings.pictures, blob.header.captions.map((caption, i) => {
      const chip = picture(null);
      chip.resize(reel.height, reel.width);
      reel.show(chip, "xt", reel.epochs - 1, reel.frames - 1, i);
      return { value: i, content: [chip.canvas], label: `${i + 1}: ${caption}` };
    }));
    ways.set(along);
    paces.set(pace);
    loop.setAttribute("aria-label", (loop.title = strings.loop));
    loop.setAttribute("aria-pressed", run.loop);
    time.input.setAttribute("aria-label", strings.slider);
    face();
  }

  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      strings = blob.header.strings;
      reel = film(blob);
      mode = blob.header.mode;
      const nearest = (list, value) => list.reduce((best, x, i) => (Math.abs(x - value) < Math.abs(list[best] - value) ? i : best), 0);
      [e, f] = [nearest(blob.header.epochs, position.epoch), nearest(blob.header.timesteps, position.t)];
      [kind, n] = [reel.kinds.includes(position.kind) ? position.kind : reel.kinds[0], clamp(position.picture, 0, reel.pictures - 1)];
      if (mode !== "epochs") along = "t";
      time.max = reel.frames - 1;
      many.build(reel, blob.header.captions);
      large.resize(reel.height, reel.width);
      host.dataset.mode = mode;
      if (first) run.loop = mode === "hero";
      label();
      arrange();
      fit();
      draw();
      if (first && blob.header.autoplay && !STILL.matches) play();
    },
    position: () => ({ epoch: blob.header.epochs[e], t: blob.header.timesteps[f], kind, picture: n }),
    stop: () => (run.stop(), observer.disconnect()),
  };
}

export default (component) => mount(component, "player", build);
