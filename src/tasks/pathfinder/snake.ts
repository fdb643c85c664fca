import type { Random } from '../../random.js';
import { type Dash, eachPixel, moved, stamped } from './dash.js';
import { disc, largestAround, type Picture, type Point } from './raster.js';
import type { PathfinderSettings } from './settings.js';

/** Times a dash is tried before its path has failed. */
const TRIALS = 3;
/** From where on two dashes' room counts as touching. */
const CROSSING = 1.8;
/** Room of a pixel that may still be begun at. */
export const FREE: number = 0.3;

/** A path that is being drawn. */
export interface Snake {
  lines: { line: Picture; at: Point }[];
  /** Room of the newest dash, which its successor may touch. */
  newest: { mask: Picture; at: Point };
  pivot: Point;
  angle: number;
  /** Outer end of the newest dash. */
  tip: Point;
}

export interface Drawing {
  /**
   * Starts a path in a random direction.
   * @param room  where a dash may start
   */
  seed(room: (dash: Dash) => readonly Point[]): Snake | undefined;
  /** Starts a path at a point, in any direction that stays inside. */
  seedAt(points: () => Point): Snake | undefined;
  /** Adds a dash; the room of the one before is taken from then on. @returns false where there is no room */
  extend(snake: Snake, mask: Picture): boolean;
}

/** How paths are drawn with dashes of one margin. */
export function drawing(
  { size, dashLength, continuity }: PathfinderSettings,
  margin: number,
  dashOf: (angle: number) => Dash,
  random: Random,
): Drawing {
  const reach = dashLength + margin;
  const near = disc(margin);
  const around = circle(reach, size);
  const inside = ([y, x]: Point) => y >= 0 && y < size && x >= 0 && x < size;

  /** A first dash from `at`; undefined where it would leave the picture. */
  function begin(at: Point, angle: number): Snake | undefined {
    const head = moved(at, angle, dashLength);
    const pivot = moved(head, turned(angle), reach);
    if (!inside(head) || !inside(pivot)) return undefined;
    const { line, mask } = dashOf(angle);
    return { lines: [{ line, at }], newest: { mask, at }, pivot, angle, tip: at };
  }

  return {
    seed: (room) => {
      for (let trial = 0; trial < TRIALS; trial++) {
        const angle = degrees(random.integer(-180, 179));
        const free = room(dashOf(angle));
        if (free.length === 0) return undefined;
        const snake = begin(free[random.integer(0, free.length - 1)], angle);
        if (snake) return snake;
      }
      return undefined;
    },
    seedAt: (points) => {
      for (let trial = 0; trial < TRIALS; trial++) {
        const angle = degrees(random.integer(-180, 179));
        const snake = begin(points(), angle);
        if (snake) return snake;
      }
      return undefined;
    },
    extend: (snake, mask) => {
      const from = moved(snake.pivot, snake.angle, dashLength + 2 * margin);
      const choices = around.flatMap(([dy, dx]) => {
        const at: Point = [from[0] + dy, from[1] + dx];
        if (!inside(at)) return [];
        const angle = Math.atan2(dy, dx);
        const apart = Math.abs(angle - snake.angle);
        const turn = Math.min(continuity * Math.min(apart, 2 * Math.PI - apart), Math.PI / 2);
        const room = 1 - largestAround(mask, at[0], at[1], near);
        return [{ at, angle, weight: room * Math.cos(turn) ** 2 }];
      });
      const total = choices.reduce((sum, { weight }) => sum + weight, 0);
      if (total < 1e-4) return false;
      for (let trial = 0; trial < TRIALS; trial++) {
        const { at, angle } = drawn(choices, random.uniform() * total);
        const dash = dashOf(turned(angle));
        let crosses = false;
        eachPixel(dash.mask, at, mask, (value, i) => {
          if (mask.values[i] + value >= CROSSING) crosses = true;
        });
        if (crosses) continue;
        snake.lines.push({ line: dash.line, at });
        stamped(mask, snake.newest.mask, snake.newest.at);
        Object.assign(snake, { newest: { mask: dash.mask, at }, pivot: from, angle, tip: at });
        return true;
      }
      return false;
    },
  };
}

/** The pixels at which a dash may start: those around which its footprint is free. */
export function freeFor({ footprint }: Dash, mask: Picture): Point[] {
  if (!coversCorners(footprint)) return [];
  const free: Point[] = [];
  for (let y = 0; y < mask.side; y++) {
    for (let x = 0; x < mask.side; x++) if (isFree(mask, y, x, footprint)) free.push([y, x]);
  }
  return free;
}

function isFree({ side, values }: Picture, y: number, x: number, offsets: readonly Point[]): boolean {
  for (const offset of offsets) {
    const [row, column] = [y + offset[0], x + offset[1]];
    const inside = row >= 0 && row < side && column >= 0 && column < side;
    if (inside && values[row * side + column] > FREE) return false;
  }
  return true;
}

/**
 * Whether a corner pixel of the picture always has one of its offsets inside. Where it has not, the original's dilation
 * leaves a value below zero there, which it takes for a mask without a free pixel: most directions of a first dash, and
 * so most distractors, fail on this, and the pictures would be fuller if ours did not.
 */
function coversCorners(offsets: readonly Point[]): boolean {
  const signs = [-1, 1];
  return signs.every((v) => signs.every((h) => offsets.some(([dy, dx]) => v * dy >= 0 && h * dx >= 0)));
}

/** The mask with the outer `inset` pixels taken. */
export function closedIn({ side, values }: Picture, inset: number): Picture {
  const closed = { side, values: values.slice() };
  closed.values.fill(1, 0, inset * side).fill(1, (side - inset) * side);
  for (let row = inset; row < side - inset; row++) {
    closed.values.fill(1, row * side, row * side + inset).fill(1, (row + 1) * side - inset, (row + 1) * side);
  }
  return closed;
}

/** The pixels on a circle around a pixel, each once, as offsets by row, then column. */
function circle(radius: number, size: number): Point[] {
  const found = new Set<number>();
  // Rounded where pictures are, from whole coordinates below `size`.
  const whole = (x: number) => Math.floor(size + x) - size;
  for (let i = 0; i < 2 * Math.PI * radius; i++) {
    const [row, column] = [whole(radius * Math.sin(i / radius)), whole(radius * Math.cos(i / radius))];
    found.add((row + size) * 2 * size + column + size);
  }
  return [...found]
    .sort((a, b) => a - b)
    .map((i) => [Math.floor(i / (2 * size)) - size, (i % (2 * size)) - size]);
}

/** The first choice at which the weights add up to more than `sum`. */
function drawn<T extends { weight: number }>(choices: readonly T[], sum: number): T {
  let left = sum;
  return (
    choices.find(({ weight }) => {
      left -= weight;
      return left < 0;
    }) ?? choices[0]
  );
}

/** By half a turn, kept in -pi … pi. */
function turned(angle: number): number {
  return angle < 0 ? angle + Math.PI : angle - Math.PI;
}

export function degrees(n: number): number {
  return (n * Math.PI) / 180;
}
