import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.js';
import { findProblem } from './custom-variables.js';
import { readSystemVariables } from './read-system-variables.js';
import { SystemVariablesDto } from './system-variables.dto.js';

const properties = [
  'bucket',
  'object',
  'etag',
  'size',
  'mimeType',
  'imageHeight',
  'imageWidth',
  'imageFormat',
  'crc64',
  'contentMd5',
  'vpcId',
  'clientIp',
  'requestId',
  'operation',
] as const;

/** Texts about as long as the limits, digits about as many, and whatever comes. */
const text = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 20 }),
  fc.stringMatching(/^[0-9A-F-]{0,66}$/),
  fc.stringMatching(/^\d{0,21}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{21,23}={0,2}$/),
  fc.constantFrom('9007199254740991', '9007199254740992', '2147483647', '2147483648', '-1', '1e3'),
  fc
    .tuple(
      fc.constantFrom('a', '图', '😀', '\n', 'é'),
      fc.constantFrom(31, 32, 33, 63, 64, 65, 128, 129, 341, 342, 1023, 1024, 1025),
    )
    .map(([character, count]) => character.repeat(count)),
);
/** Few at a time, since one that is refused hides what becomes of the others. */
const texts = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...properties), text), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  .map((entries) => new Map(entries));

describe('readSystemVariables', () => {
  it('says of any values what the validators of the DTO say', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const slow = plainToInstance(SystemVariablesDto, {
          bucket: '',
          object: '',
          ...Object.fromEntries(given),
        });
        const problem = findProblem(slow);
        const read = readSystemVariables(given);
        expect(read).toEqual(problem ? { ok: false, problem } : { ok: true, system: slow });
        if (read.ok) expect(read.system).toBeInstanceOf(SystemVariablesDto);
      }),
      { numRuns: 500 },
    );
  });
});
