import type { Place, PlayHeader, Unpacked, Walk } from "../types.d.ts";

export interface Position extends Place {
  paths: boolean;
}

export interface ScatterHeader extends PlayHeader {
  /** Epochs, frames, points. */
  shape: [number, number, number];
  class_names: string[];
  /** The plane is shown from -extent to extent. */
  extent: number;
  num_paths: number;
}

/** xt and x0_hat: (epochs, frames, points, 2); real: (M, 2). */
export type ScatterArrays = Walk<Float32Array> & { real: Float32Array; labels: Int32Array };

export type ScatterBlob = Unpacked<ScatterHeader, ScatterArrays>;
