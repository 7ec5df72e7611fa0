import t from 'tap';
import { errorClass } from './helpers/misuse';
import { HARMLESS, LIMITS } from './sizes.cases';

t.test('what is too large is refused', async (t) => {
  for (const [what, call, code] of LIMITS) {
    await t.rejects(async () => call(), { code, message: /^Expected / }, what);
    await t.rejects(async () => call(), errorClass(code), what);
  }
});

t.test('what only sounds large is done', async (t) => {
  for (const [what, call] of HARMLESS) await t.resolves(async () => call(), what);
});
