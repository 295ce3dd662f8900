import 'reflect-metadata';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCallbackBody } from '../protocol/callback/callback-body.js';
import { readCallbackVariables } from './read-callback-body.js';
import { SystemVariablesDto } from './system-variables.dto.js';

const needed = 'bucket=b&object=o';

function read(body: string) {
  const parsed = parseCallbackBody(Buffer.from(body));
  if (!parsed.ok) throw new Error(parsed.problem);
  return readCallbackVariables(parsed.values);
}

/** Of a DTO, what has a value. */
const present = (dto: object) =>
  Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined));

function readOk(body: string) {
  const result = read(body);
  if (!result.ok) throw new Error(result.problem);
  return result;
}

describe('readCallbackVariables', () => {
  const etag = 'D41D8CD98F00B204E9800998ECF8427E';
  const full = {
    bucket: 'photos',
    object: 'a/文.png',
    etag,
    size: '0',
    mimeType: 'image/png',
    'imageInfo.height': '2',
    'imageInfo.width': '1',
    'imageInfo.format': 'png',
    crc64: '18446744073709551615',
    contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==',
    vpcId: '1',
    clientIp: '2001:db8::1',
    reqId: '5B9CDDCC9D2B0CA88AE2BEA1',
    operation: 'PutObject',
  };
  const expected = {
    bucket: 'photos',
    object: 'a/文.png',
    etag,
    size: 0,
    mimeType: 'image/png',
    imageHeight: 2,
    imageWidth: 1,
    imageFormat: 'png',
    crc64: '18446744073709551615',
    contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==',
    vpcId: '1',
    clientIp: '2001:db8::1',
    requestId: '5B9CDDCC9D2B0CA88AE2BEA1',
    operation: 'PutObject',
  };

  it('sorts system variables, custom variables and the ticket', () => {
    const body = new URLSearchParams({ ...full, 'x:user_id': '7', note: 'n', 'x:ticket': 'T' });
    const result = readOk(body.toString());
    expect(result.system).toBeInstanceOf(SystemVariablesDto);
    expect(present(result.system)).toEqual(expected);
    expect({ ...result.variables }).toEqual({ userId: '7' });
    expect({ ...result.others }).toEqual({ note: 'n' });
    expect(result.ticket).toBe('T');
  });

  it('takes empty values as none, in all their writings', () => {
    for (const body of [
      `${needed}&imageInfo.width=&vpcId=&x:a=`,
      '{"bucket":"b","object":"o","imageInfo.width":"","vpcId":null,"x:a":""}',
      '{"bucket":"b","object":"o","imageInfo.width":"null","vpcId":,"x:a":}',
    ]) {
      const result = readOk(body);
      expect(present(result.system)).toEqual({ bucket: 'b', object: 'o' });
      expect(Object.keys(result.variables)).toEqual([]);
      expect(result.ticket).toBeUndefined();
    }
  });

  it('leaves bucket and object empty where the body does not name them', () => {
    expect(present(readOk('size=1').system)).toEqual({ bucket: '', object: '', size: 1 });
  });

  it('keeps the word null where it may be a text', () => {
    const result = readOk(`${needed}&x:a=null&mimeType=null`);
    expect({ ...result.variables }).toEqual({ a: 'null' });
    expect(result.system.mimeType).toBe('null');
  });

  it("understands the names of the vendor's samples, unless the body uses the variable's own", () => {
    const sample = readOk('bucket=b&filename=a%2Fb.png&size=5&height=221&width=396&format=png');
    expect(present(sample.system)).toEqual({
      bucket: 'b',
      object: 'a/b.png',
      size: 5,
      imageHeight: 221,
      imageWidth: 396,
      imageFormat: 'png',
    });
    const both = readOk(`${needed}&filename=mine.png&imageInfo.width=&width=7`);
    expect(both.system).toMatchObject({ object: 'o' });
    expect(both.system.imageWidth).toBeUndefined();
    expect({ ...both.others }).toEqual({ filename: 'mine.png', width: '7' });
  });

  it('takes names as they are declared, before any other meaning', () => {
    const names = new Map([
      ['filename', 'x:original_name'],
      ['key', 'object'],
      ['w', 'imageInfo.width'],
    ]);
    const parsed = parseCallbackBody(Buffer.from('bucket=b&key=o&filename=f&w=3&width=9'));
    const result = parsed.ok ? readCallbackVariables(parsed.values, names) : parsed;
    expect(result).toMatchObject({
      ok: true,
      system: { object: 'o', imageWidth: 3 },
      variables: { originalName: 'f' },
      others: { width: '9' },
    });
  });

  it('writes an ETag as the package does', () => {
    const body = `${needed}&etag=%22${etag.toLowerCase()}-3%22`;
    expect(readOk(body).system.etag).toBe(`${etag}-3`);
  });

  it.each([
    [`${needed}&size=-1`, 'size'],
    [`${needed}&size=1.5`, 'size'],
    [`${needed}&size=x`, 'size'],
    [`${needed}&size=0x10`, 'size'],
    [`${needed}&size=1e3`, 'size'],
    [`${needed}&size=%201`, 'size'],
    [`${needed}&size=9007199254740993`, 'size'],
    [`${needed}&size=${'9'.repeat(400)}`, 'size'],
    [`${needed}&imageInfo.width=2147483648`, 'imageWidth'],
    [`${needed}&imageInfo.height=2147483648`, 'imageHeight'],
    [`${needed}&etag=x`, 'etag'],
    [`${needed}&crc64=-1`, 'crc64'],
    [`${needed}&crc64=${'1'.repeat(21)}`, 'crc64'],
    [`${needed}&contentMd5=x`, 'contentMd5'],
    [`${needed}&reqId=${'x'.repeat(65)}`, 'requestId'],
    [`bucket=b&object=${'x'.repeat(1024)}`, 'object'],
    [`bucket=b&object=${'文'.repeat(342)}`, 'object'],
  ])('refuses %s for its %s, which no column would take', (body, property) => {
    expect(read(body)).toEqual({ ok: false, problem: expect.stringContaining(property) });
  });

  it('takes an object name of 1,023 bytes', () => {
    const object = '文'.repeat(341);
    expect(readOk(`bucket=b&object=${object}`).system.object).toBe(object);
  });

  it.each([`${needed}&x:user_id=1&userId=2`, `${needed}&x:a=1&a=2`])(
    'refuses %s: two names, one variable',
    (body) => {
      expect(read(body)).toEqual({
        ok: false,
        problem: expect.stringMatching(
          /^two names in the body stand for the variable "(userId|a)"$/,
        ),
      });
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then'])(
    'takes a variable named %s as any other',
    (name) => {
      for (const body of [`${needed}&x:${name}=v`, `${needed}&${name}=v`]) {
        const result = readOk(body);
        expect(Object.entries({ ...result.others, ...result.variables })).toEqual([[name, 'v']]);
        expect(Object.getPrototypeOf(result.system)).toBe(SystemVariablesDto.prototype);
        expect(present(result.system)).toEqual({ bucket: 'b', object: 'o' });
      }
      expect(({} as Record<string, unknown>).v).toBeUndefined();
    },
  );

  it('answers whatever comes', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...Object.keys(full), 'filename', 'width'));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.option(fc.string({ unit: 'grapheme' }))), { maxLength: 6 }),
        (pairs) => {
          const result = readCallbackVariables(
            new Map([['bucket', 'b'], ['object', 'o'], ...pairs]),
          );
          if (result.ok) expect(result.system).toBeInstanceOf(SystemVariablesDto);
        },
      ),
    );
  });
});
