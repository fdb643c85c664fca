import { describe, expect, it } from 'vitest';
import type { HeatmapTrace, ScatterTrace } from '../../../src/analysis/figures/index.js';
import * as figures from '../../../src/analysis/figures/index.js';

const matrix = [
  [3, 1, 0],
  [0, 0, 0],
  [1, 0, 299],
];
const classNames = ['rising', '', 'a <b> & c'];

describe('confusion', () => {
  const { data, layout, text } = figures.confusion({ confusion: matrix, classNames });
  const [right, wrong, counts, shares] = data as [HeatmapTrace, HeatmapTrace, ScatterTrace, ScatterTrace];

  it('colours each cell by its share of the true class, right ones and wrong ones apart', () => {
    expect(right.z).toEqual([
      [0.75, null, null],
      [null, null, null],
      [null, null, 299 / 300],
    ]);
    expect(wrong.z).toEqual([
      [null, 0.25, null],
      [null, null, null],
      [1 / 300, null, null],
    ]);
    expect([right.zmin, right.zmax, wrong.zmin, wrong.zmax]).toEqual([0, 1, 0, 1]);
    expect([right, wrong].map(({ colorscale }) => colorscale?.[1][1])).toEqual(['#0072B2', '#D55E00']);
  });

  it('writes counts and shares in the cells that hold something', () => {
    expect([counts.x, counts.text]).toEqual([
      [0, 1, 0, 2],
      ['3', '1', '1', '299'],
    ]);
    // Not 0 where there is one, not 100 where there is another.
    expect(shares.text).toEqual(['75 %', '25 %', '&lt;1 %', '&gt;99 %']);
    expect(counts.textfont?.color).toEqual(['#FFFFFF', '#000000', '#000000', '#FFFFFF']);
    const rows = counts.y.map((y, i) => [
      Math.round(Math.abs(y as number)),
      Math.round(shares.y[i] as number),
    ]);
    expect(rows).toEqual([
      [0, 0],
      [0, 0],
      [2, 2],
      [2, 2],
    ]);
    expect((counts.y[0] as number) < (shares.y[0] as number)).toBe(true);
  });

  it('names the classes, the first row on top', () => {
    expect(layout.xaxis).toMatchObject({
      title: { text: 'Predicted class' },
      tickvals: [0, 1, 2],
      ticktext: ['rising', '', 'a &lt;b&gt; &amp; c'],
      range: [-0.5, 2.5],
    });
    expect(layout.yaxis).toMatchObject({ title: { text: 'True class' }, range: [2.5, -0.5] });
    expect(text).toBe('Confusion of 3 classes: 99.34 % of 304 answers are right');
    expect(right.text?.[2][0]).toBe('true a &lt;b&gt; &amp; c, predicted rising: 1 (&lt;1 %)');
    const numbered = figures.confusion({ confusion: matrix }).layout.xaxis;
    expect(numbered.ticktext).toEqual(['0', '1', '2']);
  });

  it('grows with the classes, and writes into up to 100', () => {
    const of = (n: number) =>
      figures.confusion({ confusion: Array.from({ length: n }, (_, i) => new Array<number>(n).fill(i)) });
    for (const n of [2, 12, 30, 100]) {
      const { layout: own, data: traces } = of(n);
      const { l = 0, r = 0 } = own.margin!;
      const cell = ((own.width as number) - l - r) / n;
      expect(cell, `${n} classes`).toBeGreaterThanOrEqual(28);
      // The title stays in the margin above the plot.
      expect((1 - own.title.y!) * own.height!).toBeCloseTo(14, 9);
      expect(own.title.x! * own.width!).toBeCloseTo(14, 9);
      expect(traces).toHaveLength(4);
      expect((traces[2] as ScatterTrace).textfont?.size).toBeGreaterThanOrEqual(8);
    }
    expect(of(101).data).toHaveLength(2);
  });

  it.each([
    [{ confusion: null }, 'confusion: the report has no confusion matrix'],
    [{ confusion: [] }, 'confusion: the matrix must be square, got 0 rows of nothing'],
    [{ confusion: [[1, 2], [3]] }, 'confusion: the matrix must be square, got 2 rows of 2, 1'],
    [{ confusion: [[0.5]] }, 'confusion: counts must be whole numbers from 0 on, got 0.5'],
    [{ confusion: matrix, classNames: ['a'] }, 'confusion: 3 classes need as many names, got 1'],
  ])('says what is wrong (%#)', (input, message) => {
    expect(() => figures.confusion(input)).toThrow(message);
  });
});
