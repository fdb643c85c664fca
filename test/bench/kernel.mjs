// How fast a notebook kernel starts and answers, and what memory it takes after 30 cells: this package's kernel beside
// stock tslab and, where DENO names its program, Deno's; all in one run, round by round.
// Usage: node test/bench/kernel.mjs [rounds]
import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  for (const [name, command] of Object.entries(kernels)) results[name].push(await measure(command));
}
console.log(`Node ${process.versions.node}, ${rounds} rounds, medians`);
console.log('kernel         ready ms   first cell ms   trivial cell ms   MiB after 30 cells');
for (const [name, runs] of Object.entries(results)) {
  const of = (key) => median(runs.map((run) => run[key]));
  const row = [
    of('ready').toFixed(0),
    of('first').toFixed(0),
    of('trivial').toFixed(1),
    of('memory').toFixed(0),
  ];
  console.log(
    name.padEnd(13),
    row[0].padStart(9),
    row[1].padStart(15),
    row[2].padStart(17),
    row[3].padStart(20),
  );
}
process.exit();

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function measure(command) {
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
  const iopub = new Subscriber({ linger: 0 });
  shell.connect(`tcp://127.0.0.1:${shell_port}`);
  iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
  iopub.subscribe('');
  void (async () => {
    for await (const _ of iopub);
  })();
  const ask = async (msg_type, content) => {
    const begun = performance.now();
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
    await shell.send(['<IDS|MSG>', hmac.digest('hex'), ...parts]);
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
  shell.close();
  iopub.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return { ready, first, trivial: median(times.slice(5)), memory };
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
