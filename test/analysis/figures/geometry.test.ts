import { createCanvas } from '@napi-rs/canvas';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { envelope, runningMean, thin } from '../../../src/analysis/figures/series.js';
import { textBox, textLength } from '../../../src/analysis/figures/text-box.js';
import { transformsTo } from '../../../src/analysis/figures/transform.js';

const context = createCanvas(1, 1).getContext('2d');

function svg(content: string): Element {
  return new JSDOM(`<svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`).window.document.querySelector(
    'svg',
  )!;
}

describe('transformsTo', () => {
  const root = svg(
    '<g transform="translate(100, 10)"><path transform="translate(1,2) rotate(90) scale(2)"/>' +
      '<rect transform="rotate(-90,5,5)"/><circle transform="skewX(3)"/></g>',
  );
  const [group, path, rect, circle] = ['g', 'path', 'rect', 'circle'].map(
    (name) => root.querySelector(name)!,
  );

  it('applies the innermost step first', () => {
    // (3, 4) doubled is (6, 8), turned (-8, 6), moved (-7, 8).
    const [x, y] = transformsTo(path, group)(3, 4);
    expect([x, y]).toEqual([expect.closeTo(-7, 12), expect.closeTo(8, 12)]);
    expect(transformsTo(path, null)(3, 4)[0]).toBeCloseTo(93, 12);
    expect(transformsTo(path, path)(3, 4)).toEqual([3, 4]);
  });

  it('turns about a centre', () => {
    expect(transformsTo(rect, group)(10, 5)).toEqual([expect.closeTo(5, 12), expect.closeTo(0, 12)]);
  });

  it('says so where it meets a transform it does not know', () => {
    expect(() => transformsTo(circle, group)).toThrow('transform skewX() is not one that plotly writes');
  });
});

describe('textBox', () => {
  const styled = 'style="font-family: DejaVu Sans, sans-serif; font-size: 20px"';

  it('anchors a text where SVG does', () => {
    const root = svg(
      ['start', 'middle', 'end']
        .map((at) => `<text x="50" y="30" text-anchor="${at}" ${styled}>word</text>`)
        .join(''),
    );
    const [start, middle, end] = [...root.querySelectorAll('text')].map((text) =>
      textBox(context, text, text),
    );
    expect(start.left).toBe(50);
    expect(middle.left).toBeCloseTo(50 - start.width / 2, 9);
    expect(end.left).toBeCloseTo(50 - start.width, 9);
    expect(start.width).toBeGreaterThan(30);
    expect(start.top).toBeCloseTo(30 - 18.1, 9);
    expect(start.height).toBeCloseTo(22.34, 9);
  });

  it('adds up pieces of different size, and takes the longest of several lines', () => {
    const root = svg(
      `<text ${styled}>aa<tspan style="font-size:50%">aa</tspan></text><text ${styled}>aa</text>` +
        `<text ${styled}><tspan class="line">aa</tspan><tspan class="line">aaaa</tspan></text>`,
    );
    const [mixed, plain, lines] = [...root.querySelectorAll('text')];
    expect(textLength(context, mixed) / textLength(context, plain)).toBeCloseTo(1.5, 1);
    const box = textBox(context, lines, lines);
    expect(box.width / textLength(context, plain)).toBeCloseTo(2, 1);
    expect(box.height).toBeCloseTo((1.117 + 1.3) * 20, 9);
  });

  it('spans all texts of a group, moved and turned; a group without text is empty', () => {
    const root = svg(
      `<g><text x="0" y="0" transform="translate(10,100)" ${styled}>word</text>` +
        `<text x="0" y="0" transform="rotate(-90)" ${styled}>word</text><g></g></g>`,
    );
    const group = root.querySelector('g')!;
    const width = textLength(context, group.querySelector('text')!);
    const box = textBox(context, group, group);
    expect(box.left).toBeCloseTo(-18.1, 6);
    expect(box.left + box.width).toBeCloseTo(10 + width, 6);
    expect(box.top).toBeCloseTo(-width, 6);
    expect(box.top + box.height).toBeCloseTo(100 + 4.24, 6);
    expect(textBox(context, group.querySelector('g')!, null)).toEqual({
      left: 0,
      top: 0,
      width: 0,
      height: 0,
    });
  });
});

describe('series', () => {
  it('averages over those that exist near the ends', () => {
    expect(runningMean([1, 2, 6, 4], 3)).toEqual([1.5, 3, 4, 5]);
    expect(runningMean([1, 2, 6], 1)).toEqual([1, 2, 6]);
  });

  it('thins evenly with both ends, and leaves short ones alone', () => {
    expect(thin([0, 1, 2, 3, 4], [5, 6, 7, 8, 9], 3)).toEqual({ x: [0, 2, 4], y: [5, 7, 9] });
    expect(thin([0, 1], [5, 6], 3)).toEqual({ x: [0, 1], y: [5, 6] });
  });

  it('keeps the lowest and highest of each stretch in order', () => {
    expect(envelope([0, 1, 2, 3, 4, 5], [0, 9, 1, 5, -3, 4], 4)).toEqual({
      x: [0, 1, 3, 4],
      y: [0, 9, 5, -3],
    });
  });
});
