import { meanOf } from './metric';
import type { Counts } from './threshold_metric';

export const precisionOf = ({ tp, fp }: Counts): number => meanOf(tp, tp + fp);
export const recallOf = ({ tp, fn }: Counts): number => meanOf(tp, tp + fn);
export const specificityOf = ({ tn, fp }: Counts): number => meanOf(tn, tn + fp);
