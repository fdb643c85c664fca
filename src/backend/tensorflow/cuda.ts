import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

export interface Gpu {
  name: string;
  memoryMiB: number;
}

const DRIVER = '/proc/driver/nvidia/gpus';

/** Whether this process could see a CUDA device: a driver that has one, and CUDA_VISIBLE_DEVICES does not hide it. */
export function cudaVisible(): boolean {
  const { CUDA_VISIBLE_DEVICES: chosen } = process.env;
  if (chosen !== undefined && /^(|-1.*|none|NoDevFiles)$/i.test(chosen)) return false;
  // Windows' Linux has its GPUs behind one device of its own.
  return (existsSync(DRIVER) && readdirSync(DRIVER).length > 0) || existsSync('/dev/dxg');
}

/** The GPUs that this process may use, as NVIDIA's own program tells; none where it cannot be asked. */
export function gpus(): Gpu[] {
  const { CUDA_VISIBLE_DEVICES: chosen } = process.env;
  const words = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', [...words, ...(chosen ? [`--id=${chosen}`] : [])], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) return [];
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [name, memory] = line.split(', ');
      return { name, memoryMiB: Number(memory) };
    });
}
