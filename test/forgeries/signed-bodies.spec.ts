import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CallbackVariables, OssCallback } from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { useTestApp } from '../support/test-app.js';
import { expectRefused, type Refused } from './refused.js';

let seen: unknown;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CallbackVariables() variables: object) {
    seen = variables;
    return { taken: true };
  }
}

const malformed: Refused = {
  status: 400,
  code: 'MALFORMED_BODY',
  message: 'The body of the callback cannot be read.',
  signed: true,
  reason: 'OSS signed it, but',
};
const invalid: Refused = {
  status: 403,
  code: 'TICKET_INVALID',
  message: 'The ticket is not valid.',
  signed: true,
};
const missing: Refused = {
  status: 403,
  code: 'TICKET_MISSING',
  message: 'The upload carries no ticket.',
  signed: true,
};
const tooLarge: Refused = {
  status: 413,
  code: 'BODY_TOO_LARGE',
  message: 'The body has more than 65536 bytes.',
  signed: false,
};

/** The body that OSS is made to sign, from the one that its uploader's ticket stands in. */
type Forge = (body: string) => string | Buffer;
const asJson = (
  body: string,
  change: (values: Record<string, unknown>) => unknown = (all) => all,
) => JSON.stringify(change(Object.fromEntries(new URLSearchParams(body))));
/** JSON.stringify would leave out a second name, and `__proto__`. */
const withJson = (body: string, more: string) => `${asJson(body).slice(0, -1)},${more}}`;

const bodies: [what: string, forge: Forge, refusal: Refused][] = [
  ['a name that appears twice', (body) => `${body}&size=5`, malformed],
  ['a name that appears twice, once escaped', (body) => `${body}&%73ize=6`, malformed],
  ['a second bucket', (body) => `${body}&bucket=other`, malformed],
  ['a second ticket', (body) => `${body}&x:ticket=AAAA`, malformed],
  ['a second ticket under an escaped name', (body) => `${body}&x%3Aticket=AAAA`, malformed],
  ['a variable that appears twice', (body) => `${body}&x:a=1&x:a=2`, malformed],
  ['a JSON name that appears twice', (body) => withJson(body, '"size":"6"'), malformed],
  [
    'a JSON name that appears twice, once escaped',
    (body) => withJson(body, '"\\u0073ize":6'),
    malformed,
  ],
  ['the variable __proto__', (body) => `${body}&x:__proto__=1`, invalid],
  ['the variable constructor', (body) => `${body}&x:constructor=1`, invalid],
  ['the variable prototype', (body) => `${body}&x:prototype=1`, invalid],
  ['a name with brackets', (body) => `${body}&x:__proto__[isAdmin]=1`, invalid],
  ['JSON with the variable __proto__', (body) => withJson(body, '"x:__proto__":"1"'), invalid],
  [
    'bytes that are no UTF-8',
    (body) => Buffer.concat([Buffer.from(`${body}&x:a=`), Buffer.of(0xff, 0xfe)]),
    malformed,
  ],
  ['escapes that are no UTF-8', (body) => `${body}&x:a=%ff%fe`, malformed],
  ['an overlong escape of a slash', (body) => `${body}&x:a=%c0%af`, malformed],
  ['half a surrogate pair', (body) => `${body}&x:a=%ed%a0%80`, malformed],
  ['half a surrogate pair in JSON', (body) => withJson(body, '"x:a":"\\ud800"'), malformed],
  ['half an escape in a variable', (body) => `${body}&x:a=%4`, invalid],
  ['a NUL in a value', (body) => `${body}&x:a=%00`, malformed],
  ['a NUL in a name', (body) => `${body}&x:a%00=1`, malformed],
  [
    'JSON that is nested 20,000 deep',
    (body) => withJson(body, `"x:a":${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    malformed,
  ],
  [
    'JSON with objects 10,000 deep',
    (body) => withJson(body, `"x:a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
    malformed,
  ],
  ['JSON of 100 KB', (body) => withJson(body, `"x:a":"${'a'.repeat(100_000)}"`), tooLarge],
  [
    'JSON with a number of 1,000 digits as size',
    (body) => asJson(body, (all) => all).replace('"size":"5"', `"size":${'9'.repeat(1_000)}`),
    malformed,
  ],
  [
    'JSON with 10,000 names',
    (body) => withJson(body, Array.from({ length: 5_000 }, (_, n) => `"${n}":1`).join()),
    malformed,
  ],
  ['a JSON array', (body) => `[${asJson(body)}]`, missing],
  ['two JSON objects', (body) => `${asJson(body)}{}`, malformed],
  [
    'a form with 10,000 fields',
    (body) => `${body}&${Array.from({ length: 10_000 }, (_, n) => `${n}=`).join('&')}`,
    malformed,
  ],
  ['CR LF in a variable', (body) => `${body}&x:a=1%0D%0ASet-Cookie:%20a=b`, invalid],
  ['CR LF in the object', (body) => body.replace('.txt', '.txt%0D%0AX-A:%20b'), invalid],
  ['CR LF in the ticket', (body) => body.replace('x:ticket=', 'x:ticket=%0D%0A'), invalid],
  ['CR LF in the ticket’s name', (body) => body.replace('x:ticket=', 'x:ticket%0D%0A='), missing],
  [
    'the ticket under the name of another variable',
    (body) => body.replace('x:ticket=', 'ticket='),
    missing,
  ],
];

describe('a body that OSS signed, sent to an app', () => {
  const world = useTestApp({
    controllers: [CallbackController],
    signsCallbacks: true,
  });

  it.each(bodies)('is refused with %s', async (_what, forge, refusal) => {
    const { body } = await authoriseBody(world);
    const forged = forge(body);
    const row = await expectRefused(world, () => sendCallback(world, { body: forged }), refusal);
    expect(JSON.stringify(row)).not.toContain(ticketOf(body).slice(10, 50));
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    // nothing but the forgery was wrong with it
    expect((await sendCallback(world, { body })).status).toBe(200);
  });

  it.each<[string, Forge]>([
    ['a form', (body) => `${body}&__proto__=1&constructor=2&isAdmin=1&owner=root`],
    ['JSON', (body) => withJson(body, '"__proto__":{"isAdmin":1},"isAdmin":1,"owner":"root"')],
  ])(
    'gives the app nothing of names in %s that its ticket does not cover',
    async (_what, forge) => {
      const { body, uploadId } = await authoriseBody(world);
      expect((await sendCallback(world, { body: forge(body) })).status).toBe(200);
      expect(Object.entries(seen as object)).toEqual([]);
      expect((seen as { isAdmin?: unknown }).isAdmin).toBeUndefined();
      expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
      expect(await world.audit.get(uploadId)).toMatchObject({ owner: null, variables: {} });
    },
  );
});

function ticketOf(body: string): string {
  return new URLSearchParams(body).get('x:ticket') ?? '';
}
