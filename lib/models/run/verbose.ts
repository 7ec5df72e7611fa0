import { invalidArgument } from '../../errors';

export function checkVerbose(verbose: unknown): number {
  if (verbose === 'auto' || verbose === true) return 1;
  if (verbose === false) return 0;
  if (verbose === 0 || verbose === 1 || verbose === 2) return verbose;
  throw invalidArgument('verbose', "0, 1, 2 or 'auto'", verbose);
}
