import type { Header, Kind, Unpacked } from "../types.d.ts";

export type Mode = "hero" | "pictures" | "epochs";

/** What plays: the steps of one epoch, or the epochs at one step. */
export type Way = "t" | "epochs";

export interface Position {
  epoch: number;
  t: number;
  kind: Kind;
  picture: number;
}

export interface PlayerHeader extends Header<Position> {
  mode: Mode;
  autoplay: boolean;
  /** Epochs, frames, pictures, H, W, C of each array. */
  shape: [number, number, number, number, number, number];
  timesteps: number[];
  epochs: number[];
  captions: string[];
}

/** xt at least. */
export type PlayerArrays = { [kind in Kind]?: Uint8Array };

export type PlayerBlob = Unpacked<PlayerHeader, PlayerArrays>;
