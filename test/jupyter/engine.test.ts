import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine, type ExecuteResult } from '../../src/jupyter/engine.js';
import type { Output } from '../../src/jupyter/output.js';
import { projectRoot } from '../../src/jupyter/project-root.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const root = join(import.meta.dirname, '..', '..');
const folder = process.cwd();
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ directory: fixtures });
});
afterAll(() => engine.close());

/** Runs a cell; `shown` keeps growing while its asynchronous work goes on. */
async function run(code: string, signal?: AbortSignal): Promise<{ result: ExecuteResult; shown: Output[] }> {
  const shown: Output[] = [];
  const result = await engine.execute(code, { onOutput: (output) => shown.push(output), signal });
  return { result, shown };
}

/** The text of a cell's result. */
async function value(code: string): Promise<unknown> {
  const { shown } = await run(code);
  const last = shown.at(-1);
  return last?.type === 'execute_result' ? last.data['text/plain'] : last;
}

function traceback(result: ExecuteResult): string {
  return result.status === 'error' ? stripVTControlCharacters(result.error.traceback.join('\n')) : '';
}

describe('language', () => {
  test('the last expression is the result, with the execution count', async () => {
    const { result, shown } = await run('const a = 20;\na + 22');
    expect(shown).toEqual([
      {
        type: 'execute_result',
        execution_count: result.executionCount,
        data: { 'text/plain': '42' },
        metadata: {},
      },
    ]);
    expect((await run('const b = 1;')).shown).toEqual([]);
    expect(await value('undefined')).toBe(undefined);
    expect(await value('null')).toBe('null');
  });

  test('names taken from an iterable that is no array', async () => {
    expect(await value('const [one, ...others] = new Set([1, 2, 3]);\n[one, others]')).toBe(
      '[ 1, [ 2, 3 ] ]',
    );
  });

  test('await and for await at top level', async () => {
    expect(
      await value('const late = await new Promise<number>((r) => setTimeout(() => r(7), 5));\nlate'),
    ).toBe('7');
    const loop =
      'let total = 0;\nfor await (const n of (async function* () { yield 1; yield 2; })()) total += n;\ntotal';
    expect(await value(loop)).toBe('3');
  });

  test('old functions see what later cells declare', async () => {
    await run(
      'let state = { n: 1 };\nfunction read() { return state.n; }\nfunction readTwice() { return 2 * read(); }',
    );
    expect(await value('state = { n: 99 };\nread()')).toBe('99');
    expect(await value('let state = { n: 5, more: true };\nread()')).toBe('5');
    await run('function read() { return -1; }');
    expect(await value('readTwice()')).toBe('-2');
    expect(await value('const shorthand = { state };\nshorthand')).toBe('{ state: { n: 5, more: true } }');
  });

  test('a redeclared name may change its type; classes, enums and destructuring carry over', async () => {
    await run('let thing = 1;\nclass Point { constructor(readonly x: number) {} }\nenum Kind { A, B }');
    await run("let thing = 'text';\nconst [first, { second = 3 }] = [1, {} as { second?: number }];");
    expect(await value('[thing.length, new Point(4).x, Kind.B, first, second]')).toBe('[ 4, 4, 1, 1, 3 ]');
  });

  test('a name declared without a value starts undefined', async () => {
    await run('let empty: number | undefined = 3;');
    await run('let empty: number | undefined;');
    expect(await value('[empty]')).toBe('[ undefined ]');
  });

  test('a cell that throws keeps what it had declared, and the older values of the rest', async () => {
    await run('const later = "old";');
    const { result } = await run('const kept = 1;\nlet broken = (null as any).x;\nconst later = "new";');
    expect(result.status).toBe('error');
    expect(await value('[kept, later]')).toBe("[ 1, 'old' ]");
    expect(traceback((await run('broken')).result)).toMatch(/Cannot find name 'broken'/);
  });

  test('the library is the one of ES2023, and of nothing later', async () => {
    const used =
      '[[1, 2].findLast((n) => n < 2), "ab".at(-1), new WeakRef({}).deref() !== undefined, [1].flat()]';
    expect(await value(used)).toBe("[ 1, 'b', true, [ 1 ] ]");
    expect(traceback((await run('Object.groupBy')).result)).toContain("Property 'groupBy' does not exist");
    // Types that several of the library's files add to.
    expect(
      await value('const all: (PromiseLike<number> | Iterable<string>)[] = [new Set("a")];\nall.length'),
    ).toBe('1');
  });

  test('a loop over a cell variable runs at the speed of code, not of a proxy', async () => {
    expect(await value("import { types } from 'node:util';\ntypes.isProxy(eval('exports'))")).toBe('false');
  });
});

