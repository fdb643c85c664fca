/** Events of a camera: when (microseconds), where, and whether it became brighter. */
export interface Events {
  readonly count: number;
  readonly times: Float64Array;
  /** x + 128 y of each event. */
  readonly pixels: Uint16Array;
  /** 1 for brighter, 0 for darker. */
  readonly polarities: Uint8Array;
}

const END_OF_HEADER = '#!END-HEADER\r\n';
const [PACKET_HEADER, EVENT, POLARITY] = [28, 8, 1];
const SIDE = 128;

/**
 * Reads the polarity events of an AEDAT 3.1 file: a text header, then packets of a header of 28 bytes and events of 8
 * (valid 1 bit, polarity 1, y 15, x 15, time 31), little-endian. Other packets and events marked invalid are left out.
 * @param name  stands for the file in messages
 * @throws RangeError  for another format, a packet cut short, or a pixel outside 128 x 128
 * Format: iniVation, AEDAT 3.1.
 */
export function parseAedat(bytes: Buffer, name: string): Events {
  const fail = (what: string) => new RangeError(`parseAedat: ${name}: ${what}`);
  const header = bytes.indexOf(END_OF_HEADER);
  if (!bytes.subarray(0, 12).toString('latin1').startsWith('#!AER-DAT3.1') || header < 0) {
    throw fail('expected an AEDAT 3.1 file (first line #!AER-DAT3.1, a header that ends)');
  }
  const most = Math.floor((bytes.length - header) / EVENT);
  const [times, pixels, polarities] = [new Float64Array(most), new Uint16Array(most), new Uint8Array(most)];
  let count = 0;
  let at = header + END_OF_HEADER.length;
  while (at < bytes.length) {
    if (at + PACKET_HEADER > bytes.length) throw fail(`a packet's header is cut short at byte ${at}`);
    const type = bytes.readInt16LE(at);
    const size = bytes.readInt32LE(at + 4);
    const overflow = bytes.readInt32LE(at + 12);
    const events = bytes.readInt32LE(at + 20);
    const end = at + PACKET_HEADER + size * events;
    if (size < 1 || events < 0 || end > bytes.length) throw fail(`a packet is cut short at byte ${at}`);
    if (type === POLARITY) {
      if (size !== EVENT) throw fail(`expected events of ${EVENT} bytes, got ${size} at byte ${at}`);
      for (let e = at + PACKET_HEADER; e < end; e += EVENT) {
        const data = bytes.readUInt32LE(e);
        if ((data & 1) === 0) continue;
        const [y, x] = [(data >>> 2) & 0x7fff, data >>> 17];
        if (x >= SIDE || y >= SIDE) throw fail(`expected pixels of 128 x 128, got [${x}, ${y}] at byte ${e}`);
        times[count] = bytes.readInt32LE(e + 4) + overflow * 2 ** 31;
        pixels[count] = x + SIDE * y;
        polarities[count] = (data >>> 1) & 1;
        count++;
      }
    }
    at = end;
  }
  return {
    count,
    times: times.subarray(0, count),
    pixels: pixels.subarray(0, count),
    polarities: polarities.subarray(0, count),
  };
}
