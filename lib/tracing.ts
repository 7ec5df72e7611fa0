import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';

/** What is traced; subscribers know the channels as `tracing:gemsbok:fit:start` and so on: see docs/serving.md. */
const CHANNELS = {
  fit: tracingChannel<unknown, object>('gemsbok:fit'),
  predict: tracingChannel<unknown, object>('gemsbok:predict'),
  load: tracingChannel<unknown, object>('gemsbok:load'),
  save: tracingChannel<unknown, object>('gemsbok:save'),
  batch: tracingChannel<unknown, object>('gemsbok:batch'),
};

/** Does the work; who listens is told when it begins and ends. */
export function traced<T>(name: keyof typeof CHANNELS, context: object, work: () => Promise<T>): Promise<T> {
  const channel = CHANNELS[name];
  return isHeard(channel) ? (channel.tracePromise(work, context) as Promise<T>) : work();
}

function isHeard({ start, end, asyncStart, asyncEnd, error }: TracingChannel<unknown, object>): boolean {
  return [start, end, asyncStart, asyncEnd, error].some(({ hasSubscribers }) => hasSubscribers);
}
