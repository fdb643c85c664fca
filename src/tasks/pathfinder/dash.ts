import { shrink } from './lanczos.js';
import { dilated, disc, drawLine, type Picture, type Point, picture } from './raster.js';
import { ANTIALIAS, type PathfinderSettings } from './settings.js';

/** A dash as it is put into a picture: its line and the room it takes, both in 0 … 1, centred on where it starts. */
export interface Dash {
  line: Picture;
  mask: Picture;
  /**
   * The room it takes whole, as offsets from a pixel that is one up and left of its start: where a path begins, these
   * have to be free.
   */
  footprint: readonly Point[];
}

/** The point `distance` from `from` in a direction, each coordinate rounded up. */
export function moved([y, x]: Point, angle: number, distance: number): Point {
  return [Math.ceil(y + distance * Math.sin(angle)), Math.ceil(x + distance * Math.cos(angle))];
}

/** The dashes of one setting and margin, each made once: a direction comes down to where a line of few pixels ends. */
export function dashes(
  { dashLength, thickness }: PathfinderSettings,
  margin: number,
): (angle: number) => Dash {
  const reach = dashLength + Math.ceil(thickness) + margin;
  const centre: Point = [reach * ANTIALIAS, reach * ANTIALIAS];
  const side = 2 * reach + 1;
  const room = disc(margin * ANTIALIAS);
  const made = new Map<string, Dash>();
  return (angle) => {
    const end = moved(centre, angle, dashLength * ANTIALIAS);
    const key = end.join();
    let dash = made.get(key);
    if (!dash) {
      const fine = picture(2 * reach * ANTIALIAS + 1);
      drawLine(fine, centre, end, Math.round(thickness * ANTIALIAS), 255);
      const mask = scaled(shrink(dilated(fine, room), side));
      dash = { line: scaled(shrink(fine, side)), mask, footprint: footprint(mask, dashLength + margin) };
      made.set(key, dash);
    }
    return dash;
  };
}

/** The original draws the dash one pixel off the centre of a small canvas, and sees what lies on that. */
function footprint(mask: Picture, reach: number): Point[] {
  const canvas = picture(2 * reach + 1);
  const offsets: Point[] = [];
  eachPixel(mask, [reach + 1, reach + 1], canvas, (value, i) => {
    if (value === 1) offsets.push([Math.floor(i / canvas.side) - reach, (i % canvas.side) - reach]);
  });
  return offsets;
}

/** From bytes to 0 … 1. */
export function scaled({ side, values }: Picture): Picture {
  return { side, values: values.map((value) => value / 255) };
}

/** Calls `see` with each pixel of a stamp centred on a point and its place in the picture, where it has one. */
export function eachPixel(
  stamp: Picture,
  [y, x]: Point,
  { side }: Picture,
  see: (value: number, index: number) => void,
): void {
  const half = stamp.side >> 1;
  for (let row = 0; row < stamp.side; row++) {
    const r = y - half + row;
    if (r < 0 || r >= side) continue;
    for (let column = 0; column < stamp.side; column++) {
      const c = x - half + column;
      if (c >= 0 && c < side) see(stamp.values[row * stamp.side + column], r * side + c);
    }
  }
}

/** Puts a stamp into a picture, in single precision as the original; of two values the larger stays. */
export function stamped(to: Picture, stamp: Picture, at: Point, contrast = 1): void {
  eachPixel(stamp, at, to, (value, i) => {
    to.values[i] = Math.max(to.values[i], Math.fround(contrast * value));
  });
}
