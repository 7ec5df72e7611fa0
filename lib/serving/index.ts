export { Batcher, type BatcherOptions, type BatcherPredictOptions, type BatcherStats, type BatchInfo } from './batcher';
export { fastifyPlugin } from './fastify';
export { type Handler, handler } from './handler';
export type { ModelSource, ModelSources } from './model_store';
export { type ServeOptions, type Server, serve } from './server';
export type { HandlerOptions } from './service';
