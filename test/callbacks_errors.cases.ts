import {
  BackupAndRestore,
  CSVLogger,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  ModelCheckpoint,
  ProgbarLogger,
  ReduceLROnPlateau,
  SwapEMAWeights,
  TensorBoard,
  TerminateOnNaN,
} from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';
import { classifier, x, y } from './models.cases';

const fit = (options: object, model = classifier()): Promise<unknown> => model.fit(x, y, { verbose: 0, ...options });
const checkpoint = (options: object): unknown => new ModelCheckpoint({ filepath: 'm.keras', ...options });

/** What a call is refused with, in one line. */
type Row = readonly [what: string, call: () => unknown, code: string, message: RegExp];

const INVALID = 'ERR_INVALID_ARG';
const RANGE = 'ERR_OUT_OF_RANGE';

const ROWS: readonly Row[] = [
  [
    'an unknown option of a callback',
    () => new EarlyStopping(wrong({ patiense: 1 })),
    INVALID,
    /Did you mean `patience`/,
  ],
  ['a monitor that is no name', () => new EarlyStopping({ monitor: wrong(1) }), INVALID, /`monitor`, received 1/],
  ['an unknown mode', () => new EarlyStopping({ mode: wrong('minn') }), INVALID, /Did you mean 'min'\?/],
  ['a negative patience', () => new EarlyStopping({ patience: -1 }), RANGE, /`patience`, received -1/],
  ['half an epoch of patience', () => new EarlyStopping({ patience: 0.5 }), INVALID, /`patience`, received 0\.5/],
  ['a change that is none', () => new EarlyStopping({ minDelta: Number.NaN }), INVALID, /`minDelta`, received NaN/],
  ['a baseline that is none', () => new EarlyStopping({ baseline: wrong('0') }), INVALID, /`baseline`, received '0'/],
  ['a first epoch below 0', () => new EarlyStopping({ startFromEpoch: -1 }), RANGE, /`startFromEpoch`/],
  ['weights to restore', () => new EarlyStopping({ restoreBestWeights: wrong(1) }), INVALID, /`restoreBestWeights`/],
  ['a negative verbosity', () => new EarlyStopping({ verbose: -1 }), RANGE, /`verbose`, received -1/],
  [
    'a direction that nothing tells',
    () =>
      fit({
        callbacks: [
          { onEpochEnd: (_: number, logs: object) => void Object.assign(logs, { size: 1 }) },
          new EarlyStopping({ monitor: 'size' }),
        ],
      }),
    INVALID,
    /as `size` may be either, .*mode: 'min'/,
  ],
  ['a factor of 1', () => new ReduceLROnPlateau({ factor: 1 }), RANGE, /`factor`, received 1/],
  ['a negative factor', () => new ReduceLROnPlateau({ factor: -0.1 }), RANGE, /`factor`, received -0\.1/],
  ['a negative cooldown', () => new ReduceLROnPlateau({ cooldown: -1 }), RANGE, /`cooldown`/],
  ['a negative least rate', () => new ReduceLROnPlateau({ minLr: -1 }), RANGE, /`minLr`/],
  ['no schedule', () => new LearningRateScheduler(wrong({})), INVALID, /`schedule`, received undefined/],
  ['no options at all', () => new LearningRateScheduler(wrong(undefined)), INVALID, /`schedule`/],
  [
    'a schedule that gives no number',
    () => fit({ callbacks: new LearningRateScheduler({ schedule: wrong(() => 'fast') }) }),
    INVALID,
    /`schedule`, received 'fast'/,
  ],
  ['a checkpoint without a path', () => new ModelCheckpoint(wrong({})), INVALID, /`filepath`, received undefined/],
  [
    'a checkpoint of another kind',
    () => checkpoint({ filepath: 'm.txt' }),
    INVALID,
    /\.keras or \.h5.*received 'm\.txt'/,
  ],
  ['weights in a model file', () => checkpoint({ saveWeightsOnly: true }), INVALID, /\.weights\.h5/],
  ['zero batches between saves', () => checkpoint({ saveFreq: 0 }), RANGE, /`saveFreq`, received 0/],
  ['an unknown time to save', () => checkpoint({ saveFreq: 'batch' }), INVALID, /'epoch' or a number of batches/],
  [
    'a threshold that is none',
    () => checkpoint({ initialValueThreshold: wrong('1') }),
    INVALID,
    /`initialValueThreshold`/,
  ],
  [
    'a field that the logs have not',
    () => fit({ callbacks: checkpoint({ filepath: '{val_loss:.2f}.keras' }) }),
    INVALID,
    /`filepath`, received '\{val_loss\}'.*There are: loss, acc, epoch/,
  ],
  [
    'a format that there is not',
    () => fit({ callbacks: checkpoint({ filepath: '{loss:.2q}.keras' }) }),
    INVALID,
    /`filepath`, received '\{loss:\.2q\}'/,
  ],
  ['a single brace', () => fit({ callbacks: checkpoint({ filepath: '{epoch.keras' }) }), INVALID, /pairs of braces/],
  [
    'a model that cannot be saved',
    () => fit({ callbacks: checkpoint({}) }, Object.assign(classifier(), { save: wrong(null) })),
    'ERR_UNSUPPORTED',
    /`save`/,
  ],
  ['a log without a name', () => new CSVLogger(wrong({ filename: '' })), INVALID, /`filename`/],
  [
    'a separator of two',
    () => new CSVLogger({ filename: 'a.csv', separator: '::' }),
    INVALID,
    /one character for `separator`/,
  ],
  ['append', () => new CSVLogger({ filename: 'a.csv', append: wrong('yes') }), INVALID, /`append`/],
  ['an error to raise', () => new TerminateOnNaN({ raiseError: wrong(1) }), INVALID, /`raiseError`/],
  ['swapping', () => new SwapEMAWeights({ swapOnEpoch: wrong('no') }), INVALID, /`swapOnEpoch`/],
  ['a backup without a folder', () => new BackupAndRestore(wrong({})), INVALID, /`backupDir`/],
  ['zero batches between backups', () => new BackupAndRestore({ backupDir: 'b', saveFreq: 0 }), RANGE, /`saveFreq`/],
  [
    'a backup to keep',
    () => new BackupAndRestore({ backupDir: 'b', deleteCheckpoint: wrong(0) }),
    INVALID,
    /`deleteCheckpoint`/,
  ],
  ['a log folder without a name', () => new TensorBoard({ logDir: '' }), INVALID, /`logDir`/],
  ['a negative frequency', () => new TensorBoard({ histogramFreq: -1 }), RANGE, /`histogramFreq`/],
  [
    'an unknown frequency',
    () => new TensorBoard({ updateFreq: wrong('step') }),
    INVALID,
    /`updateFreq`, received 'step'/,
  ],
  ['pictures of weights', () => new TensorBoard({ writeImages: true }), 'ERR_UNSUPPORTED', /`writeImages`/],
  ['a profile', () => new TensorBoard({ profileBatch: 2 }), 'ERR_UNSUPPORTED', /`profileBatch`/],
  ['a stream that cannot be written to', () => new ProgbarLogger({ stream: wrong({}) }), INVALID, /`stream\.write`/],
  [
    'a hook that is none',
    () => new LambdaCallback(wrong({ onEpochEnded: () => {} })),
    INVALID,
    /Did you mean `onEpochEnd`/,
  ],
  [
    'a hook that is no function',
    () => new LambdaCallback({ onEpochEnd: wrong(1) }),
    INVALID,
    /`onEpochEnd`, received 1/,
  ],
  ['zero steps', () => fit({ stepsPerEpoch: 0 }), RANGE, /`stepsPerEpoch`, received 0/],
  ['half a step', () => fit({ stepsPerEpoch: 1.5 }), INVALID, /`stepsPerEpoch`, received 1\.5/],
  ['a validation every 0 epochs', () => fit({ validationFreq: 0 }), RANGE, /`validationFreq`, received 0/],
  ['a validation after epoch 0', () => fit({ validationFreq: [1, 0] }), RANGE, /`validationFreq\[1\]`, received 0/],
  ['validation batches of 0', () => fit({ validationBatchSize: 0 }), RANGE, /`validationBatchSize`, received 0/],
  ['zero validation steps', () => fit({ validationSteps: 0 }), RANGE, /`validationSteps`, received 0/],
  [
    'a weight of a class that is none',
    () => fit({ classWeight: { 0: wrong('2') } }),
    INVALID,
    /`classWeight\[0\]`, received '2'/,
  ],
  ['a weight of no class', () => fit({ classWeight: { zero: 1 } }), INVALID, /class indices as keys/],
  ['weights of classes in a list', () => fit({ classWeight: wrong([1, 2]) }), INVALID, /`classWeight`/],
  [
    'weights of another length in validation data',
    () => fit({ validationData: [x, y, [1]] }),
    'ERR_SHAPE_MISMATCH',
    /`validationData\.sampleWeight`/,
  ],
  ['zero steps of evaluate', () => classifier().evaluate(x, y, { steps: 0 }), RANGE, /`steps`, received 0/],
  ['a verbosity of predict', () => classifier().predict(x, { verbose: wrong(7) }), INVALID, /`verbose`, received 7/],
  ['zero steps of predict', () => classifier().predict(x, { steps: 0 }), RANGE, /`steps`, received 0/],
];

export const CALLBACKS: readonly Misuse[] = ROWS.map(([what, call, code, message]) => ({ what, call, code, message }));
