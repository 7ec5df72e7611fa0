type Variables = Readonly<Record<string, string | undefined>>;

/** Variables of the environment; one that is set to nothing is as one that is not set. */
export function variablesOf(environment: Variables): Variables {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** What the launchers of MPI tell a process of: that of Open MPI, that of MPICH and its kin, and PMIx, as in Slurm. */
const MARKS = ['OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'PMI_RANK', 'PMIX_RANK'] as const;

/** Whether a launcher of MPI started this process. */
export function isLaunched(variables: Variables): boolean {
  return MARKS.some((name) => variables[name] !== undefined);
}

/** How many processes the launcher started; null where it does not tell. Slurm tells, with MPI or without. */
export function launchedSize({ OMPI_COMM_WORLD_SIZE, PMI_SIZE, SLURM_STEP_NUM_TASKS }: Variables): number | null {
  const size = Number(OMPI_COMM_WORLD_SIZE ?? PMI_SIZE ?? SLURM_STEP_NUM_TASKS);
  return Number.isInteger(size) && size > 0 ? size : null;
}

const LIBRARIES: Readonly<
  Partial<Record<NodeJS.Platform, { readonly [kind in 'abi' | 'openmpi' | 'mpich']: string[] }>>
> = {
  linux: { abi: ['libmpi_abi.so.1'], openmpi: ['libmpi.so.40'], mpich: ['libmpi.so.12', 'libmpich.so.12'] },
  darwin: { abi: ['libmpi_abi.1.dylib'], openmpi: ['libmpi.40.dylib'], mpich: ['libmpi.12.dylib'] },
};
const HOMEBREW = '/opt/homebrew/lib/';

/**
 * The libraries to try, in order. A process that one MPI launched is alone in another: where several are installed, that of
 * the launcher comes first.
 */
export function librariesOf(variables: Variables, platform: NodeJS.Platform): string[] {
  const known = LIBRARIES[platform];
  if (known === undefined) return [];
  const { abi, openmpi, mpich } = known;
  const isOpenMpi = variables.OMPI_COMM_WORLD_SIZE !== undefined;
  const isMpich = !isOpenMpi && variables.PMIX_RANK === undefined;
  const own = isMpich ? [...mpich, ...openmpi] : [...openmpi, ...mpich];
  const names = isOpenMpi ? [...own, ...abi] : [...abi, ...own];
  return platform === 'darwin' ? names.flatMap((name) => [name, HOMEBREW + name]) : names;
}
