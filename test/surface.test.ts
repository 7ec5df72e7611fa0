import * as gemsbok from 'gemsbok';
import t from 'tap';
import type ts from 'typescript';
import { openTypeChecker, textOf } from './helpers/type_checker';

/** Classes that users make instances of or get them. */
const CLASSES = Object.entries(gemsbok).flatMap(([name, value]) => {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)) ? [name] : [];
});

const checker = openTypeChecker(__dirname);

/** What completion shows on instances of these classes; `#private` and symbols are not to be typed. */
function membersOf(classes: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const lines = classes.map((name, i) => `export declare const one${i}: InstanceType<typeof g.${name}>;`);
  const { program, source } = checker.programOf(["import type * as g from 'gemsbok';", ...lines]);
  const types = program.getTypeChecker();
  const module = types.getSymbolAtLocation(source) as ts.Symbol;
  return new Map(
    types.getExportsOfModule(module).map((one, i) => {
      const members = types.getPropertiesOfType(types.getTypeOfSymbolAtLocation(one, source));
      const names = members.map(({ name }) => name).filter((name) => /^[a-z]/.test(name));
      return [classes[i] ?? '', names.sort()];
    }),
  );
}

t.test('no property that a class does not have can be set in TypeScript', async (t) => {
  t.ok(CLASSES.length > 150);
  const uses = CLASSES.map((name) => `(null as unknown as InstanceType<typeof g.${name}>).trainabel = false;`);
  const errors = checker.errorsOf(["import type * as g from 'gemsbok';", ...uses]);
  const silent = uses.filter(
    (use) => !errors.some((error) => error.startsWith(`${use}: Property 'trainabel' does not exist`)),
  );
  t.strictSame(silent, []);
  const known = checker.errorsOf([
    "import { Sequential, Dense } from 'gemsbok';",
    'new Sequential().trainable = false;',
    'new Dense({ units: 1 }).trainable = false;',
  ]);
  t.strictSame(known, []);
});

/** What a user may see, by the names that Keras has for it or the documentation gives. */
const LAYER =
  'addWeight apply backward build built call className computeOutputShape countParams forward getConfig getWeights ' +
  'inputShape name output outputShape setWeights supportsMasking trainable variables';
const MODEL =
  `${LAYER} compile evaluate fit getLayer inputGradients inputNames inputs iterations layers loadWeights lossAndGradients optimizer ` +
  'outputNames outputs predict predictOnBatch predictSync save saveWeights share stopTraining summary testOnBatch toBytes toJSON trainOnBatch';
const LOSS = 'call compute dtype getConfig gradient name reduction valueAndGradient valueAndGradientOf';
const OPTIMIZER =
  'apply clipnorm clipvalue countParams emaMomentum emaOverwriteFrequency excludeFromWeightDecay ' +
  'finalizeVariableValues getConfig getWeights globalClipnorm gradientAccumulationSteps isScheduled iterations ' +
  'learningRate learningRateAt lossScaleFactor name scaleLoss setWeights updateStep useEma weightDecay';
const METRIC = 'direction dtype getConfig name resetState result';

const SHOWN: Readonly<Record<string, string>> = {
  Sequential: `${MODEL} add pop`,
  Model: MODEL,
  Layer: LAYER,
  Dense:
    `${LAYER} activation activityRegularizer biasConstraint biasInitializer biasRegularizer kernelConstraint ` +
    'kernelInitializer kernelRegularizer units useBias',
  Flatten: `${LAYER} dataFormat`,
  Dropout: `${LAYER} noiseShape rate seed`,
  Add: LAYER,
  Input: `${LAYER} dtype shape`,
  SymbolicTensor: 'layer shape',
  Loss: LOSS,
  MeanSquaredError: LOSS,
  Huber: `${LOSS} delta`,
  SparseCategoricalCrossentropy: `${LOSS} fromLogits`,
  Optimizer: OPTIMIZER,
  SGD: `${OPTIMIZER} momentum nesterov`,
  Adam: `${OPTIMIZER} amsgrad beta1 beta2 epsilon`,
  Metric: METRIC,
  Mean: `${METRIC} updateState`,
  BinaryAccuracy: `${METRIC} threshold updateState`,
  'metrics.MeanSquaredError': `${METRIC} updateState`,
  Constraint: 'apply getConfig',
  NonNeg: 'apply getConfig',
  Regularizer: 'compute getConfig gradient',
  L2: 'compute getConfig gradient l2',
  Initializer: 'compute getConfig initialize',
  Zeros: 'compute getConfig initialize',
  LearningRateSchedule: 'at getConfig',
  Dataset: 'batch cache filter isBatched map prefetch repeat shard shuffle skip take zip',
  Tensor: 'data dtype item shape toArray toJSON toString',
};

