import { describe, expect, it } from 'vitest';
import { analyseCallbackTemplate, extendCallbackTemplate } from './callback-template.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

describe('a callback body template', () => {
  it.each([
    [
      FORM,
      'filename=${object}&size=${size}&uid=${x:user_id}&app=shop',
      { filename: 'object', size: 'size', uid: 'x:user_id' },
    ],
    [
      JSON_TYPE,
      '{"k":${object},"n":${size},"w":"${imageInfo.width}","c":"${crc64}"}',
      { k: 'object', n: 'size', w: 'imageInfo.width', c: 'crc64' },
    ],
    [JSON_TYPE, '{"pic":"${imageInfo.width},${imageInfo.height}","u":${x:u}}', { u: 'x:u' }],
    [JSON_TYPE, 'filename=${object}&size=${size}', { filename: 'object', size: 'size' }],
    [FORM, 'hello', {}],
  ] as const)('is understood: %s %s', (bodyType, template, names) => {
    const analysis = analyseCallbackTemplate(template, bodyType);
    expect(analysis.ok && Object.fromEntries(analysis.names)).toEqual(names);
  });

  it.each([
    [FORM, 'a=$(object)', '${name}, not $(name)'],
    [FORM, 'a=${object', 'not closed'],
    [FORM, 'a=${objekt}', '${objekt} is not a variable of OSS'],
    [FORM, 'a=${x:userId}', 'lower case'],
    [FORM, 'a=${object}&a=${size}', '"a" appears twice'],
    [FORM, '${object}=1', '${object} is used as a name'],
    [FORM, '', 'the body is empty'],
    [JSON_TYPE, '{"a":"${object}"}', 'write ${object} without them'],
    [JSON_TYPE, '{"a":"${imageInfo.format}"}', 'write ${imageInfo.format} without them'],
    [JSON_TYPE, '{"a":"${x:a}"}', 'write ${x:a} without them'],
    [JSON_TYPE, '{"a":${crc64}}', 'write "${crc64}" in quotes'],
    [JSON_TYPE, '{"a":${object}', 'not valid JSON'],
    [JSON_TYPE, '{"a" ${object}}', 'not valid JSON'],
  ] as const)('is refused with the reason: %s %s', (bodyType, template, reason) => {
    expect(analyseCallbackTemplate(template, bodyType)).toEqual({
      ok: false,
      problem: expect.stringContaining(reason),
    });
  });

  it.each([
    [FORM, 'a=${size}', 'a=${size}&object=${object}&t=abc'],
    [JSON_TYPE, '{"a":${size}} ', '{"a":${size},"object":${object},"t":"abc"} '],
    [JSON_TYPE, '{ }', '{ "object":${object},"t":"abc"}'],
    [JSON_TYPE, 'a=${size}', 'a=${size}&object=${object}&t=abc'],
  ] as const)('takes further pairs: %s %s', (bodyType, template, extended) => {
    expect(
      extendCallbackTemplate(template, bodyType, [
        ['object', { variable: 'object' }],
        ['t', { constant: 'abc' }],
      ]),
    ).toBe(extended);
  });
});
