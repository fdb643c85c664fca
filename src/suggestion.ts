/**
 * What elsewhere goes by other names, in small letters without `_` and `-`: the ones of PyTorch, of the state-space and the
 * spiking libraries.
 */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  learningRate: ['lr', 'eta', 'stepsize'],
  batch: ['bs', 'batchsize', 'minibatch', 'batchnorm'],
  layer: ['layernorm'],
  weightDecay: ['wd', 'l2', 'decay'],
  warmup: ['warmupsteps', 'numwarmupsteps'],
  epochs: ['nepochs', 'numepochs', 'maxepochs', 'passes'],
  steps: ['iterations', 'iters', 'maxsteps', 'updates', 'nsteps'],
  clip: ['gradclip', 'clipnorm', 'clipgradnorm', 'maxgradnorm', 'gradientclip'],
  patience: ['earlystopping', 'earlystop'],
  seed: ['randomseed', 'randomstate', 'rng'],
  H: ['hidden', 'hiddensize', 'dmodel', 'width', 'channels', 'features', 'dim'],
  N: ['state', 'statesize', 'dstate', 'nstate', 'statedim'],
  layers: ['depth', 'nlayers', 'numlayers', 'blocks'],
  classes: ['numclasses', 'nclasses', 'outputs'],
  inputs: ['input', 'inputsize', 'dinput'],
  dropout: ['pdrop', 'dropoutrate', 'droprate'],
  tau: ['beta', 'leak', 'decay', 'alpha'],
  v_th: ['thr', 'threshold', 'vthreshold', 'vth0'],
  tensorflow: ['gpu', 'cuda', 'tf'],
  tiny: ['debug', 'mini', 'test'],
  paper: ['full', 'large', 'big'],
};

/** Suggestions in one message at most. */
const MOST = 3;
/** Letters from which on a part of a name stands for it. */
const PART = 4;

/**
 * The known names that somebody may have meant: another spelling of it, one of whose letters two in five are others at most, one it
 * is a part of, or what it is called here. Nothing where nothing resembles it.
 */
export function suggestionsFor(name: string, known: readonly string[]): string[] {
  const meant = plain(name);
  // `steps` may mean `training.steps`.
  const last = (one: string): string => (name.includes('.') ? one : one.slice(one.lastIndexOf('.') + 1));
  const named = known.filter((one) => SYNONYMS[last(one)]?.includes(meant));
  const near = known
    .map((one) => ({
      one,
      distance: editDistance(meant, plain(last(one))),
      longer: Math.max(name.length, last(one).length),
    }))
    .filter(({ distance, longer }) => distance <= 0.4 * longer)
    .sort((a, b) => a.distance - b.distance);
  const nearest = near.filter(({ distance }) => distance === near[0].distance).map(({ one }) => one);
  const wholes = meant.length < PART ? [] : known.filter((one) => plain(one).includes(meant));
  return [...new Set([...nearest, ...named, ...wholes])].slice(0, MOST);
}

/** Small letters, without what parts the words. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Insertions, deletions, substitutions, and exchanges of two neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, changed));
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
