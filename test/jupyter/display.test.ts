import { table } from 'arquero';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { display, html, image, json, md, svg } from '../../src/jupyter/display.js';
import { toBundle, toText } from '../../src/jupyter/mime.js';
import * as tf from '../../src/tf.js';

const BROADCAST = Symbol.for('Jupyter.broadcast');
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

async function text(value: unknown): Promise<string> {
  return String((await toBundle(value))['text/plain']);
}

describe('values', () => {
  test('a value draws itself by the symbol or by $display, also in time', async () => {
    const bundle = { 'text/plain': 'me', 'text/html': '<b>me</b>' };
    expect(toBundle({ [Symbol.for('Jupyter.display')]: () => bundle })).toEqual(bundle);
    expect(await toBundle({ [Symbol.for('Jupyter.display')]: async () => bundle })).toEqual(bundle);
    expect(toBundle({ $display: () => bundle })).toEqual(bundle);
  });

  test.each([[() => 'text'], [() => ({})], [() => ({ html: 'x' })], [() => undefined]])(
    'a drawing that is no bundle is refused: %s',
    (draw) => {
      expect(() => toBundle({ [Symbol.for('Jupyter.display')]: draw })).toThrow(
        /must return \{ 'text\/plain'/,
      );
    },
  );

  test('an arquero table is HTML and aligned text; filtered and sorted as it is seen', async () => {
    const people = table({ name: ['a <b>', 'b', 'c'], score: [0.123456789, 1e-9, 1234567], n: [1, null, 3] });
    const bundle = await toBundle(people.orderby('n'));
    expect(bundle['text/plain']).toBe(
      [
        'name      score  n',
        '─────  ────────  ─',
        'b          1e-9',
        'a <b>  0.123457  1',
        'c       1234567  3',
      ].join('\n'),
    );
    expect(bundle['text/html']).toContain('<td style="text-align: left">a &lt;b&gt;</td>');
    expect(bundle['text/html']).toContain('<td style="text-align: right">0.123457</td>');
  });

  test('a long table is cut with a note', async () => {
    const long = table({ n: Array.from({ length: 1000 }, (_, i) => i) });
    const bundle = await toBundle(long);
    expect(bundle['text/html']).toContain('30 of 1000 rows shown');
    expect(String(bundle['text/html']).match(/<tr>/g)).toHaveLength(31);
  });

  test('a tensor shows dtype, shape and its first values', async () => {
    expect(
      await text(
        tf.tensor2d([
          [1, 2, 3],
          [4, 5, 1 / 3],
        ]),
      ),
    ).toBe('Tensor float32 [2, 3]\n[[1, 2, 3],\n [4, 5, 0.333333]]');
    expect(await text(tf.scalar(7, 'int32'))).toBe('Tensor int32 []\n7');
    expect(await text(tf.range(0, 100))).toBe('Tensor float32 [100]\n[0, 1, 2, 3, 4, 5, …]');
    expect(await text(tf.zeros([2, 0]))).toBe('Tensor float32 [2, 0]\n[[],\n []]');
    const gone = tf.zeros([2]);
    gone.dispose();
    expect(await text(gone)).toBe('Tensor float32 [2] (disposed)');
  });

  test('typed arrays, Maps, errors and objects are readable; long ones are cut', async () => {
    expect(await text(new Float32Array([1, 2]))).toBe('Float32Array(2) [ 1, 2 ]');
    expect(await text(new Map([['a', { b: 1 }]]))).toBe("Map(1) { 'a' => { b: 1 } }");
    expect(await text(new RangeError('no'))).toMatch(/^RangeError: no/);
    expect(await text(new Float32Array(1e6))).toMatch(/999900 more items/);
    const flood = toText(Array.from({ length: 90 }, () => ({ text: 'x'.repeat(1000) })));
    expect(flood.length).toBeLessThan(21_000);
    expect(flood).toMatch(/… cut: 20000 of \d+ characters shown$/);
  });
});

describe('display', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis, BROADCAST);
    vi.restoreAllMocks();
  });

  test('sends the bundle, and updates by id', async () => {
    const sent: unknown[] = [];
    Reflect.set(globalThis, BROADCAST, async (...message: unknown[]) => void sent.push(message));
    await display(html`<b>${1}</b>`);
    await display(md('**x**'), { display_id: 'd' });
    await display(svg`<svg/>`, { display_id: 'd', update: true });
    expect(sent).toEqual([
      ['display_data', { data: { 'text/html': '<b>1</b>', 'text/plain': '1' }, metadata: {}, transient: {} }],
      [
        'display_data',
        {
          data: { 'text/markdown': '**x**', 'text/plain': '**x**' },
          metadata: {},
          transient: { display_id: 'd' },
        },
      ],
      [
        'update_display_data',
        {
          data: { 'image/svg+xml': '<svg/>', 'text/plain': '[picture]' },
          metadata: {},
          transient: { display_id: 'd' },
        },
      ],
    ]);
  });

  test('a value that is ready is shown before display returns', () => {
    const sent: string[] = [];
    Reflect.set(globalThis, BROADCAST, async (type: string) => void sent.push(type));
    void display(1);
    expect(sent).toEqual(['display_data']);
  });

  test('prints text where there is no notebook', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    await display(json({ a: 1 }));
    expect(log).toHaveBeenCalledWith('{\n  "a": 1\n}');
  });

  test('pictures are recognised by their first bytes', async () => {
    expect(await toBundle(image(PNG))).toMatchObject({ 'image/png': Buffer.from(PNG).toString('base64') });
    expect(() => image(new Uint8Array(8))).toThrow('image: bytes must be a PNG, JPEG, GIF or WebP file');
  });

  test('refuses what it cannot do', async () => {
    await expect(display(1, { update: true })).rejects.toThrow('display: update needs a display_id');
    await expect(display(1, { displayId: 'x' } as object)).rejects.toThrow('did you mean "display_id"?');
    expect(() => json(undefined)).toThrow('json: value must be JSON data, got undefined');
  });
});
