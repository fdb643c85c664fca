export type WavEncoding = 'pcm' | 'float' | 'mu-law' | 'A-law';

/** A sample of `width` bytes at `at`; PCM is left-justified in its bytes, so that 12 bits in two are 16 with four zeros. */
type Sample = (data: DataView, at: number) => number;

/** How a sample of so many bytes is read, in [-1, 1) but for float; undefined where there is no such sample. */
export function sampleReader(encoding: WavEncoding, width: number, little: boolean): Sample | undefined {
  if (encoding === 'mu-law' || encoding === 'A-law') {
    const table = encoding === 'mu-law' ? muLaw : aLaw;
    return width === 1 ? (data, at) => table[data.getUint8(at)] : undefined;
  }
  if (encoding === 'float') {
    if (width === 4) return (data, at) => data.getFloat32(at, little);
    return width === 8 ? (data, at) => data.getFloat64(at, little) : undefined;
  }
  if (width === 1) return (data, at) => (data.getUint8(at) - 128) / 128;
  if (width === 2) return (data, at) => data.getInt16(at, little) / 2 ** 15;
  if (width === 4) return (data, at) => data.getInt32(at, little) / 2 ** 31;
  if (!(width >= 3 && width <= 8)) return undefined;
  return (data, at) => {
    let value = data.getInt8(little ? at + width - 1 : at);
    for (let i = 1; i < width; i++) {
      value = value * 256 + data.getUint8(little ? at + width - 1 - i : at + i);
    }
    return value / 2 ** (8 * width - 1);
  };
}

/** Logarithmic companding of telephony, ITU-T G.711, in 16 bits. */
const muLaw = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const size = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return (code & 0x80 ? 0 - size : size) / 2 ** 15;
});

const aLaw = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = ((code & 0x0f) << 4) + 8;
  const size = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (code & 0x80 ? size : -size) / 2 ** 15;
});
