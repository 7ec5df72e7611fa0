/** Under which a model's config stands among the texts. */
export const CONFIG = 'config';
/** Between a layer's name and that of a weight. */
export const SEPARATOR = '/';
