import type { Model } from '../layers/model.js';
import { readsWait } from '../ops/operation.js';
import { type Random, random, randomFromState } from '../random.js';
import { type Batch, disposeBatch, type Task } from '../tasks/task.js';
import type { DataPosition } from './batches.js';
import { diagnose } from './diagnose.js';
import { adamW, type Optimizer } from './optimizer.js';
import type { RunHandling, RunOptions } from './options.js';
import { recalibrate } from './recalibrate.js';
import { bestEvaluation, hasStalled, modelStepOf, type Run, type StepEvent } from './run.js';
import type { RunConfig } from './run-config.js';
import { type RunFolder, type RunState, runFolder } from './run-folder.js';
import { cosine, type Schedule } from './schedule.js';
import { snapshot } from './snapshot.js';
import { NotFiniteError, notFinite, readSteps, type StepResult, type TakenStep, takeStep } from './step.js';
import { validate } from './validate.js';

/** Milliseconds between two checkpoints, unless the options count steps. */
const CHECKPOINT_INTERVAL = 5 * 60_000;

/** Steps whose numbers are read together where a read waits for a device. */
const READ_EVERY = 10;

/** A step that was taken and is not on record yet. */
interface Pending {
  taken: TakenStep;
  /** Of the data after it. */
  position: DataPosition;
  learningRate: number;
  begun: number;
}

/** null where there is no right and wrong. */
function share(correct: number, examples: number): number | null {
  return Number.isFinite(correct) ? correct / examples : null;
}

const noTally = (): RunState['tally'] => ({ loss: 0, correct: 0, examples: 0 });

/** A run between its steps: what `train` drives. Begins anew, or where the folder's checkpoint stands. */
export class Session {
  readonly run: Run;
  readonly #optimizer: Optimizer;
  readonly #schedule: Schedule;
  readonly #folder?: RunFolder;
  readonly #begun: number = performance.now();
  #state: Omit<RunState, 'optimizer' | 'masks'>;
  #masks: Random;
  #saved: number = this.#begun;
  readonly #readEvery: number;
  #pending: Pending[] = [];
  /** Records that `events` has given. */
  #reported = 0;
  /** State of the source of the batches that running statistics are taken over: the same each time. */
  readonly #recalibration: readonly number[];
  /** Puts back the weights of the best evaluation, where no folder keeps them. */
  #restoreBest: () => void = () => {};

