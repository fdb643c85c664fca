// The library's face: every public name, and nothing else.

// Public types name Node's (AbortSignal, Buffer), which a project need not have asked for.
/// <reference types="node" preserve="true" />

export { type Activity, type ActivityOptions, activity } from './analysis/activity.js';
export type { Answers } from './analysis/answers.js';
export type { ClassAverages, ClassScore, Scores } from './analysis/class-scores.js';
export { type ComparedRun, type CompareOptions, compare } from './analysis/compare.js';
export {
  type Energy,
  energy,
  JOULES_PER_AC,
  JOULES_PER_MAC,
  type ModelEnergy,
  operationEnergy,
} from './analysis/energy.js';
export type { IntervalMethod } from './analysis/estimate.js';
export { type EvaluateOptions, evaluate, type Report } from './analysis/evaluate.js';
export type { Figure } from './analysis/figures/index.js';
export * as figures from './analysis/figures/index.js';
export type { RelativeError } from './analysis/golden/compare.js';
export { checkGolden, type GoldenResult, goldenFiles, goldenLine } from './analysis/golden/index.js';
export { type MeasureOptions, measure, type Prepared, type Times } from './analysis/measure.js';
export { type Membrane, type MembraneOptions, membrane } from './analysis/membrane.js';
export { type MembraneError, type MembraneErrorOptions, membraneError } from './analysis/membrane-error.js';
export { MEMORIES, type MemoryEnergy, type MemoryTraffic, memoryEnergy } from './analysis/memory-energy.js';
export { type NeuroBench, neurobench } from './analysis/neurobench.js';
export {
  type NetworkOperations,
  type NetworkShape,
  type Operations,
  type OperationsConfig,
  operations,
  operationsOf,
} from './analysis/operations.js';
export { type ParityReference, type ParityRow, parity, parityTable } from './analysis/parity.js';
export { type Prediction, type PredictOptions, predict, predictNumbers } from './analysis/predict.js';
export { type FilePrediction, predictFiles } from './analysis/predict-files.js';
export type { Sequence, Sequences } from './analysis/predict-input.js';
export { provenance } from './analysis/provenance.js';
export {
  type CurrentRecord,
  type LayerRecord,
  neuronSeries,
  ownValues,
  type SpikeRecord,
} from './analysis/records.js';
export {
  type ReproducedNumber,
  type Reproduction,
  type ReproductionData,
  reproduction,
} from './analysis/reproduction.js';
export { type Result, results } from './analysis/results.js';
export { resultsPage } from './analysis/results-page.js';
export { keepRecord, type RunRecord, readRecords, runRecord } from './analysis/run-record.js';
export { type LayerActivity, overallRate, type SpikeCounter, spikeCounter } from './analysis/sparsity.js';
export { activityTable, perClassTable, reportTable, runTable } from './analysis/tables.js';
export { readTestReport, type TestReport, testRun } from './analysis/test-report.js';
export {
  availableBackends,
  type BackendChoice,
  type BackendName,
  type BackendOptions,
  type Device,
  useBackend,
} from './backend/index.js';
export type { ColumnTable } from './column-table.js';
export { type CheckedFile, checkDataset } from './data/check.js';
export type { DownloadOptions } from './data/download.js';
export type { DownloadEvent } from './data/fetch-rest.js';
export { type GetEvent, type GetOptions, type GotDataset, getDataset } from './data/get.js';
export { dataFile } from './data/locate.js';
export {
  type Manifest,
  type ManifestArchive,
  type ManifestEntry,
  type ManifestFile,
  readManifest,
  type Unpack,
} from './data/manifest.js';
export { type NpyArray, type NpyData, readNpy } from './files/npy.js';
export { readNpz } from './files/npz.js';
export {
  readSafetensors,
  type Safetensors,
  type SafetensorsArrays,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsEntry,
  writeSafetensors,
} from './files/safetensors.js';
export { type LoadTorchOptions, loadTorch } from './files/torch/load.js';
export { readWav, type Wav } from './files/wav.js';
export { writeWav } from './files/wav-write.js';
export { type Comm, openComm, registerComm } from './jupyter/comm.js';
export { type DisplayOptions, display, html, image, json, md, svg } from './jupyter/display.js';
export { type InputOptions, input } from './jupyter/input.js';
export type { Displayable } from './jupyter/mime.js';
export type { MimeBundle } from './jupyter/output.js';
export type { NormOptions, SpikingSSMConfig, SpikingSSMOptions } from './layers/config.js';
export type { InputKind, Pool } from './layers/heads.js';
export { type S4dInit, s4dInits } from './layers/init.js';
export type { ApplyOptions, LossHead, Model, ParameterGroup, Probe } from './layers/model.js';
export { type NormKind, type NormLayer, normLayer } from './layers/norm.js';
export { type S4dLayer, type S4dOptions, s4dLayer } from './layers/s4d.js';
export {
  type BlockApplyOptions,
  type BlockState,
  type BlockStepParameters,
  type SpikingBlock,
  type SpikingBlockOptions,
  spikingBlock,
  type Threshold,
} from './layers/spiking-block.js';
export { type SpikingSSM, type SpikingSSMState, spikingSSM } from './layers/spiking-ssm.js';
export type { AdaptiveOptions } from './layers/vocabulary-parts.js';
export {
  gelu,
  lif,
  type Neuron,
  type NeuronLayer,
  type NeuronName,
  neurons,
  type SdnOptions,
  type Surrogate,
  type SurrogateName,
  sdn,
  sdnSpike,
  surrogates,
} from './neurons/index.js';
export type { SdnTarget } from './neurons/sdn-weights.js';
export * as ops from './ops/index.js';
export type { Origin } from './provenance.js';
export { type Random, random, randomFromState } from './random.js';
export { type Ablation, psmnistAblation } from './recipes/ablation.js';
export {
  ownRecipe,
  type Recipe,
  type RecipeName,
  type Recipes,
  recipes,
  recipeTasks,
  releasedPostNorm,
  type Scale,
} from './recipes/index.js';
export { notebookScale } from './recipes/scale.js';
export { type RepeatOptions, repeat, type StoredResult } from './sweep/store.js';
export type { ThresholdRecord, TrialConfig, TrialLayer, TrialResult } from './sweep/trial.js';
export {
  type Fingerprint,
  type FingerprintOptions,
  fingerprint,
  type SetFingerprint,
} from './tasks/fingerprint.js';
export type {
  ArchiveOptions,
  ArrayNames,
  ArrayOptions,
  BackgroundTask,
  ContourLength,
  CsvOptions,
  DvsGestureOptions,
  Example,
  Features,
  FromPathOptions,
  ImageOptions,
  ListopsOptions,
  Missing,
  MnistOptions,
  OwnOptions,
  OwnTask,
  PathfinderOptions,
  PathSet,
  Preparation,
  RetrievalOptions,
  SequencesOptions,
  SetName,
  Source,
  SpeechCommandsOptions,
  SplitCounts,
  TextFileOptions,
  TextFileTask,
  TextOptions,
  Unit,
  WavFolderOptions,
  WikitextOptions,
} from './tasks/index.js';
export * as tasks from './tasks/index.js';
export {
  type Batch,
  type BatchOptions,
  type Dataset,
  disposeBatch,
  type Targets,
  type Task,
} from './tasks/task.js';
/** tfjs as this package uses it: tensors for `model.apply`, neurons of one's own. */
export * as tf from './tf.js';
export {
  type Checkpoint,
  type CheckpointExtra,
  loadCheckpoint,
  readCheckpoint,
  saveCheckpoint,
} from './train/checkpoint.js';
export { clipGradients } from './train/clip.js';
export { type Band, type Curve, curveOf, expectedBand, shippedCurve, watchCurve } from './train/curve.js';
export { type CurveRun, curveRun } from './train/curve-run.js';
export { type DiagnoseOptions, diagnose, type Extent, extents } from './train/diagnose.js';
export type { LoadOptions, SavedModel } from './train/fill-model.js';
export type { LossOptions } from './train/gradients.js';
export { bitsPerCharacter, perplexity } from './train/language.js';
export {
  findLearningRate,
  type LearningRateOptions,
  type LearningRateSearch,
} from './train/learning-rate.js';
export { type LoadModelOptions, loadModel, loadRun } from './train/load-model.js';
export { train } from './train/loop.js';
export type { LossTerms } from './train/loss.js';
export {
  loadOfficialState,
  type OfficialTarget,
  officialState,
  saveTorch,
} from './train/official-state.js';
export { type AdamWOptions, adamW, type Optimizer, type OptimizerState } from './train/optimizer.js';
export type { RunHandling, RunOptions, TrainOptions } from './train/options.js';
export { gradients, type ParameterGradients } from './train/parameter-gradients.js';
export { type ProgressOptions, progress } from './train/progress.js';
export type { ProgressStream } from './train/progress-view.js';
export { readRun, type StoredRun } from './train/read-run.js';
export { type Replay, replay } from './train/replay.js';
export { bestEvaluation, type EpochRecord, type Run, type StepEvent, type StepRecord } from './train/run.js';
export type { RunConfig } from './train/run-config.js';
export { type CosineOptions, cosine, type Schedule } from './train/schedule.js';
export { type FusedWeights, type SdnAccuracy, sdnReport } from './train/sdn/report.js';
export { type SdnEpoch, type TrainedSdn, type TrainSdnOptions, trainSDN } from './train/sdn/train.js';
export { tensorboard, writeTensorboard } from './train/tensorboard.js';
export { type TrainedOn, trainedOn } from './train/trained-on.js';
export { type ValidateEvent, type ValidateOptions, type Validation, validate } from './train/validate.js';
