/** Square picture, row by row. */
export interface Picture {
  side: number;
  values: Float64Array;
}

export function picture(side: number): Picture {
  return { side, values: new Float64Array(side * side) };
}

/** A point as [row, column]. */
export type Point = readonly [row: number, column: number];

/** Draws a line of `value` between two points, both included: one pixel wide by Bresenham, or wider as a polygon. */
export function drawLine(to: Picture, [y0, x0]: Point, [y1, x1]: Point, width: number, value: number): void {
  if (width > 1) {
    drawWideLine(to, [y0, x0], [y1, x1], width, value);
    return;
  }
  const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  const [stepX, stepY] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
  const steep = dy >= dx;
  const [long, short] = steep ? [dy, dx] : [dx, dy];
  let [x, y, error] = [x0, y0, 2 * short - long];
  for (let i = 0; i <= long; i++) {
    put(to, y, x, value);
    if (error >= 0) {
      if (steep) x += stepX;
      else y += stepY;
      error -= 2 * long;
    }
    error += 2 * short;
    if (steep) y += stepY;
    else x += stepX;
  }
}

/** The rectangle around the line, its corners at whole pixels, filled with its edges. */
function drawWideLine(to: Picture, [y0, x0]: Point, [y1, x1]: Point, width: number, value: number): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = Math.hypot(dx, dy);
  if (length === 0) {
    put(to, y0, x0, value);
    return;
  }
  const half = (width - 1) / 2;
  const [ratioUp, ratioDown] = [roundUp(half) / length, roundDown(half) / length];
  const [left, right] = [roundDown(ratioUp * dy), roundDown(ratioDown * dy)];
  const [above, below] = [roundUp(ratioUp * dx), roundUp(ratioDown * dx)];
  const corners: Point[] = [
    [y0 + below, x0 - left],
    [y1 + below, x1 - left],
    [y1 - above, x1 + right],
    [y0 - above, x0 + right],
  ];
  const edges = corners.map((corner, i) => [corner, corners[(i + 1) % 4]] as const);
  const rows = corners.map(([row]) => row);
  for (let y = Math.min(...rows); y <= Math.max(...rows); y++) {
    let [low, high] = [Infinity, -Infinity];
    for (const [[ya, xa], [yb, xb]] of edges) {
      if (y < Math.min(ya, yb) || y > Math.max(ya, yb)) continue;
      for (const x of ya === yb ? [xa, xb] : [xa + ((y - ya) / (yb - ya)) * (xb - xa)]) {
        low = Math.min(low, x);
        high = Math.max(high, x);
      }
    }
    for (let x = roundUp(low); x <= roundDown(high); x++) put(to, y, x, value);
  }
}

/** To the nearest, halves away from zero, or towards it. */
function roundUp(x: number): number {
  return x >= 0 ? Math.floor(x + 0.5) : -Math.floor(-x + 0.5);
}

function roundDown(x: number): number {
  return x >= 0 ? Math.ceil(x - 0.5) : -Math.ceil(-x - 0.5);
}

function put({ side, values }: Picture, y: number, x: number, value: number): void {
  if (y >= 0 && y < side && x >= 0 && x < side) values[y * side + x] = value;
}

/** Offsets [dy, dx] of a disc's pixels. */
export function disc(radius: number): Point[] {
  const all: Point[] = [];
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) if (dy * dy + dx * dx <= radius * radius) all.push([dy, dx]);
  }
  return all;
}

/** The largest value at the offsets around a pixel that lie in the picture. */
export function largestAround(
  { side, values }: Picture,
  y: number,
  x: number,
  offsets: readonly Point[],
): number {
  let largest = 0;
  for (const offset of offsets) {
    const [row, column] = [y + offset[0], x + offset[1]];
    if (row < 0 || row >= side || column < 0 || column >= side) continue;
    if (values[row * side + column] > largest) largest = values[row * side + column];
  }
  return largest;
}

export function dilated(from: Picture, offsets: readonly Point[]): Picture {
  const to = picture(from.side);
  for (let i = 0; i < to.values.length; i++) {
    to.values[i] = largestAround(from, Math.floor(i / from.side), i % from.side, offsets);
  }
  return to;
}
