/** The number that 16 bits of IEEE 754 half precision (float16) stand for; every one is a float32 exactly. */
export function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float16 as float32. */
export function widenedHalf(bytes: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(bytes), fromHalf);
}

/** bfloat16 as float32, whose upper half it is. */
export function widenedBfloat16(bytes: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer);
}
