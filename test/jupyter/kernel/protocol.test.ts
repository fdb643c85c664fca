import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../temporary.js';
import { executeContent, printed, type Received, TestKernel } from './client.js';

const dataFolder = temporaryFolder('jupyter-data');
const fixtures = join(import.meta.dirname, '..', 'fixtures');
let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start({ dataFolder, directory: fixtures });
});
afterAll(() => kernel.stop());

const last = (outputs: Received[]): Received['content'] => outputs.at(-1)!.content;

/** The 26 points that the public kernel testbed looks at, by its names. */
describe('kernel testbed', () => {
  test('heartbeat', async () => {
    expect(await kernel.heartbeat()).toBe('ping');
  });

  test('iopub_welcome', () => {
    const welcome = kernel.iopub.find(({ type }) => type === 'iopub_welcome');
    expect(welcome?.content).toEqual({ subscription: '' });
  });

  test('kernel_info', async () => {
    const { type, content } = await kernel.request('kernel_info_request', {});
    expect(type).toBe('kernel_info_reply');
    expect(content).toMatchObject({
      status: 'ok',
      implementation: expect.any(String),
      banner: expect.any(String),
    });
    expect((await kernel.request('kernel_info_request', {}, 'control')).content).toEqual(content);
  });

  test('language_info', async () => {
    const { content } = await kernel.request('kernel_info_request', {});
    expect(content.language_info).toMatchObject({
      name: 'typescript',
      version: expect.stringMatching(/^5\.\d+\.\d+/),
      mimetype: 'text/typescript',
      file_extension: '.ts',
      codemirror_mode: 'typescript',
    });
  });

  test('protocol_version', async () => {
    const { content, header } = await kernel.request('kernel_info_request', {});
    expect(content.protocol_version).toBe('5.4');
    expect(header.version).toBe('5.4');
  });

  test('stdout', async () => {
    const { outputs } = await kernel.execute('console.log("out"); process.stdout.write("more");');
    expect(printed(outputs)).toBe('out\nmore');
  });

  test('stderr', async () => {
    const { outputs } = await kernel.execute('console.error("trouble");');
    expect(printed(outputs, 'stderr')).toBe('trouble\n');
    expect(printed(outputs)).toBe('');
  });

  test('reply', async () => {
    const { reply } = await kernel.execute('const quiet = 1;', {
      user_expressions: { sum: 'quiet + 1', bad: 'quiet.x' },
    });
    expect(reply).toMatchObject({ status: 'ok', execution_count: expect.any(Number) });
    expect(reply.user_expressions).toMatchObject({
      sum: { status: 'ok', data: { 'text/plain': '2' } },
      bad: { status: 'error', ename: 'TypeScriptError' },
    });
  });

  test('busy/idle', async () => {
    const { id } = await kernel.execute('1');
    const types = kernel.iopub
      .filter(({ parent }) => parent === id)
      .map(({ type, content }) => content.execution_state ?? type);
    expect(types).toEqual(['busy', 'execute_input', 'execute_result', 'idle']);
  });

  test('execute_input', async () => {
    const { id, reply } = await kernel.execute('"shown"');
    const input = kernel.iopub.find(({ parent, type }) => parent === id && type === 'execute_input');
    expect(input?.content).toEqual({ code: '"shown"', execution_count: reply.execution_count });
  });

  test('complete', async () => {
    const { content } = await kernel.request('complete_request', { code: '"😀".toUpp', cursor_pos: 9 });
    expect(content).toMatchObject({ status: 'ok', cursor_start: 4, cursor_end: 9 });
    expect(content.matches).toContain('toUpperCase');
  });

  test('inspect', async () => {
    await kernel.execute('/** Adds. */\nfunction add(a: number, b: number) { return a + b; }');
    const name = await kernel.request('inspect_request', { code: 'add', cursor_pos: 2, detail_level: 0 });
    expect(name.content).toMatchObject({ status: 'ok', found: true });
    expect((name.content.data as Record<string, string>)['text/plain']).toContain(
      'add(a: number, b: number): number',
    );
    const call = await kernel.request('inspect_request', { code: 'add(1, ', cursor_pos: 7, detail_level: 0 });
    expect((call.content.data as Record<string, string>)['text/plain']).toBe(
      'add(a: number, b: number): number\n\nAdds.',
    );
    const nothing = await kernel.request('inspect_request', {
      code: 'nowhere',
      cursor_pos: 3,
      detail_level: 0,
    });
    expect(nothing.content).toMatchObject({ status: 'ok', found: false });
  });

  test('is_complete: complete and incomplete', async () => {
    const status = async (code: string) => (await kernel.request('is_complete_request', { code })).content;
    expect(await status('const a = 1;')).toEqual({ status: 'complete' });
    expect(await status('for (const a of [1]) {')).toEqual({ status: 'incomplete', indent: '  ' });
  });

  test('is_complete: invalid', async () => {
    expect((await kernel.request('is_complete_request', { code: 'const = ;' })).content).toEqual({
      status: 'invalid',
    });
  });

  test('history', async () => {
    const { reply } = await kernel.execute('"remember me"');
    const ask = async (content: object) =>
      (await kernel.request('history_request', { output: false, raw: true, ...content })).content
        .history as unknown[][];
    expect(await ask({ hist_access_type: 'tail', n: 1 })).toEqual([
      [1, reply.execution_count, '"remember me"'],
    ]);
    const count = Number(reply.execution_count);
    expect(await ask({ hist_access_type: 'range', session: 0, start: count, stop: count + 1 })).toHaveLength(
      1,
    );
    expect(await ask({ hist_access_type: 'search', pattern: '*member*', n: 5 })).toHaveLength(1);
    expect(await ask({ hist_access_type: 'search', pattern: 'member', n: 5 })).toEqual([]);
  });

  test('comm_info', async () => {
    expect((await kernel.request('comm_info_request', {})).content).toEqual({ status: 'ok', comms: {} });
  });

  test('error', async () => {
    const { reply, outputs } = await kernel.execute('const fine = 1;\nthrow new RangeError("too far");');
    expect(reply).toMatchObject({ status: 'error', ename: 'RangeError', evalue: 'too far' });
    expect(outputs.at(-1)).toMatchObject({
      type: 'error',
      content: { ename: 'RangeError', evalue: 'too far' },
    });
    const traceback = stripVTControlCharacters((last(outputs).traceback as string[]).join('\n'));
    expect(traceback).toContain('> 2 | throw new RangeError("too far");');
    expect(reply.traceback).toEqual(last(outputs).traceback);
  });

  test('display_data', async () => {
    await kernel.execute("import { display, html } from 'spikingssm';");
    const { outputs } = await kernel.execute("await display(html('<b>bold</b>'), { display_id: 'd1' });");
    expect(outputs.at(-1)).toMatchObject({
      type: 'display_data',
      content: { data: { 'text/html': '<b>bold</b>' }, metadata: {}, transient: { display_id: 'd1' } },
    });
  });

  test('update_display_data', async () => {
    const { outputs } = await kernel.execute(
      "await display(html('<i>new</i>'), { display_id: 'd1', update: true });",
    );
    expect(outputs.at(-1)).toMatchObject({
      type: 'update_display_data',
      content: { data: { 'text/html': '<i>new</i>' }, transient: { display_id: 'd1' } },
    });
  });

  test('execute_result', async () => {
    const { outputs, reply } = await kernel.execute('({ a: 1 })');
    expect(outputs.at(-1)).toMatchObject({
      type: 'execute_result',
      content: { data: { 'text/plain': '{ a: 1 }' }, metadata: {}, execution_count: reply.execution_count },
    });
  });

  test('rich execute_result', async () => {
    const { outputs } = await kernel.execute(
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'p', 'image/svg+xml': '<svg/>' }) })",
    );
    expect(last(outputs).data).toEqual({ 'text/plain': 'p', 'image/svg+xml': '<svg/>' });
  });

  test('stdin', async () => {
    const { id, reply } = await kernel.send(
      'execute_request',
      executeContent('const name = await input("Name? "); "Hello " + name.toUpperCase()', {
        allow_stdin: true,
      }),
    );
    await kernel.until(() => kernel.stdin.length > 0);
    expect(kernel.stdin[0]).toMatchObject({
      type: 'input_request',
      parent: id,
      content: { prompt: 'Name? ', password: false },
    });
    await kernel.send('input_reply', { value: 'ada' }, 'stdin');
    expect((await reply).content.status).toBe('ok');
    await kernel.idle(id);
    expect(last(kernel.outputsOf(id)).data).toEqual({ 'text/plain': "'Hello ADA'" });
    expect((await kernel.execute('await input()')).reply.evalue).toContain('cannot ask its user');
  });

  test('comm lifecycle', async () => {
    await kernel.execute(
      "import { registerComm } from 'spikingssm';\n" +
        "let heard: unknown;\nregisterComm('echo', (comm) => { comm.onMessage = (data) => comm.send({ got: data }); comm.onClose = (data) => { heard = data; }; });",
    );
    const comm_id = 'comm-1';
    await kernel.send('comm_open', { comm_id, target_name: 'echo', data: {} });
    await kernel.send('comm_msg', { comm_id, data: { n: 7 } });
    const isAnswer = ({ type, content }: Received) => type === 'comm_msg' && content.comm_id === comm_id;
    await kernel.until(() => kernel.iopub.some(isAnswer));
    expect(kernel.iopub.find(isAnswer)?.content.data).toEqual({ got: { n: 7 } });
    const open = await kernel.request('comm_info_request', { target_name: 'echo' });
    expect(open.content.comms).toEqual({ [comm_id]: { target_name: 'echo' } });
    await kernel.send('comm_close', { comm_id, data: { why: 'done' } });
    expect((await kernel.request('comm_info_request', {})).content.comms).toEqual({});
    expect(last((await kernel.execute('heard')).outputs).data).toEqual({ 'text/plain': "{ why: 'done' }" });
    const noisy = await kernel.execute(
      "registerComm('noisy', (comm) => { comm.onMessage = (n) => { if (n) throw new Error('comm trouble'); for (;;) console.log('stuck'); }; });",
    );
    await kernel.send('comm_open', { comm_id: 'comm-3', target_name: 'noisy', data: {} });
    await kernel.send('comm_msg', { comm_id: 'comm-3', data: 1 });
    // Where the handler was set, its errors and prints show; and it can be stopped.
    await kernel.until(() => printed(kernel.outputsOf(noisy.id), 'stderr').includes('comm trouble'));
    await kernel.send('comm_msg', { comm_id: 'comm-3', data: 0 });
    await kernel.until(() => printed(kernel.outputsOf(noisy.id)).includes('stuck'));
    await kernel.request('interrupt_request', {}, 'control');
    expect((await kernel.execute('1')).reply.status).toBe('ok');
    await kernel.send('comm_open', { comm_id: 'comm-2', target_name: 'nobody', data: {} });
    await kernel.until(() =>
      kernel.iopub.some(({ type, content }) => type === 'comm_close' && content.comm_id === 'comm-2'),
    );
  });

  test('interrupt', async () => {
    const { reply, id } = await kernel.send(
      'execute_request',
      executeContent('console.log("started"); while (true);'),
    );
    await kernel.until(() => printed(kernel.outputsOf(id)) !== '');
    expect((await kernel.request('interrupt_request', {}, 'control')).content).toEqual({ status: 'ok' });
    expect((await reply).content).toMatchObject({ status: 'error', ename: 'Stopped' });
  });

  test('execution count', async () => {
    const count = async (code: string, options = {}) =>
      Number((await kernel.execute(code, options)).reply.execution_count);
    const first = await count('1');
    expect(await count('2')).toBe(first + 1);
    expect(await count('3', { store_history: false })).toBe(first + 1);
    expect(await count('4', { silent: true })).toBe(first + 1);
    expect(await count('5')).toBe(first + 2);
  });

  test('parent header', async () => {
    const late = await kernel.execute('setTimeout(() => console.log("late"), 150); "first"');
    const next = await kernel.execute('await new Promise((r) => setTimeout(r, 400)); console.log("second")');
    await kernel.until(() => printed(kernel.outputsOf(late.id)) !== '');
    expect(printed(kernel.outputsOf(late.id))).toBe('late\n');
    expect(printed(kernel.outputsOf(next.id))).toBe('second\n');
  });

  test('shutdown', async () => {
    const other = await TestKernel.start({ dataFolder, directory: fixtures });
    onTestFinished(() => other.stop());
    const ended = once(other.process, 'exit');
    const { content } = await other.request('shutdown_request', { restart: false }, 'control');
    expect(content).toEqual({ status: 'ok', restart: false });
    expect(await ended).toEqual([0, null]);
  });
});

