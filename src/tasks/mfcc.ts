/** How the official loader takes coefficients: torchaudio's MFCC with 20 of them, log mels, n_fft 200, 64 mels. */
const [FFT, HOP, MELS, COEFFICIENTS] = [200, 100, 64, 20];
const BINS = FFT / 2 + 1;
/** Added before the logarithm. */
const FLOOR = 1e-6;

export const MFCC_SIZE: number = COEFFICIENTS;
/** Samples between two frames. */
export const MFCC_HOP: number = HOP;
/** Bands of `logMel`. */
export const MEL_SIZE: number = MELS;
/** A recording must be longer: it is mirrored at its ends. */
export const MFCC_SHORTEST: number = FFT / 2;

/** Frames of a recording of `samples` samples: one around every 100th. */
export function mfccFrames(samples: number): number {
  return 1 + Math.floor(samples / HOP);
}

/**
 * Mel-frequency cepstral coefficients: power spectra of Hann windows of 200 samples (12.5 ms at 16 kHz), every 100
 * samples, mirrored at both ends; 64 triangular mel bands up to half the sample rate; logarithm; orthonormal cosine
 * transform, of which the first 20 are kept.
 * @param sampleRate  Hz
 * @returns           of samples [n], n > 100: coefficients [frames, 20], frame by frame
 * Formula: Davis and Mermelstein 1980, in torchaudio's conventions (mel scale of HTK, no norm of the bands).
 */
export function mfcc(sampleRate: number): (samples: Float32Array) => Float32Array {
  const tables = makeTables(sampleRate);
  return (samples) => coefficients(samples, tables);
}

/** The logarithms of the mel bands that `mfcc` transforms, a spectrogram: [frames, 64], frame by frame. */
export function logMel(sampleRate: number): (samples: Float32Array) => Float32Array {
  const tables = makeTables(sampleRate);
  return (samples) => {
    const result = new Float32Array(mfccFrames(samples.length) * MELS);
    eachFrame(samples, tables, (logs, f) => result.set(logs, f * MELS));
    return result;
  };
}

function coefficients(samples: Float32Array, tables: Tables): Float32Array {
  const { transform } = tables;
  const result = new Float32Array(mfccFrames(samples.length) * COEFFICIENTS);
  eachFrame(samples, tables, (logs, f) => {
    for (let c = 0; c < COEFFICIENTS; c++) {
      let sum = 0;
      for (let m = 0; m < MELS; m++) sum += transform[c * MELS + m] * logs[m];
      result[f * COEFFICIENTS + c] = sum;
    }
  });
  return result;
}

/** Calls `see` with the logarithms of each frame's mel bands, which are valid until the next. */
function eachFrame(
  samples: Float32Array,
  { window, cosines, sines, bands }: Tables,
  see: (logs: Float64Array, frame: number) => void,
): void {
  const frames = mfccFrames(samples.length);
  const frame = new Float64Array(FFT);
  const power = new Float64Array(BINS);
  const logs = new Float64Array(MELS);
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < FFT; i++) {
      frame[i] = window[i] * samples[mirrored(f * HOP + i - FFT / 2, samples.length)];
    }
    for (let k = 0; k < BINS; k++) {
      let [re, im] = [0, 0];
      for (let i = 0; i < FFT; i++) {
        const angle = (k * i) % FFT;
        re += frame[i] * cosines[angle];
        im -= frame[i] * sines[angle];
      }
      power[k] = re * re + im * im;
    }
    for (let m = 0; m < MELS; m++) {
      let sum = 0;
      for (let k = 0; k < BINS; k++) sum += bands[m * BINS + k] * power[k];
      logs[m] = Math.log(sum + FLOOR);
    }
    see(logs, f);
  }
}

/** Index in 0 … n - 1 of a place before or behind a recording, as in a mirror at its first and last sample. */
function mirrored(i: number, n: number): number {
  if (i < 0) return -i;
  return i < n ? i : 2 * (n - 1) - i;
}

interface Tables {
  window: Float64Array;
  cosines: Float64Array;
  sines: Float64Array;
  /** [mels, bins] */
  bands: Float64Array;
  /** [coefficients, mels] */
  transform: Float64Array;
}

function makeTables(sampleRate: number): Tables {
  const table = (n: number, of: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => of(i));
  const turn = (i: number) => (2 * Math.PI * i) / FFT;
  const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const edge = (m: number) => 700 * (10 ** ((mel(sampleRate / 2) * m) / (MELS + 1) / 2595) - 1);
  return {
    window: table(FFT, (i) => 0.5 - 0.5 * Math.cos(turn(i))),
    cosines: table(FFT, (i) => Math.cos(turn(i))),
    sines: table(FFT, (i) => Math.sin(turn(i))),
    bands: table(MELS * BINS, (i) => {
      const [m, hertz] = [Math.floor(i / BINS), ((i % BINS) * sampleRate) / FFT];
      const [low, middle, high] = [edge(m), edge(m + 1), edge(m + 2)];
      return Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)));
    }),
    transform: table(COEFFICIENTS * MELS, (i) => {
      const [c, m] = [Math.floor(i / MELS), i % MELS];
      const scale = Math.sqrt((c === 0 ? 1 : 2) / MELS);
      return scale * Math.cos((Math.PI / MELS) * (m + 0.5) * c);
    }),
  };
}