describe('imports', () => {
  test('this package by its own name, with types', async () => {
    const { result, shown } = await run("import * as library from 'spikingssm';\ntypeof library");
    expect(result).toMatchObject({ status: 'ok' });
    expect(shown.at(-1)).toMatchObject({ data: { 'text/plain': "'object'" } });
    const wrong = await run("import { noSuchName } from 'spikingssm';");
    expect(traceback(wrong.result)).toMatch(/has no exported member/);
  });

  test('a TypeScript file beside the notebook, and one from the root of the project', async () => {
    expect(await value("import { sum } from './helper';\nsum({ left: 1, right: 2 })")).toBe('3');
    expect(
      await value(
        "import { unknownName } from './src/options';\nunknownName('f', 'option', 'a', ['b']).name",
      ),
    ).toBe("'TypeError'");
  });

  test('CommonJS, ESM and Node packages', async () => {
    const code = [
      "import * as aq from 'arquero';",
      "import cliProgress from 'cli-progress';",
      "import path, { join as j } from 'node:path';",
      "[typeof aq.table, typeof cliProgress.SingleBar, path.basename(j('a', 'b'))]",
    ];
    expect(await value(code.join('\n'))).toBe("[ 'function', 'function', 'b' ]");
  });

  test('a module with an await at its top level', async () => {
    const place = mkdtempSync(join(root, 'node_modules', 'spikingssm-test-'));
    try {
      writeFileSync(join(place, 'index.mjs'), 'export const answer = await Promise.resolve(42);');
      writeFileSync(join(place, 'index.d.mts'), 'export declare const answer: number;');
      const name = `${place.slice(place.lastIndexOf('spikingssm-test'))}/index.mjs`;
      expect(await value(`import { answer } from '${name}';\nanswer`)).toBe('42');
    } finally {
      rmSync(place, { recursive: true });
    }
    // The compiler notices that installed packages changed; stock tslab would refuse every cell from here on.
    for (let i = 0; i < 4; i++) {
      await run('await new Promise((r) => setTimeout(r, 150));');
      expect(await value(`${i}`)).toBe(String(i));
    }
  });
});

describe('errors', () => {
  test('a type error names line and column before anything runs', async () => {
    const { result, shown } = await run('console.log("ran");\n\nconst n: number = "text";');
    expect(result).toMatchObject({ status: 'error', line: 3, error: { ename: 'TypeScriptError' } });
    expect(shown.map(({ type }) => type)).toEqual(['error']);
    expect(traceback(result)).toContain(
      [
        `cell ${result.executionCount}, line 3:`,
        '    2 | ',
        '  > 3 | const n: number = "text";',
        '      |       ^',
      ].join('\n'),
    );
  });

  test('strict: what may be undefined is not to be used', async () => {
    const { result } = await run('const list: { n: number }[] = [];\nlist.find((one) => one.n > 1).n');
    expect(traceback(result)).toMatch(/TS2532|TS18048/);
  });

  test('a thrown error shows the line of the TypeScript, not of the compiled code', async () => {
    const code =
      "interface Wide {\n  a: number;\n}\n\nconst f = (w: Wide): never => {\n  throw new RangeError('bad ' + w.a);\n};\nf({ a: 1 });";
    const { result } = await run(code);
    expect(result).toMatchObject({
      status: 'error',
      line: 6,
      error: { ename: 'RangeError', evalue: 'bad 1' },
    });
    expect(traceback(result)).toContain(
      ["  > 6 |   throw new RangeError('bad ' + w.a);", '      |         ^'].join('\n'),
    );
    expect(traceback(result)).toMatch(/at f \(cell \d+, line 6\)\n\s+at cell \d+, line 8$/);
  });

  test('an error in a function of an earlier cell points to the call and to that cell', async () => {
    const earlier = (await run('function thrower() {\n  throw new Error("deep");\n}')).result.executionCount;
    const { result } = await run('// call it\nthrower();');
    expect(result).toMatchObject({ line: 2 });
    expect(traceback(result)).toContain(`cell ${earlier}, line 2`);
  });

  test('an error in a local module shows its TypeScript line', async () => {
    const { result } = await run("import { fail } from './helper';\n\nfail();");
    expect(result).toMatchObject({ line: 3 });
    expect(traceback(result)).toMatch(/test[\\/]jupyter[\\/]fixtures[\\/]helper\.ts, line 14/);
  });

  test('an error after an await, a cause, and a value that is no error', async () => {
    const late = await run(
      'await new Promise((r) => setTimeout(r, 5));\nthrow new Error("a", { cause: new Error("b") });',
    );
    expect(late.result).toMatchObject({ line: 2 });
    expect(traceback(late.result)).toContain('caused by Error: b');
    expect((await run('1;\nthrow "only text";')).result).toMatchObject({
      line: 2,
      error: { ename: 'string', evalue: 'only text' },
    });
  });

  test('no line of the machinery is shown', async () => {
    const { result } = await run('await Promise.reject(new Error("x"))');
    expect(traceback(result)).not.toMatch(/tslab|src.jupyter|node:internal|evalmachine/);
  });
});