describe('beyond the testbed', () => {
  test('a silent cell shows nothing and is not remembered', async () => {
    const { outputs, id } = await kernel.execute('console.log("hush"); "secret"', { silent: true });
    expect(outputs).toEqual([]);
    expect(kernel.iopub.some(({ parent, type }) => parent === id && type === 'execute_input')).toBe(false);
    const { content } = await kernel.request('history_request', {
      hist_access_type: 'search',
      pattern: '*secret*',
    });
    expect(content.history).toEqual([]);
  });

  test('stop_on_error aborts what was queued, and not what comes after', async () => {
    const failing = await kernel.send('execute_request', executeContent('throw new Error("no")'));
    const queued = await kernel.send('execute_request', executeContent('var reached = true'));
    expect((await failing.reply).content.status).toBe('error');
    const after = await kernel.send('execute_request', executeContent('1'));
    expect((await queued.reply).content.status).toBe('aborted');
    expect((await after.reply).content.status).toBe('ok');
    const going = await kernel.send('execute_request', executeContent('throw 1', { stop_on_error: false }));
    const next = await kernel.send('execute_request', executeContent('2'));
    expect((await going.reply).content).toMatchObject({ status: 'error', ename: 'number', evalue: '1' });
    expect((await next.reply).content.status).toBe('ok');
  });

  test('what cannot be sent is an error of its cell', async () => {
    const { reply } = await kernel.execute(
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': 1n }) })",
    );
    expect(reply).toMatchObject({ status: 'error', ename: 'TypeError' });
    expect((await kernel.execute('1')).reply.status).toBe('ok');
  });

  test('a request without its text is answered with an error', async () => {
    expect((await kernel.request('execute_request', { code: 5 })).content).toMatchObject({
      status: 'error',
      ename: 'TypeError',
      evalue: 'code must be text, got number',
    });
  });

  test.skipIf(process.platform === 'win32')('connection and history are closed to other users', () => {
    expect(statSync(kernel.connectionFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataFolder, 'typescript-history.jsonl')).mode & 0o777).toBe(0o600);
  });

  test('history outlives the kernel', async () => {
    const other = await TestKernel.start({ dataFolder, directory: fixtures });
    onTestFinished(() => other.stop());
    const { content } = await other.request('history_request', {
      hist_access_type: 'search',
      pattern: '*remember me*',
      unique: true,
    });
    expect(content.history).toHaveLength(1);
    await other.execute('"second session"');
    const session = await other.request('history_request', {
      hist_access_type: 'range',
      session: 0,
      start: 0,
    });
    expect(session.content.history).toEqual([[2, 1, '"second session"']]);
    const tail = { hist_access_type: 'tail', n: 1, output: true };
    const entry = [2, 1, ['"second session"', "'second session'"]];
    expect((await other.request('history_request', tail)).content.history).toEqual([entry]);
    const third = await TestKernel.start({ dataFolder, directory: fixtures });
    onTestFinished(() => third.stop());
    expect((await third.request('history_request', tail)).content.history).toEqual([entry]);
  });
});
