import { describe, expect, it } from 'vitest';
import {
  type CallbackRendering,
  findTemplateProblem,
  renderCallbackBody,
  templateVariables,
} from './callback-rendering.js';

const values = new Map<string, string | number | bigint>([
  ['object', 'a b/文+"\\.png'],
  ['size', 114020],
  ['crc64', 18446744073709551615n],
  ['x:a', '1'],
]);
const form = (template: string, rendering?: Partial<CallbackRendering>) =>
  renderCallbackBody(template, 'application/x-www-form-urlencoded', values, rendering);
const json = (template: string, rendering?: Partial<CallbackRendering>) =>
  renderCallbackBody(template, 'application/json', values, rendering);

describe('a form body', () => {
  it.each([
    ['o=${object}', 'o=a%20b%2F%E6%96%87%2B%22%5C.png'],
    ['s=${size}&c=${crc64}&x=${x:a}', 's=114020&c=18446744073709551615&x=1'],
    ['w=${imageInfo.width}&n=${x:none}', 'w=&n='],
    ['文=${x:a}&%24%7Bsize%7D&$size', '文=1&%24%7Bsize%7D&$size'],
    ['no placeholder', 'no placeholder'],
  ])('%s becomes %s', (template, body) => expect(form(template)).toBe(body));

  it('may write a space as plus', () => {
    expect(form('o=${object}', { space: '+' })).toBe('o=a+b%2F%E6%96%87%2B%22%5C.png');
  });
});

describe('a JSON body', () => {
  it.each([
    ['{"o":${object}}', '{"o":"a b/文+\\"\\\\.png"}'],
    ['{"s":${size},"c":"${crc64}"}', '{"s":114020,"c":"18446744073709551615"}'],
    ['{"v":${vpcId},"wh":"${imageInfo.width},${imageInfo.height}"}', '{"v":null,"wh":","}'],
    ['{"q\\"":${vpcId}}', '{"q\\"":null}'],
    ['o=${object}', 'o="a b/文+\\"\\\\.png"'],
  ])('%s becomes %s', (template, body) => expect(json(template)).toBe(body));

  it.each<[Partial<CallbackRendering>, string]>([
    [{ jsonText: 'ascii-escaped' }, '{"o":"a b/\\u6587+\\"\\\\.png","v":null,"w":""}'],
    [{ jsonSlash: 'escaped' }, '{"o":"a b\\/文+\\"\\\\.png","v":null,"w":""}'],
    [{ missingInJson: 'null' }, '{"o":"a b/文+\\"\\\\.png","v":null,"w":"null"}'],
    [{ missingInJson: 'empty' }, '{"o":"a b/文+\\"\\\\.png","v":,"w":""}'],
  ])('with %j', (rendering, body) => {
    expect(json('{"o":${object},"v":${vpcId},"w":"${imageInfo.width}"}', rendering)).toBe(body);
  });

  it('is what a genuine callback was', () => {
    const template =
      '{"name":${x:fname},"source_name":${object},"size":${size},"pic_info":"${imageInfo.width},${imageInfo.height}"}';
    const name = '2f7b2ccf30e9270ea920f1ab8a4037a546a2f0d5.jpg';
    const body = renderCallbackBody(
      template,
      'application/json',
      new Map<string, string | number>([
        ['x:fname', name],
        ['object', `1/1_hFRtDLgM_${name}`],
        ['size', 114020],
        ['imageInfo.width', 810],
        ['imageInfo.height', 539],
      ]),
    );
    expect(body).toBe(
      `{"name":"${name}","source_name":"1/1_hFRtDLgM_${name}","size":114020,"pic_info":"810,539"}`,
    );
  });
});

describe('a template', () => {
  it('names its variables in order', () => {
    expect(templateVariables('a=${size}&${x:b}=${size}$(no)')).toEqual(['size', 'x:b', 'size']);
  });

  it.each([
    ['a=${size}', undefined],
    ['a=$size&b={size}', undefined],
    ['a=$(size)', 'placeholders are written ${name}, not $(name)'],
    ['a=${size', 'a placeholder "${" is not closed'],
    ['a=${si${ze}}', 'a placeholder "${" is not closed'],
  ])('%s has the problem %s', (template, problem) => {
    expect(findTemplateProblem(template)).toBe(problem);
  });
});
