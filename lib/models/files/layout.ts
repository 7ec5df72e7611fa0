import { checkOneOf } from '../../check';
import { restated, unsupported } from '../../errors';
import type { LayoutOptions } from '../../model_options';
import type { FormatName } from '../../saving/format';
import { isSameFormat } from '../../saving/formats';
import type { Layout } from '../../saving/named_weights';

/** Errors: `ERR_UNSUPPORTED` for a layout that files of the format do not have. */
export function checkLayout({ layout = 'keras' }: LayoutOptions, format: FormatName): Layout {
  const known = checkOneOf(layout, 'layout', ['keras', 'torch']);
  if (known === 'keras' || isSameFormat(format, 'safetensors')) return known;
  throw unsupported('layout', `'keras' for the format '${format}'`, layout, 'Others are those of safetensors.');
}

/** Sets weights; an error for those that do not fit says that they are another model's. */
export function sayingWhose(format: FormatName, set: () => void): void {
  try {
    set();
  } catch (error) {
    if ((error as Error & { readonly code?: string }).code !== 'ERR_SHAPE_MISMATCH') throw error;
    const fix = isSameFormat(format, 'safetensors') ? " Those of PyTorch need `layout: 'torch'`." : '';
    throw restated(error, (message) => `${message} The file is that of another model.${fix}`);
  }
}
