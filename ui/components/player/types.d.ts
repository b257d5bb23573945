import type { Place, PlayHeader, Unpacked, Walk } from "../types.d.ts";

export interface Position extends Place {
  epoch: number;
  picture: number;
}

export interface PlayerHeader extends PlayHeader {
  mode: "hero" | "pictures" | "epochs";
  /** Epochs, frames, pictures, H, W, C of each array. */
  shape: [number, number, number, number, number, number];
  captions: string[];
}

export type PlayerBlob = Unpacked<PlayerHeader, Walk<Uint8Array>>;