describe('outputs', () => {
  test('streams keep their order and their names', async () => {
    const { shown } = await run(
      'console.log("one");\nconsole.error("two");\nprocess.stdout.write("three\\n");\nvoid 0;',
    );
    expect(shown).toEqual([
      { type: 'stream', name: 'stdout', text: 'one\n' },
      { type: 'stream', name: 'stderr', text: 'two\n' },
      { type: 'stream', name: 'stdout', text: 'three\n' },
    ]);
  });

  test('asynchronous work stays with the cell that began it', async () => {
    const first = await run('setTimeout(() => console.log("late"), 30);\nvoid 0;');
    const second = await run('await new Promise((r) => setTimeout(r, 80));\nconsole.log("second");');
    expect(first.shown).toEqual([{ type: 'stream', name: 'stdout', text: 'late\n' }]);
    expect(second.shown).toEqual([{ type: 'stream', name: 'stdout', text: 'second\n' }]);
  });

  test('an error that nobody catches is printed in its cell and ends nothing', async () => {
    const first = await run('// later\nsetTimeout(() => { throw new Error("lost"); }, 10);\nvoid 0;');
    await run('await new Promise((r) => setTimeout(r, 60));');
    expect(first.shown).toMatchObject([{ type: 'stream', name: 'stderr' }]);
    expect(JSON.stringify(first.shown)).toContain('lost');
  });

  test('broadcast reaches the cell, refuses other messages, and is gone after close', async () => {
    const call = (type: string): string =>
      `await (globalThis as any)[Symbol.for('Jupyter.broadcast')]('${type}', { data: { 'text/plain': 'x' }, metadata: {}, transient: { display_id: 'd' } });`;
    const { shown } = await run(call('display_data') + call('update_display_data'));
    expect(shown).toEqual(
      ['display_data', 'update_display_data'].map((type) => ({
        type,
        data: { 'text/plain': 'x' },
        metadata: {},
        transient: { display_id: 'd' },
      })),
    );
    expect((await run(call('comm_open'))).result).toMatchObject({
      error: { ename: 'TypeError', evalue: expect.stringContaining('got comm_open') },
    });
  });

  test('a receiver that prints does not feed its own output back', async () => {
    let calls = 0;
    await engine.execute('console.log("once")', {
      onOutput: () => {
        calls++;
        process.stdout.write('');
        console.log('from the receiver');
      },
    });
    expect(calls).toBe(1);
  });
});

describe('stop', () => {
  test('a waiting cell ends at once, shows nothing more, and its variables stay', async () => {
    const stop = new AbortController();
    const shown: Output[] = [];
    // The loop has no end of its own.
    const result = await engine.execute(
      'let ticks = 0;\nfor (;;) {\n  await new Promise((r) => setTimeout(r, 20));\n  ticks++;\n  console.log(ticks);\n}',
      {
        signal: stop.signal,
        onOutput: (output) => {
          shown.push(output);
          stop.abort();
        },
      },
    );
    expect(result).toMatchObject({ status: 'error', error: { ename: 'Stopped' } });
    expect(shown.map(({ type }) => type)).toEqual(['stream', 'error']);
    // Longer than the loop's timer, so later than its next turn would be.
    await run('await new Promise((r) => setTimeout(r, 60));');
    expect(shown).toHaveLength(2);
    expect(await value('ticks')).toBe('1');
  });

  test('work that a cell began knows the cell’s signal', async () => {
    const code = "(globalThis as any)[Symbol.for('Jupyter.signal')]() instanceof AbortSignal";
    expect(await value(code)).toBe('true');
  });
});

describe('editor help', () => {
  test('completes members, inspects names and calls', async () => {
    await run(
      '/** Adds up. */\nfunction addUp(left: number, right: number): number { return left + right; }',
    );
    const { candidates, start, end } = engine.complete('const q = addU', 14);
    expect(candidates).toContain('addUp');
    expect([start, end]).toEqual([10, 14]);
    expect(engine.complete('"text".toUp', 11).candidates).toContain('toUpperCase');
    expect(engine.inspect('addUp', 2)?.signature).toContain('addUp(left: number, right: number): number');
    expect(engine.inspect('addUp(', 6)?.signature).toContain('left: number');
    expect(engine.inspect('   ', 1)).toBe(undefined);
  });

  test('tells complete, incomplete and invalid code apart', () => {
    expect(engine.isComplete('1 + 1')).toEqual({ status: 'complete' });
    expect(engine.isComplete('if (true) {')).toEqual({ status: 'incomplete', indent: '  ' });
    expect(engine.isComplete('const = 3')).toEqual({ status: 'invalid' });
    expect(engine.isComplete('for await (const x of []) {}')).toEqual({ status: 'complete' });
  });
});

describe('life', () => {
  test('the working directory is the root of the project', () => {
    expect(engine.root).toBe(projectRoot(root));
    expect(process.cwd()).toBe(engine.root);
    expect(projectRoot(tmpdir())).toBe(tmpdir());
  });

  test('a second engine is refused while one runs', () => {
    expect(() => createEngine({ directory: fixtures })).toThrow('already running');
    expect(process.cwd()).toBe(engine.root);
  });

  test('close gives console, streams and folder back', () => {
    const write = process.stdout.write;
    engine.close();
    expect(process.stdout.write).not.toBe(write);
    expect(Reflect.get(globalThis, Symbol.for('Jupyter.broadcast'))).toBe(undefined);
    expect(process.cwd()).toBe(folder);
    engine = createEngine({ directory: fixtures });
  });
});
