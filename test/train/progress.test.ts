import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { progress } from '../../src/train/progress.js';
import type { StepEvent } from '../../src/train/run.js';

const event = (step: number, more: Partial<StepEvent> = {}): StepEvent => ({
  step,
  epoch: 1,
  loss: 2,
  accuracy: 0.5,
  rate: 0.125,
  gradientNorm: 1,
  tokens: 500,
  learningRate: 0.01,
  milliseconds: 100,
  steps: 1000,
  epochs: 3,
  evaluation: null,
  end: null,
  modelStep: null,
  ...more,
});
const evaluation = {
  epoch: 1,
  step: 1,
  trainLoss: 1,
  trainAccuracy: 0.5,
  validationLoss: 1,
  validationAccuracy: 0.876,
  seconds: 1,
};

function capture(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 200 }), text: () => text };
}

afterEach(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(globalThis, Symbol.for('Jupyter.broadcast'));
});

describe('in a pipe', () => {
  it('writes a line every so often and at the end', async () => {
    vi.useFakeTimers();
    const { stream, text } = capture(false);
    const hook = progress({ stream, every: 5 });
    for (let step = 1; step <= 120; step++) {
      vi.advanceTimersByTime(100);
      await hook(event(step, step === 120 ? { end: 'done', evaluation } : {}));
    }
    const lines = text().trimEnd().split('\n');
    expect(lines.length).toBe(3);
    expect(lines[0]).toMatch(
      /^step 5\d\/1000 · epoch 1\/3 · loss 2\.0000 · accuracy 50\.0 % · spikes 12\.5 % · 10\.0 steps\/s · 5\d{3} tokens\/s · ETA 1 min 3\d s$/,
    );
    expect(lines[2]).toMatch(
      /^step 120\/1000 .* validation 87\.6 % · 10\.0 steps\/s · 5\d{3} tokens\/s · done after 12 s$/,
    );
    expect(text()).not.toContain('\r');
  });

  it('smooths loss and accuracy', async () => {
    const { stream, text } = capture(false);
    const hook = progress({ stream });
    await hook(event(1, { loss: 1, accuracy: 0 }));
    await hook(event(2, { loss: 2, accuracy: 1, end: 'aborted' }));
    expect(text()).toMatch(/loss 1\.1000 · accuracy 10\.0 % .* aborted after/);
  });

  it('says nothing of spikes where nothing spikes, and counts a step once', async () => {
    const { stream, text } = capture(false);
    const hook = progress({ stream });
    await hook(event(1, { loss: 1, rate: null }));
    await hook(event(2, { loss: 2, rate: null }));
    await hook(event(2, { loss: 2, rate: null, end: 'aborted' }));
    expect(text()).toMatch(
      /^step 2\/1000 · epoch 1\/3 · loss 1\.1000 · accuracy 50\.0 % · [^·]* steps\/s · /,
    );
  });

  it('says at the end which model the run leaves, where that is not the one of its last step', async () => {
    const { stream, text } = capture(false);
    const hook = progress({ stream });
    await hook(event(9, { end: 'done', modelStep: 9 }));
    await hook(event(9, { end: 'stopped', modelStep: 4 }));
    const [last, best] = text().trim().split('\n');
    expect(last).toMatch(/done after 0 s$/);
    expect(best).toMatch(/stopped after 0 s · model of step 4, the best$/);
  });

  it('serves a second run from its start', async () => {
    const { stream, text } = capture(false);
    const hook = progress({ stream });
    await hook(event(1, { loss: 1, end: 'failed' }));
    await hook(event(1, { loss: 5, end: 'done' }));
    expect(text()).toMatch(/loss 1\.0000 .* failed after .*\n.*loss 5\.0000 .* done after/);
  });
});

describe('in a terminal', () => {
  it.each(['done', 'aborted', 'failed'] as const)('draws a bar that ends with the run: %s', async (end) => {
    vi.useFakeTimers();
    const { stream, text } = capture(true);
    const hook = progress({ stream });
    await hook(event(1));
    await hook(event(500, { loss: 2, end }));
    expect(text()).toContain('50% step 500/1000 · epoch 1/3 · loss 2.0000');
    expect(text()).toContain(`${end} after`);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('in a notebook', () => {
  it('updates one display in place, at most ten times a second, and shows the end', async () => {
    vi.useFakeTimers();
    const sent: {
      type: string;
      content: { data: Record<string, string>; transient: { display_id: string } };
    }[] = [];
    Object.assign(globalThis, {
      [Symbol.for('Jupyter.broadcast')]: async (type: string, content: (typeof sent)[0]['content']) => {
        sent.push({ type, content });
      },
    });
    const { stream, text } = capture(true);
    const hook = progress({ stream });
    for (let step = 1; step <= 100; step++) {
      vi.advanceTimersByTime(10);
      await hook(event(step, step === 100 ? { end: 'done' } : {}));
    }
    expect(text()).toBe('');
    expect(sent.length).toBeGreaterThan(8);
    expect(sent.length).toBeLessThan(13);
    expect(sent.map(({ type }) => type)).toEqual([
      'display_data',
      ...sent.slice(1).map(() => 'update_display_data'),
    ]);
    expect(new Set(sent.map(({ content }) => content.transient.display_id)).size).toBe(1);
    const { data } = sent[sent.length - 1].content;
    expect(data['text/plain']).toMatch(/^step 100\/1000 .* done after 1 s$/);
    expect(data['text/html']).toContain('<progress value="100" max="1000"');
  });

  it('gives each run a display of its own', async () => {
    const ids: string[] = [];
    Object.assign(globalThis, {
      [Symbol.for('Jupyter.broadcast')]: async (
        _: string,
        content: { transient: { display_id: string } },
      ) => {
        ids.push(content.transient.display_id);
      },
    });
    const hook = progress();
    for (let i = 0; i < 2; i++) await hook(event(1, { end: 'done' }));
    expect(new Set(ids).size).toBe(2);
  });
});

it('refuses unknown options', () => {
  expect(() => progress({ evry: 1 } as object)).toThrow(
    /^progress: unknown option "evry" \(did you mean "every"/,
  );
});
