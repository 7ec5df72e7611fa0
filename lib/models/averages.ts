import type { NativeModel } from '../native';

/** Exchanges each variable and the running mean that the optimizer keeps of it. */
export function swapAverages(native: NativeModel): void {
  for (const { index, offset, size } of averagesOf(native)) {
    const weights = native.read(offset, size);
    native.write(offset, native.readState(index));
    native.writeState(index, weights);
  }
}

/** Writes each variable over its running mean. */
export function setAveragesToWeights(native: NativeModel): void {
  for (const { index, offset, size } of averagesOf(native)) native.writeState(index, native.read(offset, size));
}

function averagesOf(native: NativeModel): { readonly index: number; readonly offset: number; readonly size: number }[] {
  return native.state.flatMap(({ name, variable }, index) => {
    const found = native.variables[variable];
    return name === 'average' && found !== undefined ? [{ index, offset: found.offset, size: found.size }] : [];
  });
}
