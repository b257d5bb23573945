import type { Header, Unpacked } from "../types.d.ts";

export interface Position {
  /** The picked one's place. */
  picture: number;
}

export interface Row {
  num: number;
  label: string;
  note: string;
  share: number;
}

export interface SheetHeader extends Header<Position> {
  /** N, H, W, C of the pictures. */
  shape: [number, number, number, number];
  /** CSS pixels. */
  size: number;
  gap: number;
  rows: Row[];
}

export type SheetBlob = Unpacked<SheetHeader, { images: Uint8Array }>;
