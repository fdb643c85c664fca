import type * as tf from '../tf.js';

/** Prints one line a variable (name, shape, count), and the sums of trained and frozen numbers. */
export function printSummary(
  parameters: Readonly<Record<string, tf.Variable>>,
  buffers: Readonly<Record<string, tf.Variable>>,
  print: (line: string) => void = console.log,
): void {
  const rows = [...rowsOf(parameters, ''), ...rowsOf(buffers, ' (frozen)')];
  const widest = Math.max(...rows.map(([name]) => name.length));
  print(`${'parameter'.padEnd(widest)}  ${'shape'.padEnd(16)}  count`);
  for (const [name, shape, count] of rows) print(`${name.padEnd(widest)}  ${shape.padEnd(16)}  ${count}`);
  print(`${total(parameters)} trained numbers, ${total(buffers)} frozen`);
}

function rowsOf(variables: Readonly<Record<string, tf.Variable>>, note: string): [string, string, number][] {
  return Object.entries(variables).map(([name, { shape, size }]) => [
    `${name}${note}`,
    `[${shape.join(', ')}]`,
    size,
  ]);
}

function total(variables: Readonly<Record<string, tf.Variable>>): number {
  return Object.values(variables).reduce((sum, { size }) => sum + size, 0);
}
