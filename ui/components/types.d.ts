// Types of what the exhibits share; an exhibit's own lie in its folder. Only the type checker reads these files.

/** What Streamlit calls a module's default function with. */
export interface Component {
  /** What Python passed on as `data`: a blob of blob.py. */
  data: Uint8Array;
  /** A shadow root, so that the page's styles and the exhibit's do not meet. */
  parentElement: ShadowRoot;
  /** Sends a value to Python, which runs the page again. */
  setStateValue(name: string, value: unknown): void;
}

export type Table = Uint8Array | Uint16Array | Int32Array | Float32Array;

/** What the header of every blob holds: `digest` is blob.py's, the rest the exhibit's in Python. */
export interface Header<Position = object> {
  key: string;
  /** The same for two blobs that bring the same. */
  digest: string;
  /** Where to begin; another `seq` than before moves the learner there (position.py). */
  start: Position & { seq: number };
  /** Every word on screen. */
  strings: Record<string, string>;
}

export interface Unpacked<H extends Header = Header, Arrays = object> {
  header: H;
  arrays: Arrays;
}

/** An exhibit on the page: built once, then shown one blob after another. */
export interface View<Blob extends Unpacked = Unpacked, Position = object> {
  show(blob: Blob, position: Position): void;
  /** Where the learner stands: what Python is told. */
  position(): Position;
  /** The theme may have changed, which a canvas does not notice by itself. */
  refresh?(): unknown;
  /** The place it has may be another. */
  resize(): void;
  stop?(): void;
}

/** Tells Python the position; never the same twice. */
export interface Reporter {
  now(): void;
  /** 300 ms after the last call. */
  soon(): void;
  /** Not before the next call. */
  hold(): void;
  /** Python knows it already. */
  known(): void;
}

export type Build<Blob extends Unpacked = Unpacked, Position = object> = (
  host: HTMLElement,
  report: Reporter,
) => View<Blob, Position>;

/** Text goes in as text, never as HTML. */
export type Content = Node | string;

export type Attributes = Record<string, string | number | boolean | null | undefined>;

/** One of a segmented choice. */
export interface Option<Value> {
  value: Value;
  content: Content[];
  label?: string;
  color?: string;
}

/** What the network sees, and what it guesses. */
export type Kind = "xt" | "x0_hat" | "eps_hat";

/** What is known of a walk from noise; xt at least. */
export type Walk<Values> = { [kind in Kind]?: Values } & { xt: Values };

/** What plays: the steps of one epoch, or the epochs at one step. */
export type Way = "timesteps" | "epochs";

/** Where something that plays stands; what has no choice of an epoch has none. */
export interface Place {
  t: number;
  kind: Kind;
  epoch?: number;
}

export interface PlayHeader extends Header<Place> {
  autoplay: boolean;
  timesteps: number[];
  epochs: number[];
}

/** An exhibit that plays, as playing.js needs it. */
export interface Playable {
  name: string;
  draw(): void;
  /** Says what is drawn in words, once it rests. */
  describe(): void;
  /** Lays out for the place there is. */
  fit(): void;
  /** How long all of it takes. */
  seconds(): number;
  /** The epoch under a pointer; where there is one, the up and down keys lead to other epochs. */
  epochAt?(event: Event): number | null;
}

/** A label under a slider; `place` is 0 to 1. A minor one gives way on a phone. */
export interface Tick {
  place: number;
  text: string;
  minor?: boolean;
}

declare global {
  interface Window {
    /** For browser tests: from an input event to the end of the drawing it caused. */
    ddpmLabTimings?: { exhibit: string; ms: number }[];
  }
}
