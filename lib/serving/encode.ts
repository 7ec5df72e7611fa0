import { runJob } from '../files/pool';
import { type Inference, jsonOf, numbersIn, type Predictions } from '../protocols/answers';

/** What takes longer than some milliseconds to write goes to another thread. */
const MOST_HERE = 2 ** 14;

/** The JSON of an answer, or its text where that is long. */
export async function encodeAnswer(
  answer: Predictions | Inference,
): Promise<{ readonly json: object } | { readonly text: Uint8Array }> {
  if (numbersIn(answer) <= MOST_HERE) return { json: jsonOf(answer) };
  return { text: await runJob('encodeAnswer', answer, { subject: null }) };
}
