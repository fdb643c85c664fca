import type { Model } from '../layers/model.js';
import { type Random, random, randomFromState } from '../random.js';
import { type Batch, disposeBatch, type Task } from '../tasks/task.js';
import type { DataPosition } from './batches.js';
import { diagnose } from './diagnose.js';
import { adamW, type Optimizer } from './optimizer.js';
import type { RunHandling, RunOptions } from './options.js';
import { bestEvaluation, hasStalled, type Run, type StepEvent } from './run.js';
import { runConfig } from './run-config.js';
import { type RunFolder, type RunState, runFolder } from './run-folder.js';
import { cosine, type Schedule } from './schedule.js';
import { NotFiniteError, notFinite, trainStep } from './step.js';
import { validate } from './validate.js';

/** Milliseconds between two checkpoints, unless the options count steps. */
const CHECKPOINT_INTERVAL = 5 * 60_000;

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

  constructor(
    private readonly model: Model,
    private readonly task: Task,
    private readonly settings: RunOptions,
    private readonly handling: RunHandling,
  ) {
    const source = random(settings.seed);
    const position = { epoch: 1, batches: 0, order: source.fork().state() };
    this.run = { options: settings, steps: [], epochs: [], seconds: 0, aborted: false, stopped: false };
    this.#optimizer = adamW(model, {
      learningRate: settings.learningRate,
      weightDecay: settings.weightDecay,
    });
    this.#schedule = cosine({ steps: settings.steps, warmup: settings.warmup });
    this.#masks = source.fork();
    this.#state = { step: 0, evaluations: 0, position, tally: noTally(), seconds: 0 };
    const { folder, resume = false } = handling;
    if (folder === undefined) return;
    this.#folder = runFolder(folder, runConfig(model, task, settings), resume);
    const restored = this.#folder.restore(model);
    if (restored) {
      const { optimizer, masks, ...state } = restored.state;
      this.#optimizer.restore(optimizer);
      this.#masks = randomFromState(masks);
      this.#state = state;
      Object.assign(this.run, restored.records);
    }
    this.#folder.begin(this.#state.step);
  }

  get position(): DataPosition {
    return this.#state.position;
  }

  get seconds(): number {
    return this.#state.seconds + (performance.now() - this.#begun) / 1000;
  }

  /** Takes one step on a batch and disposes it. @param position  of the data after it */
  step(batch: Batch, position: DataPosition): void {
    const { model, settings } = this;
    const begun = performance.now();
    const scale = this.#schedule(this.#state.step);
    const step = this.#state.step + 1;
    try {
      const { microBatch, clip, ratePenalty, rateTarget } = settings;
      const options = { microBatch, clip, ratePenalty, rateTarget };
      const result = trainStep(model, batch, this.#optimizer, scale, this.#masks, step, options);
      const { loss, correct, examples, rate, gradientNorm, tokens } = result;
      const { tally } = this.#state;
      tally.loss += loss * examples;
      tally.correct += correct;
      tally.examples += examples;
      this.#state = { ...this.#state, step, position };
      this.run.steps.push({
        step,
        epoch: position.epoch,
        loss,
        accuracy: correct / examples,
        rate,
        gradientNorm,
        learningRate: settings.learningRate * scale,
        tokens,
        milliseconds: performance.now() - begun,
      });
    } catch (error) {
      throw this.#kept(error, batch);
    } finally {
      disposeBatch(batch);
    }
  }

  /**
   * What is due after a step: evaluation, best checkpoint, checkpoint. After the last of a killed run it makes up for
   * what is missing.
   * @returns how the run ends by it, if it does
   */
  async settle(signal?: AbortSignal): Promise<'done' | 'stopped' | null> {
    const { step } = this.#state;
    const { steps, patience } = this.settings;
    if (step === 0) return null;
    const due = this.#isDue() && this.run.epochs.at(-1)?.step !== step;
    if (due) await this.#evaluate(signal);
    if (step === steps) return 'done';
    if (hasStalled(this.run.epochs, patience)) return 'stopped';
    const { checkpoint } = this.handling;
    const time = performance.now() - this.#saved >= CHECKPOINT_INTERVAL;
    if (due || (checkpoint === undefined ? time : step % checkpoint === 0)) this.save(null);
    return null;
  }

  /** Writes records and checkpoint. @param end  how the run ended, null while it goes on */
  save(end: StepEvent['end']): void {
    this.#saved = performance.now();
    const { seconds } = this;
    this.#folder?.save(this.model, this.#snapshot(), this.run, end === null ? undefined : { end, seconds });
  }

  event(end: StepEvent['end']): StepEvent | undefined {
    const last = this.run.steps.at(-1);
    const { steps, epochs } = this.settings;
    return last && { ...last, steps, epochs, evaluation: this.run.epochs.at(-1) ?? null, end };
  }

  #isDue(): boolean {
    const { evaluate, batch, steps } = this.settings;
    const every = typeof evaluate === 'number' ? evaluate : Math.ceil(this.task.train.size / batch);
    return this.#state.step === steps || this.#state.step % every === 0;
  }

  async #evaluate(signal?: AbortSignal): Promise<void> {
    const { model, task, settings } = this;
    const { step, position, tally } = this.#state;
    const set = settings.evaluate === false ? undefined : task.validation.take(settings.validationExamples);
    const measured = set && (await validate(model, set, { batch: settings.microBatch, signal }));
    if (measured && !Number.isFinite(measured.loss)) {
      throw this.#kept(
        notFinite(`validation loss is ${measured.loss} after`, step, diagnose(model), this.#masks.state()),
      );
    }
    const record = {
      epoch: position.epoch,
      step,
      trainLoss: tally.loss / tally.examples,
      trainAccuracy: tally.correct / tally.examples,
      validationLoss: measured?.loss ?? null,
      validationAccuracy: measured?.accuracy ?? null,
      seconds: this.seconds,
    };
    this.run.epochs.push(record);
    this.#state = { ...this.#state, evaluations: this.run.epochs.length, tally: noTally() };
    if (bestEvaluation(this.run.epochs) === record) this.#folder?.saveBest(model, record);
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
