export interface WavSpec {
  /** 1 PCM, 3 float, 0xfffe extensible. */
  code?: number;
  /** The code inside an extensible format. */
  subCode?: number;
  bits?: number;
  channels?: number;
  /** Bytes a frame, default those of its bits. */
  block?: number;
  sampleRate?: number;
  /** Further chunks before the samples. */
  before?: Buffer[];
}

export function chunkOf(kind: string, data: Buffer): Buffer {
  const head = Buffer.from(`${kind}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** A WAV file of these bytes of samples. */
export function wavOf(data: Buffer, spec: WavSpec = {}): Buffer {
  const { code = 1, subCode, bits = 16, channels = 1, sampleRate = 8000, before = [] } = spec;
  const { block = (channels * bits) / 8 } = spec;
  const format = Buffer.alloc(subCode === undefined ? 16 : 40);
  format.writeUInt16LE(code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE((sampleRate * channels * bits) / 8, 8);
  format.writeUInt16LE(block, 12);
  format.writeUInt16LE(bits, 14);
  if (subCode !== undefined) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(subCode, 24);
  }
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunkOf('fmt ', format),
    ...before,
    chunkOf('data', data),
  ]);
  return chunkOf('RIFF', body);
}
