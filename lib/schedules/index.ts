export * from './classes';
export { deserialize, serialize } from './registry';
export { type DecayOptions, LearningRateSchedule } from './schedule';
