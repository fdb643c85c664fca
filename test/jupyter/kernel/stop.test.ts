import { afterAll, beforeAll, expect, test } from 'vitest';
import { executeContent, printed, TestKernel } from './client.js';

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start();
  await kernel.execute('const kept = [1, 2, 3];');
});
afterAll(() => kernel.stop());

/**
 * Runs a cell that prints `started`, stops it, and checks that it ends, falls silent and harms nothing. No cell here
 * ends by itself; how fast they end is measured in test/bench/kernel.mjs.
 */
async function stopCell(code: string, stop: () => unknown = interrupt): Promise<void> {
  const { id, reply } = await kernel.send('execute_request', executeContent(code));
  await kernel.until(() => printed(kernel.outputsOf(id)).includes('started'));
  await stop();
  expect((await reply).content).toMatchObject({ status: 'error', ename: 'Stopped' });
  await kernel.idle(id);
  const shown = kernel.outputsOf(id).length;
  // Longer than any timer of the stopped cells, so later than whatever they would still print.
  const next = await kernel.execute('await new Promise((resolve) => setTimeout(resolve, 60)); kept.length');
  expect(next.outputs.at(-1)?.content.data).toEqual({ 'text/plain': '3' });
  expect(kernel.outputsOf(id)).toHaveLength(shown);
}

const interrupt = (): unknown => kernel.request('interrupt_request', {}, 'control');

test('a synchronous loop', async () => {
  await stopCell('let turns = 0; console.log("started"); while (true) turns++;');
  expect((await kernel.execute('turns > 0')).outputs.at(-1)?.content.data).toEqual({ 'text/plain': 'true' });
});

test('a loop after an await', async () => {
  await stopCell('await new Promise((r) => setTimeout(r, 10)); console.log("started"); while (true);');
});

test('a loop in a timer, while the cell awaits it', async () => {
  await stopCell('await new Promise(() => setTimeout(() => { console.log("started"); while (true); }, 10));');
});

test('a cell that awaits, in a loop or for ever', async () => {
  await stopCell('console.log("started"); await new Promise(() => {});');
  await stopCell('for (;;) { console.log("started"); await new Promise((r) => setTimeout(r, 20)); }');
});

test('a loop that prints without end', async () => {
  await stopCell('for (;;) console.log("started");');
});

test('twenty stops in a row leave the kernel well', async () => {
  for (let n = 0; n < 10; n++) {
    await stopCell('console.log("started"); for (;;) JSON.parse("[1]");');
    await stopCell('await null; console.log("started"); for (;;) Array.from({ length: 100 }, String);');
  }
});

test.skipIf(process.platform === 'win32')(
  'SIGINT stops like interrupt_request, synchronous or after an await',
  async () => {
    const signal = (): unknown => kernel.process.kill('SIGINT');
    await stopCell('console.log("started"); while (true);', signal);
    await stopCell('await null; console.log("started"); while (true);', signal);
    await stopCell('console.log("started"); await new Promise(() => {});', signal);
  },
);

test('work that takes the signal ends in its own way, and what it returns is kept', async () => {
  const code = `
    function work() {
      const signal = (Reflect.get(globalThis, Symbol.for('Jupyter.signal')) as () => AbortSignal)();
      console.log('started');
      return new Promise<{ steps: number; whole: boolean }>((resolve) => {
        let steps = 0;
        const step = () => {
          if (signal.aborted) return resolve({ steps, whole: true });
          for (const until = Date.now() + 150; Date.now() < until;);
          steps++;
          setImmediate(step);
        };
        step();
      });
    }
    const done = await work();
    const notReached = 1;`;
  await stopCell(code);
  expect((await kernel.execute('done.whole && done.steps > 0')).outputs.at(-1)?.content.data).toEqual({
    'text/plain': 'true',
  });
  expect((await kernel.execute('notReached')).reply.status).toBe('error');
});

test('while work ends in its own way, what an earlier cell left in the background goes on', async () => {
  // Long enough that the stop finds it at work, and is repeated.
  await kernel.execute(`
    let turns = 0;
    const background = setInterval(() => {
      for (const until = Date.now() + 120; Date.now() < until;);
      turns++;
    }, 1);`);
  for (let n = 0; n < 5; n++) {
    await stopCell(`
      const signal = (Reflect.get(globalThis, Symbol.for('Jupyter.signal')) as () => AbortSignal)();
      console.log('started');
      while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      const ended = true;`);
  }
  const code =
    'const before = turns; await new Promise((r) => setTimeout(r, 400)); clearInterval(background); turns > before';
  expect((await kernel.execute(code)).outputs.at(-1)?.content.data).toEqual({ 'text/plain': 'true' });
});

test('a second stop does not wait for work that has taken the signal and never looks at it', async () => {
  const takes = `Reflect.get(globalThis, Symbol.for('Jupyter.signal'))(); console.log('started');`;
  const loops = [`${takes} while (true);`, `await null; ${takes} for (;;) JSON.parse('[1]');`];
  for (const code of loops) {
    // In any state of the first: just sent, sent again, refused.
    for (const pause of [0, 40, 50, 60, 100, 200]) {
      await stopCell(code, async () => {
        await interrupt();
        await new Promise((resolve) => setTimeout(resolve, pause));
        await interrupt();
      });
    }
  }
});

test('a running train() ends at its next step; model and metrics stay usable', async () => {
  const set = await kernel.execute(`
    import { recipes, spikingSSM, tasks, train, useBackend } from 'spikingssm';
    await useBackend('cpu');
    const task = await tasks.mnist();
    const { training, ...options } = recipes.smnist.tiny;
    const model = spikingSSM({ ...options, seed: 1 });`);
  expect(set.reply).toMatchObject({ status: 'ok' });
  // The step under way is to be the last.
  await stopCell(`
    let steps = 0;
    const run = await train(model, task, { ...training, batch: 4, onStep: () => { if (steps++ === 0) console.log('started'); } });`);
  const { outputs } = await kernel.execute(
    '[run.aborted, run.steps.length > 0, run.steps.length === steps - 1]',
  );
  expect(outputs.at(-1)?.content.data).toEqual({ 'text/plain': '[ true, true, true ]' });
  const again = await kernel.execute(
    'const more = await train(model, task, { ...training, batch: 4, epochs: undefined, steps: 1, warmup: 0, evaluate: false }); more.steps.length',
  );
  expect(again.outputs.at(-1)?.content).toMatchObject({ data: { 'text/plain': '1' } });
});
