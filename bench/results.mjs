// From samples to what is reported.
import { PEERS } from './peers.mjs';
import { summarize } from './statistics.mjs';

/** A run in words: who, with how many threads, what is special. */
export function labelOf({ peer, title = PEERS[peer].title, threads, note }) {
  const count = threads === 1 ? '1 thread' : `${threads} threads`;
  return [title, count, note].filter(Boolean).join(', ');
}

/** `all` in numbers. */
export const withThreads = (run, all) => ({ ...run, threads: run.threads === 'all' ? all : Number(run.threads) });

function runResult({ run, samples, error }) {
  const { key, peer, threads, scale, amount, other = false } = run;
  const result = { key, peer, threads, label: labelOf(run), scale, amount, other };
  if (error !== null || samples.length === 0) return { ...result, error: error ?? 'not measured' };
  return { ...result, ...summarize(samples), samples };
}

/** The run that the others of its case are compared with; undefined where it gave nothing. */
export const baseOf = ({ against, runs }) => runs.find(({ key, median }) => key === against && median > 0);

/** What a goal asks of one round: the result of a run, of several the best, NaN where there is none. */
function lookUp(keys, results, round) {
  return (...asked) => {
    const wrong = asked.find((key) => !keys.includes(key));
    if (wrong !== undefined) throw new Error(`A goal names ${wrong}, which its case does not run.`);
    const named = results.filter(({ key }) => asked.includes(key));
    const known = named.map(({ samples }) => samples?.[round]).filter((value) => value !== undefined);
    return known.length === 0 ? Number.NaN : Math.min(...known);
  };
}

/** A goal compares results of the same round. */
function goalResult({ sign, limit, text, unit, value }, keys, results) {
  const rounds = Math.max(1, ...results.map(({ samples }) => samples?.length ?? 0));
  const all = Array.from({ length: rounds }, (_, round) => value(lookUp(keys, results, round)));
  const values = all.filter(Number.isFinite);
  if (values.length === 0) return { sign, limit, text, unit, met: null };
  const { q1, median, q3 } = summarize(values);
  return { sign, limit, text, unit, q1, median, q3, met: sign === '≤' ? median <= limit : median >= limit };
}

export function caseResult({ name, title, unit = 's', rate, against, runs, goals }, outcomes) {
  const results = outcomes.map(runResult);
  const keys = runs.map(({ key }) => key);
  const compared = goals.map((goal) => goalResult(goal, keys, results));
  return { name, title, unit, rate, against, runs: results, goals: compared };
}

export const pointResults = (size, outcomes) => outcomes.map((outcome) => ({ size, ...runResult(outcome) }));
