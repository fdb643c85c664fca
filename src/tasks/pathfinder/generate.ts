import { type Random, random } from '../../random.js';
import { type Dash, dashes, scaled, stamped } from './dash.js';
import { shrink } from './lanczos.js';
import { type Picture, type Point, picture } from './raster.js';
import { ANTIALIAS, type PathfinderSettings } from './settings.js';
import { closedIn, type Drawing, degrees, drawing, FREE, freeFor, type Snake } from './snake.js';

export interface PathfinderImage {
  /** Gray, row by row; the brightest pixel is 255, the darkest 0. */
  pixels: Uint8Array;
  /** 1 where both discs are on one path. */
  label: 0 | 1;
  /** Gap between dashes. */
  margin: number;
}

/** Attempts at a distractor before it is left out. */
const DISTRACTOR_TRIALS = 5;
/** Share of the image that has to be free for another distractor. */
const LEAST_FREE = 0.01;

/**
 * Makes Pathfinder images: two long dashed paths, shorter ones to distract, a disc at one end of a path and a disc at
 * the far end of the same (label 1) or of the other (label 0).
 * Every image has random numbers of its own, so that each can be made alone, in any order and on any thread.
 * @returns  the image of a number, always the same one
 * Rules: Linsley et al. 2018, arXiv 1805.08315, as their generator and Long Range Arena's settings have them.
 */
export function pathfinderImages(
  settings: PathfinderSettings,
  seed: number,
): (index: number) => PathfinderImage {
  const kinds = settings.margins.map((margin) => kindOf(settings, margin));
  return (index) => {
    const source = random(seed * 2 ** 24 + index);
    const label = source.integer(0, 1) as 0 | 1;
    const kind = kinds[source.integer(0, kinds.length - 1)];
    const draw = drawing(settings, kind.margin, kind.dashOf, source);
    let paths = twoPaths(settings, kind, draw, source);
    while (!paths) paths = twoPaths(settings, kind, draw, source);
    const { snakes, mask, starts } = paths;
    const image = picture(settings.size);
    for (const snake of snakes) paint(image, snake, settings.contrast);
    addDistractors(image, mask, settings, draw);
    const marked = source.integer(0, 1);
    brighten(image, marker(starts[marked], settings));
    brighten(image, marker(snakes[label === 1 ? marked : 1 - marked].tip, settings));
    return { pixels: toBytes(image), label, margin: kind.margin };
  };
}

/** What all images of one margin share, made once. */
interface Kind {
  margin: number;
  dashOf: (angle: number) => Dash;
  /** Where the first path may start with a dash. */
  starts: (dash: Dash) => readonly Point[];
}

function kindOf(settings: PathfinderSettings, margin: number): Kind {
  const middle = closedIn(picture(settings.size), 2 * settings.seedDistance);
  const known = new Map<Dash, Point[]>();
  const starts = (dash: Dash): Point[] => {
    const found = known.get(dash) ?? freeFor(dash, middle);
    known.set(dash, found);
    return found;
  };
  return { margin, dashOf: dashes(settings, margin), starts };
}

/** Two paths of full length that do not cross; undefined where one of them runs out of room. */
function twoPaths(
  { size, padding, seedDistance, dashes: count }: PathfinderSettings,
  { starts }: Kind,
  draw: Drawing,
  source: Random,
): { snakes: Snake[]; mask: Picture; starts: Point[] } | undefined {
  const one = draw.seed(starts);
  if (!one) return undefined;
  const other = draw.seedAt(() => {
    const angle = degrees(source.integer(0, 359));
    return [
      Math.round(one.tip[0] + seedDistance * Math.sin(angle)),
      Math.round(one.tip[1] + seedDistance * Math.cos(angle)),
    ];
  });
  if (!other) return undefined;
  const tips = [one.tip, other.tip];
  const mask = closedIn(picture(size), padding);
  for (let dash = 1; dash < count; dash++) {
    for (const snake of [one, other]) if (!draw.extend(snake, mask)) return undefined;
  }
  takeRoom(mask, other);
  return { snakes: [one, other], mask, starts: tips };
}

function addDistractors(
  image: Picture,
  mask: Picture,
  { distractors, distractorDashes, distractorContrast }: PathfinderSettings,
  draw: Drawing,
): void {
  const attempt = (): boolean => {
    const free = mask.values.reduce((count, value) => count + (value <= FREE ? 1 : 0), 0);
    if (free / mask.values.length < LEAST_FREE) return false;
    const snake = draw.seed((dash) => freeFor(dash, closedIn(mask, 1)));
    if (!snake) return false;
    const own: Picture = { side: mask.side, values: mask.values.slice() };
    for (let dash = 1; dash < distractorDashes; dash++) if (!draw.extend(snake, own)) return false;
    takeRoom(own, snake);
    mask.values.set(own.values);
    paint(image, snake, distractorContrast);
    return true;
  };
  for (let i = 0; i < distractors; i++) {
    for (let trial = 0; trial < DISTRACTOR_TRIALS; trial++) if (attempt()) break;
  }
}

function takeRoom(mask: Picture, { newest }: Snake): void {
  stamped(mask, newest.mask, newest.at);
}

function paint(image: Picture, { lines }: Snake, contrast: number): void {
  for (const { line, at } of lines) stamped(image, line, at, contrast);
}

/** A disc around a point, smooth at its edge. */
function marker([row, column]: Point, { size, markerRadius }: PathfinderSettings): Picture {
  const fine = picture(size * ANTIALIAS);
  const radius = markerRadius * ANTIALIAS;
  for (let i = 0; i < fine.values.length; i++) {
    const y = Math.floor(i / fine.side) - row * ANTIALIAS;
    const x = (i % fine.side) - column * ANTIALIAS;
    if (y * y + x * x <= radius * radius) fine.values[i] = 255;
  }
  return scaled(shrink(fine, size));
}

/** Of two values the larger stays. */
function brighten(image: Picture, { values }: Picture): void {
  values.forEach((value, i) => {
    if (value > image.values[i]) image.values[i] = value;
  });
}

/** Darkest to 0, brightest to 255. */
function toBytes({ values }: Picture): Uint8Array {
  const [low, high] = values.reduce(([min, max], v) => [Math.min(min, v), Math.max(max, v)], [Infinity, 0]);
  return Uint8Array.from(values, (value) => Math.floor(((value - low) * 255) / (high - low) + 0.5));
}
