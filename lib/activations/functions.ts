// Every activation by its function: the registry, the names and the module's entry follow from it.
export * from './piecewise';
export { hardSilu as hardSwish } from './piecewise';
export * from './rows';
export * from './sigmoid';
export * from './smooth';
export { silu as swish } from './smooth';
