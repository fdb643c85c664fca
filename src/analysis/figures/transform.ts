type Move = (x: number, y: number) => [number, number];

/**
 * Where a point of `element`'s own coordinates lies in those of `frame` (an ancestor, itself, or null for the
 * page): the `transform` attributes on the way, innermost first. Knows translate, rotate and scale, all that
 * plotly writes.
 */
export function transformsTo(element: Element, frame: Element | null): Move {
  const moves: Move[] = [];
  for (let at: Element | null = element; at !== null && at !== frame; at = at.parentElement) {
    const steps = [...(at.getAttribute('transform') ?? '').matchAll(/(\w+)\(([^)]*)\)/g)];
    moves.push(
      ...steps
        .map(([, name, numbers]) =>
          moveOf(
            name,
            numbers
              .trim()
              .split(/[\s,]+/)
              .map(Number),
          ),
        )
        .reverse(),
    );
  }
  return (x, y) => moves.reduce<[number, number]>(([px, py], move) => move(px, py), [x, y]);
}

function moveOf(name: string, [a, b, c = 0]: number[]): Move {
  if (name === 'translate') return (x, y) => [x + a, y + (b ?? 0)];
  if (name === 'scale') return (x, y) => [x * a, y * (b ?? a)];
  if (name !== 'rotate')
    throw new TypeError(`figure.picture: transform ${name}() is not one that plotly writes`);
  const [cos, sin, centre] = [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180), b ?? 0];
  return (x, y) => [centre + cos * (x - centre) - sin * (y - c), c + sin * (x - centre) + cos * (y - c)];
}
