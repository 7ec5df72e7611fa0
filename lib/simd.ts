import { checkOneOf } from './check';
import { unsupported } from './errors';

/** What kernels are compiled for: `baseline` is what every processor of the platform has. */
const INSTRUCTION_SETS = ['AVX-512', 'AVX2', 'NEON', 'baseline'] as const;
export type InstructionSet = (typeof INSTRUCTION_SETS)[number];

/** The part of the addon that knows of instruction sets. */
export interface InstructionSets {
  info(): { readonly simds: readonly InstructionSet[] };
  /** The first call in a process decides, with '' for the best; returns what was decided. */
  useSimd(name: InstructionSet | ''): InstructionSet;
}

/** Decides by the environment variable GEMSBOK_SIMD, before any kernel runs. */
export function useInstructionSet(addon: InstructionSets): void {
  const wanted = process.env.GEMSBOK_SIMD ?? '';
  const set = wanted === '' ? '' : checkOneOf(wanted, 'GEMSBOK_SIMD', INSTRUCTION_SETS);
  const { simds } = addon.info();
  if (set !== '' && !simds.includes(set)) {
    throw unsupported('GEMSBOK_SIMD', `an instruction set that this machine has, ${simds.join(' or ')},`, set);
  }
  const used = addon.useSimd(set);
  if (set !== '' && set !== used) {
    const fix = 'A process computes with one; set the variable before it starts.';
    throw unsupported('GEMSBOK_SIMD', `${used}, which this process computes with,`, set, fix);
  }
}
