// How fast a notebook kernel starts and answers (cells back to back, and each after a pause, as a user's are), what memory
// it takes after 30 cells, and how fast Stop ends a loop: this package's kernel beside stock tslab and, where DENO names its
// program, Deno's; all in one run, round by round. Stop is measured for this kernel only: an interrupt_request ends no
// loop in the others.
// Usage: node test/bench/kernel.mjs [rounds]
import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dealer, Subscriber } from 'zeromq';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const rounds = Number(process.argv[2] ?? 3);
const kernels = {
  spikingssm: (file) => [
    'node',
    join(root, 'dist/cli/main.js'),
    'kernel',
    'start',
    '--connection-file',
    file,
  ],
  'tslab 1.0.22': (file) => [
    'node',
    join(root, 'node_modules/tslab/bin/tslab'),
    'kernel',
    '--config-path',
    file,
  ],
  ...(process.env.DENO ? { deno: (file) => [process.env.DENO, 'jupyter', '--kernel', '--conn', file] } : {}),
};
const results = Object.fromEntries(Object.keys(kernels).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, command] of Object.entries(kernels))
    results[name].push(await measure(command, name === 'spikingssm'));
}
console.log(`Node ${process.versions.node}, ${rounds} rounds, medians`);
console.log(
  'kernel         ready ms   first cell ms   trivial cell ms   after a pause ms   MiB after 30 cells   stop ms',
);
for (const [name, runs] of Object.entries(results)) {
  const of = (key) => median(runs.map((run) => run[key]));
  const row = [
    of('ready').toFixed(0),
    of('first').toFixed(0),
    of('trivial').toFixed(1),
    of('paused').toFixed(1),
    of('memory').toFixed(0),
    of('stop')?.toFixed(0) ?? '-',
  ];
  console.log(
    name.padEnd(13),
    row[0].padStart(9),
    row[1].padStart(15),
    row[2].padStart(17),
    row[3].padStart(19),
    row[4].padStart(21),
    row[5].padStart(10),
  );
}
process.exit();

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function measure(command, stoppable) {
  const ports = await freePorts(5);
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
  const key = randomUUID();
  const connection = { shell_port, iopub_port, stdin_port, control_port, hb_port, key };
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'connection.json');
  const more = { transport: 'tcp', ip: '127.0.0.1', signature_scheme: 'hmac-sha256', kernel_name: 'bench' };
  writeFileSync(file, JSON.stringify({ ...connection, ...more }));
  const [program, ...args] = command(file);
  const env = { ...process.env, JUPYTER_DATA_DIR: dirname(file) };
  const started = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: 'ignore', env });
  const shell = new Dealer({ linger: 0 });
  const control = new Dealer({ linger: 0 });
  const iopub = new Subscriber({ linger: 0 });
  shell.connect(`tcp://127.0.0.1:${shell_port}`);
  iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
  iopub.subscribe('');
  void (async () => {
    for await (const _ of iopub);
  })();
  const frames = (msg_type, content) => {
    const header = {
      msg_id: randomUUID(),
      msg_type,
      session: 'bench',
      username: '',
      date: new Date(),
      version: '5.3',
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return ['<IDS|MSG>', hmac.digest('hex'), ...parts];
  };
  const ask = async (msg_type, content) => {
    const begun = performance.now();
    await shell.send(frames(msg_type, content));
    await shell.receive();
    return performance.now() - begun;
  };
  const options = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
  const cell = (code) => ask('execute_request', { code, ...options, stop_on_error: true });
  await ask('kernel_info_request', {});
  const ready = performance.now() - started;
  const first = await cell('1 + 1');
  const times = [];
  for (let n = 0; n < 29; n++) times.push(await cell(`${n} + 1`));
  const memory = residentMiB(child.pid);
  const pausedTimes = [];
  for (let n = 0; n < 10; n++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    pausedTimes.push(await cell(`${n} + 2`));
  }
  let stop;
  if (stoppable) {
    const ended = cell('await null; while (true);');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const begun = performance.now();
    control.connect(`tcp://127.0.0.1:${control_port}`);
    await control.send(frames('interrupt_request', {}));
    await ended;
    stop = performance.now() - begun;
  }
  shell.close();
  control.close();
  iopub.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  rmSync(dirname(file), { recursive: true });
  return { ready, first, trivial: median(times.slice(5)), paused: median(pausedTimes), memory, stop };
}

/** Of a process and its children: tslab's kernel is two. */
function residentMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  let sum = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    for (const one of children ? children.split(' ') : []) sum += residentMiB(one);
  }
  return sum;
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