t.test('completion shows what users need, and nothing of how it is done', async (t) => {
  const members = membersOf(Object.keys(SHOWN));
  for (const [name, shown] of Object.entries(SHOWN)) {
    t.strictSame(members.get(name), shown.split(' ').sort(), name);
  }
});

/** What the library's classes call each other by. */
const MACHINERY = new Set(
  (
    'cloning setStored swapAverages setAveragesToWeights hasAverages readsAverages compiledMetrics topology compilation ' +
    'batchPredictor predicted summarized checkIdle claim release trace traceValues toNative buildFor takesList inputCount shapeAfter ' +
    'createVariables ownConfig moveInto moveOut checked write home entry target targetFix masks spec parameters toRows ' +
    'checkShapes checkPredictions checkTargets attach restore beginning memoryFor learningRates rule resultOf ' +
    'countsByMask passes view constrained nextSeed isFlat weightDecayOf'
  ).split(' '),
);

t.test('no class shows the machinery of its family', async (t) => {
  for (const [name, members] of membersOf([...CLASSES, 'layers.Variable'])) {
    t.strictSame(
      members.filter((member) => MACHINERY.has(member)),
      [],
      name,
    );
  }
});

t.test('the declarations compile by themselves', async (t) => {
  const strict = openTypeChecker(__dirname, { skipLibCheck: false });
  const { program } = strict.programOf([
    "export * from 'gemsbok';",
    "export * as plots from 'gemsbok/plots';",
    "export * as serving from 'gemsbok/serving';",
  ]);
  const files = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'));
  t.ok(files.length > 100);
  for (const file of files) t.strictSame(program.getSemanticDiagnostics(file).map(textOf), [], file.fileName);
});

t.test('models are typed by their inputs and outputs', async (t) => {
  const head = [
    "import { Dense, Input, Model, loadModel, type layers, type SymbolicTensor, type Tensor } from 'gemsbok';",
    'const [left, right] = [new Input({ shape: [2] }), new Input({ shape: [3] })];',
    'const [one, two] = [new Dense({ units: 1 }).apply(left), new Dense({ units: 2 }).apply(right)];',
    'const single = new Model({ inputs: left, outputs: one });',
    'const pair = new Model({ inputs: [left, right], outputs: [one, two] });',
    'const list: SymbolicTensor[] = [one, two];',
    'const many = new Model({ inputs: [left, right], outputs: list });',
    'const [p, q] = pair.predictSync([[[1, 2]], [[1, 2, 3]]]);',
    'export const data: Float32Array[] = [p.data, q.data, single.predictSync([[1, 2]]).data];',
    'export const later: Promise<[Tensor, Tensor]> = pair.predict([[[1, 2]], [[1, 2, 3]]]);',
    'export const all: Tensor[] = many.predictSync([[[1, 2]], [[1, 2, 3]]]);',
    'export const shapes: layers.BatchShape[] = [single.inputShape, single.outputShape, pair.inputShape[1], pair.outputShape[0]];',
    "export const loaded: Promise<Float32Array> = loadModel('a').then((model) => model.predict([[1]])).then(({ data }) => data);",
    "export const both = loadModel<Model<[SymbolicTensor, SymbolicTensor]>>('b').then((model) => model.predictSync([[1]])[1].data);",
    'export const again: Float32Array = Model.fromConfig(single.getConfig() as never).predictSync([[1, 2]]).data;',
    "export const asIs: Promise<Model> = loadModel('c').then((model) => model as Model);",
  ];
  t.strictSame(checker.errorsOf(head), []);
  const wrong = ['pair.predictSync([[1]])[2];', 'pair.predictSync([[1]]).data;', 'single.outputShape[0][0];'];
  const errors = checker.errorsOf([...head, ...wrong]);
  for (const line of wrong)
    t.ok(
      errors.some((error) => error.startsWith(line)),
      line,
    );
});
