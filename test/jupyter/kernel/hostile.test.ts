import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { executeContent, printed, type Received, TestKernel } from './client.js';

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

const text = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('10,000 bad messages on every channel leave the kernel answering, and none is obeyed', async () => {
  const good = (): Buffer[] =>
    kernel.frames(kernel.header('execute_request'), executeContent('globalThis.harmed = true'));
  const signed = (...parts: unknown[]): Buffer[] => {
    const frames = parts.map(text);
    return [text('<IDS|MSG>'), kernel.sign(frames), ...frames];
  };
  const bad: (() => Uint8Array[])[] = [
    () => good().with(1, Buffer.alloc(0)),
    () => good().with(1, text('0'.repeat(64))),
    () => good().with(1, good()[1].subarray(1)),
    () => good().with(1, randomBytes(64)),
    () => good().with(5, text({ ...executeContent('globalThis.harmed = true'), silent: true })),
    () => good().slice(0, 2 + Math.floor(Math.random() * 4)),
    () => good().slice(1),
    () => [Buffer.alloc(0)],
    () => [randomBytes(Math.floor(Math.random() * 1000))],
    () => signed('{not json', '{}', '{}', '{}'),
    () => signed('[]', '{}', '{}', '{}'),
    () => signed('null', '{}', '{}', '{}'),
    () => signed({ msg_type: 5 }, '{}', '{}', '{}'),
    () => signed('\ud800', '{}', '{}', '"text"'),
    () => signed(kernel.header('no_such_request'), {}, {}, {}),
    () => signed({ ...kernel.header('execute_request'), msg_type: '__proto__' }, {}, {}, {}),
    () => Array.from({ length: 200 }, () => Buffer.from('x')),
  ];
  const channels = ['shell', 'control', 'stdin'] as const;
  for (let n = 0; n < 10_000; n++) await kernel.sendRaw(channels[n % 3], bad[n % bad.length]());
  expect(await kernel.heartbeat()).toBe('ping');
  const { outputs } = await kernel.execute("'harmed' in globalThis");
  expect(outputs.at(-1)?.content.data).toEqual({ 'text/plain': 'false' });
});

test('an oversized message costs its sender the connection, nobody else', async () => {
  const other = await TestKernel.start();
  onTestFinished(() => other.stop());
  const huge = Buffer.alloc(300 * 1024 * 1024);
  const lost = other.disconnected();
  await other.sendRaw('shell', [text('<IDS|MSG>'), huge]);
  await lost;
  expect(await other.heartbeat()).toBe('ping');
  expect((await other.request('kernel_info_request', {}, 'control')).content.status).toBe('ok');
});

test('a cell that prints 100 MB is heard to its end', async () => {
  const { id, reply } = await kernel.send(
    'execute_request',
    executeContent('for (let n = 0; n < 1000; n++) console.log("x".repeat(99_999));'),
  );
  expect((await reply).content.status).toBe('ok');
  await kernel.idle(id);
  const size = (one: Received): number => String(one.content.text ?? '').length;
  expect(kernel.outputsOf(id).reduce((sum, one) => sum + size(one), 0)).toBe(100_000_000);
  expect((await kernel.execute('1')).reply.status).toBe('ok');
});

test('a cell that exits takes the kernel down at once, so that the front end can restart it', async () => {
  const other = await TestKernel.start();
  onTestFinished(() => other.stop());
  const ended = once(other.process, 'exit');
  const { id } = await other.send(
    'execute_request',
    executeContent('console.log("farewell"); process.exit(3)'),
  );
  expect(await ended).toEqual([3, null]);
  await other.until(() => printed(other.outputsOf(id)) === 'farewell\n');
});