  constructor(
    private readonly model: Model,
    private readonly task: Task,
    private readonly settings: RunOptions,
    private readonly handling: RunHandling,
    config: RunConfig,
  ) {
    const source = random(settings.seed);
    const position = { epoch: 1, batches: 0, order: source.fork().state() };
    this.run = {
      options: settings,
      steps: [],
      epochs: [],
      seconds: 0,
      aborted: false,
      stopped: false,
      modelStep: 0,
    };
    this.#optimizer = adamW(model, {
      learningRate: settings.learningRate,
      weightDecay: settings.weightDecay,
    });
    this.#schedule = cosine({ steps: settings.steps, warmup: settings.warmup });
    this.#masks = source.fork();
    this.#recalibration = source.fork().state();
    this.#state = { step: 0, evaluations: 0, position, tally: noTally(), seconds: 0 };
    const { folder, resume = false } = handling;
    this.#readEvery = handling.readEvery ?? (readsWait() ? READ_EVERY : 1);
    if (folder === undefined) return;
    this.#folder = runFolder(folder, config, resume);
    const restored = this.#folder.restore(model);
    if (restored) {
      const { optimizer, masks, ...state } = restored.state;
      this.#optimizer.restore(optimizer);
      this.#masks = randomFromState(masks);
      this.#state = state;
      Object.assign(this.run, restored.records);
      this.#reported = this.run.steps.length;
    }
    this.#folder.begin(this.#state.step);
  }

  get position(): DataPosition {
    return this.#state.position;
  }

  get seconds(): number {
    return this.#state.seconds + (performance.now() - this.#begun) / 1000;
  }

  /** Takes one step on a batch, which is its own from then on. @param position  of the data after it */
  step(batch: Batch, position: DataPosition): void {
    const begun = performance.now();
    const taken = this.#state.step + this.#pending.length;
    const scale = this.#schedule(taken);
    const step = taken + 1;
    try {
      const { learningRate, ...options } = this.settings;
      const after = this.#pending.at(-1)?.taken;
      const taken = takeStep(this.model, batch, this.#optimizer, scale, this.#masks, step, options, after);
      this.#pending.push({ taken, position, learningRate: learningRate * scale, begun });
    } catch (error) {
      try {
        this.read();
        throw this.#kept(error, batch);
      } finally {
        disposeBatch(batch);
      }
    }
    if (this.#pending.length >= this.#readEvery || this.#isWanted(step)) this.read();
  }

  /** Puts the steps taken so far on record. @throws NotFiniteError  for the first whose numbers are not finite */
  read(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return;
    const taken = pending.map((one) => one.taken);
    try {
      const { results, failure } = readSteps(this.model, this.#optimizer, taken);
      const milliseconds = (performance.now() - pending[0].begun) / pending.length;
      results.forEach((result, i) => {
        this.#record(pending[i], result, milliseconds);
      });
      if (failure) throw this.#kept(failure, taken[results.length].batch);
    } finally {
      for (const { batch } of taken) disposeBatch(batch);
    }
  }

  #record(
    { taken: { step }, position, learningRate }: Pending,
    result: StepResult,
    milliseconds: number,
  ): void {
    const { loss, correct, examples, rate, gradientNorm, tokens } = result;
    const { tally } = this.#state;
    tally.loss += loss * examples;
    // A checkpoint writes NaN as null.
    tally.correct = (tally.correct ?? Number.NaN) + correct;
    tally.examples += examples;
    this.#state = { ...this.#state, step, position };
    this.run.steps.push({
      step,
      epoch: position.epoch,
      loss,
      accuracy: share(correct, examples),
      rate,
      gradientNorm,
      learningRate,
      tokens,
      milliseconds,
    });
  }

  /**
   * What is due after a step: evaluation, best checkpoint, checkpoint. After the last of a killed run it makes up for
   * what is missing.
   * @returns how the run ends by it, if it does
   */
  async settle(signal?: AbortSignal): Promise<'done' | 'stopped' | null> {
    const { step } = this.#state;
    const { steps, patience } = this.settings;
    if (step === 0 || this.#pending.length > 0) return null;
    const due = this.#isDue(step) && this.run.epochs.at(-1)?.step !== step;
    if (due) await this.#evaluate(signal);
    if (step === steps) return 'done';
    if (hasStalled(this.run.epochs, patience)) return 'stopped';
    if (due || this.#isCheckpoint(step)) this.save(null);
    return null;
  }

  /** Puts the weights into the model that the run leaves: behind its last checkpoint, from which it could go on. */
  leave(): void {
    const { run, model } = this;
    run.modelStep = modelStepOf(run);
    if (run.modelStep === run.steps.length) return;
    if (this.#folder) this.#folder.restoreBest(model);
    else this.#restoreBest();
  }

  /** Writes records and checkpoint. @param end  how the run ended, null while it goes on */
  save(end: StepEvent['end']): void {
    this.#saved = performance.now();
    const { seconds } = this;
    this.#folder?.save(this.model, this.#snapshot(), this.run, end === null ? undefined : { end, seconds });
  }

  /** Writes the records of a run that an error ends; the checkpoint stays where it stood. */
  async fail(): Promise<void> {
    try {
      this.read();
    } finally {
      this.#folder?.saveRecords(this.run, { end: 'failed', seconds: this.seconds });
    }
  }

  /** What was recorded since it was last asked. @param end  how the run ended: then the last step is there in any case */
  events(end: StepEvent['end']): StepEvent[] {
    const { steps, epochs } = this.settings;
    const { steps: records, epochs: evaluations } = this.run;
    const from = end === null ? this.#reported : Math.min(this.#reported, Math.max(0, records.length - 1));
    this.#reported = records.length;
    return records.slice(from).map((record, i) => ({
      ...record,
      steps,
      epochs,
      evaluation: evaluations.findLast(({ step }) => step <= record.step) ?? null,
      end: from + i === records.length - 1 ? end : null,
      modelStep: end === null || end === 'failed' ? null : modelStepOf(this.run),
    }));
  }

  /** Frees what the run holds on a device. */
  dispose(): void {
    this.#optimizer.dispose();
  }

  #isDue(step: number): boolean {
    const { evaluate, batch, steps } = this.settings;
    const every = typeof evaluate === 'number' ? evaluate : Math.ceil(this.task.train.size / batch);
    return step === steps || step % every === 0;
  }

  #isCheckpoint(step: number): boolean {
    const { checkpoint } = this.handling;
    if (checkpoint !== undefined) return step % checkpoint === 0;
    return performance.now() - this.#saved >= CHECKPOINT_INTERVAL;
  }

  /** Whether something is due after the step that needs its numbers. */
  #isWanted(step: number): boolean {
    return this.#isDue(step) || this.#isCheckpoint(step);
  }

  async #evaluate(signal?: AbortSignal): Promise<void> {
    const { model, task, settings } = this;
    const { step, position, tally } = this.#state;
    const { recalibrate: batches, microBatch: batch } = settings;
    const set = settings.evaluate === false ? undefined : task.validation.take(settings.validationExamples);
    if (batches !== false && (set || step === settings.steps)) {
      const order = randomFromState(this.#recalibration);
      await recalibrate(model, task.train, { batches, batch, random: order, signal });
    }
    const measured = set && (await validate(model, set, { batch, signal }));
    if (measured && !Number.isFinite(measured.loss)) {
      throw this.#kept(
        notFinite(`validation loss is ${measured.loss} after`, step, diagnose(model), this.#masks.state()),
      );
    }
    const record = {
      epoch: position.epoch,
      step,
      trainLoss: tally.loss / tally.examples,
      trainAccuracy: share(tally.correct, tally.examples),
      validationLoss: measured?.loss ?? null,
      validationAccuracy: measured?.accuracy ?? null,
      ...(measured?.r2 !== undefined && { validationR2: measured.r2 }),
      seconds: this.seconds,
    };
    this.run.epochs.push(record);
    this.#state = { ...this.#state, evaluations: this.run.epochs.length, tally: noTally() };
    if (bestEvaluation(this.run.epochs) !== record) return;
    if (this.#folder) this.#folder.saveBest(model, record);
    else if (settings.keep === 'best' && step < settings.steps) this.#restoreBest = snapshot(model);
  }

  #snapshot(masks: readonly number[] = this.#masks.state()): RunState {
    const optimizer = this.#optimizer.state();
    return { ...this.#state, seconds: this.seconds, optimizer, masks: [...masks] };
  }

  /** Where numbers stopped being finite, what is needed to look into it is saved, and the message says where. */
  #kept(error: unknown, batch?: Batch): unknown {
    if (!(error instanceof NotFiniteError) || !this.#folder) return error;
    const state = this.#snapshot(error.masks);
    const file = this.#folder.saveFailure(this.model, state, error.message, batch);
    return new NotFiniteError(
      `${error.message}; look into it with replay('${file}')`,
      error.step,
      error.masks,
    );
  }
}
