import { basename } from 'node:path';
import type { Platform } from './platform.js';
import type { Wheel } from './wheel.js';

/** What the binding's sources include, and what those headers include. */
export const HEADERS: ReadonlySet<string> = new Set(
  [
    ...['c_api', 'c_api_macros', 'tf_attrtype', 'tf_buffer', 'tf_datatype', 'tf_status'].map(inC),
    ...['tf_tensor', 'tf_tstring', 'eager/c_api'].map(inC),
    ...['tensorflow/core', 'tsl'].flatMap((place) =>
      ['ctstring', 'ctstring_internal'].map((name) => `${place}/platform/${name}.h`),
    ),
    'xla/tsl/c/tsl_status.h',
  ].map((name) => `tensorflow/include/${name}`),
);

function inC(name: string): string {
  return `tensorflow/c/${name}.h`;
}

/** @throws RangeError  unless the wheel is TensorFlow for this machine */
export function checkWheel({ path, name, tags, sizes }: Wheel, platform: Platform, gpu: boolean): void {
  const fail = (what: string, remedy: string): never => {
    throw new RangeError(`setup tensorflow: ${basename(path)} ${what} (${remedy})`);
  };
  const names = gpu ? [platform.gpu] : [platform.cpu, platform.gpu];
  if (!names.includes(name)) {
    const wanted = names.filter(Boolean).join(' or ');
    fail(`is ${name}, not ${wanted}`, `pass a wheel of ${wanted}${gpu ? ', or leave out --gpu' : ''}`);
  }
  const suits = (tag: string): boolean =>
    tag.includes(platform.system) && tag.endsWith(`_${platform.processor}`);
  if (!tags.some(suits)) {
    const machine = `${platform.system}…${platform.processor}`;
    fail(`is for ${tags.join(', ') || 'an unknown machine'}`, `this machine needs one for ${machine}`);
  }
  const missing = [...platform.libraries, ...HEADERS].find((file) => !sizes.has(file));
  if (missing) fail(`holds no ${missing}`, 'try another --version');
}

/** The libraries and headers, of everything in TensorFlow's wheel. */
export function inTensorflow({ libraries }: Platform): (name: string) => boolean {
  return (name) => libraries.includes(name) || HEADERS.has(name);
}

/** Libraries and compilers, without headers and Python, of NVIDIA's wheels. */
export function inNvidia(name: string): boolean {
  return name.startsWith('nvidia/') && !/\/include\/|\.(py|h|a)$/.test(name);
}

/** NVIDIA's wheels that TensorFlow's names, as pip takes them. */
export function nvidiaRequirements({ requires }: Wheel): string[] {
  return requires
    .filter((line) => line.startsWith('nvidia-') && line.includes('and-cuda'))
    .map((line) => line.split(';')[0].trim());
}

/** Bytes that a choice of files takes when unpacked. */
export function unpackedSize({ sizes }: Wheel, wanted: (name: string) => boolean): number {
  return [...sizes].reduce((sum, [name, size]) => (wanted(name) ? sum + size : sum), 0);
}
