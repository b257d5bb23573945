import type { Header, Unpacked } from "../types.d.ts";

export interface Position {
  /** uint8 (H, W, C), in base64. */
  pixels: string;
}

export interface EditorHeader extends Header<Position> {
  /** H, W, C. */
  shape: [number, number, number];
  /** What the eraser leaves, in each channel. */
  ground: number;
  /** Of the colours. */
  names: string[];
}

/** palette: (colours, C). */
export type EditorBlob = Unpacked<EditorHeader, { palette: Uint8Array }>;

export type Tool = "pencil" | "eraser" | "fill" | "pick";

/** A value for each channel. */
export type Colour = number[];

/** What touches the paper; all in pixels. */
export interface Tip {
  /** Pixels that it covers on each side of its own. */
  reach: number;
  /** From stamp to stamp. */
  step: number;
  /** How much of the pixel (i, j) it covers at (x, y). */
  cover(i: number, j: number, x: number, y: number): number;
  snap(x: number): number;
}
