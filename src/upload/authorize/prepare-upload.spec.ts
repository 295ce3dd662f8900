import 'reflect-metadata';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OssCallbackOptions } from '../../options/options.js';
import { resolveOssCallbackOptions } from '../../options/validation.js';
import { parseCallbackBody } from '../../protocol/callback/callback-body.js';
import {
  decodeCallback,
  MAX_CALLBACK_BASE64_BYTES,
} from '../../protocol/callback/callback-parameter.js';
import {
  type CallbackValue,
  renderCallbackBody,
} from '../../protocol/callback/callback-rendering.js';
import { createUploadId } from '../../ticket/upload-id.js';
import { UploadTickets } from '../../ticket/upload-tickets.js';
import { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { readCallbackVariables } from '../../variables/read-callback-body.js';
import { CallbackTargets } from '../../routes/callback-targets.js';
import type { Carrier } from './carrier.js';
import { MULTIPART } from './authorize-multipart.js';
import { POST_OBJECT } from './post-form.js';
import { PUT_OBJECT } from './presigned-put.js';
import { checkUpload, prepareUpload } from './prepare-upload.js';
import type { UploadRequest } from '../upload-request.js';

class Variables extends CustomVariablesDto {
  [name: string]: unknown;
}

const tickets = new UploadTickets(['f3a9c1d27b845e60f3a9c1d27b845e60'], ['audience']);
const bodyTypes = ['application/x-www-form-urlencoded', 'application/json'] as const;

function contextOf(options: Partial<OssCallbackOptions> = {}) {
  const resolved = resolveOssCallbackOptions(
    {
      publicUrl: 'https://api.example.com',
      buckets: {
        main: { bucket: 'photos', region: 'cn-hangzhou' },
        other: { bucket: 'videos', region: 'cn-shanghai' },
      },
      credentials: { accessKeyId: 'LTAI5tKey', accessKeySecret: 'aSecretOfTheAccount' },
      tickets: { secrets: ['f3a9c1d27b845e60f3a9c1d27b845e60'], acceptForSeconds: 60 },
      ...options,
    },
    'test',
  );
  const url = 'https://api.example.com/oss/callback';
  const avatars = { url: 'http://api.example.com/avatars', route: 'avatars' };
  const targets = new CallbackTargets(() => ({
    byName: new Map([['avatars', avatars]]),
    byDefault: [{ url, route: 'default' }],
  }));
  targets.start();
  return { options: resolved, tickets, targets };
}

function check(request: UploadRequest, carrier: Carrier, context: ReturnType<typeof contextOf>) {
  return checkUpload(request, carrier, context, createUploadId());
}

function prepare(request: Partial<UploadRequest>, callback: OssCallbackOptions['callback'] = {}) {
  const context = contextOf({ callback });
  return prepareUpload(check({ object: 'a.png', ...request }, POST_OBJECT, context), context);
}

function decode(upload: ReturnType<typeof prepare>) {
  const decoded = decodeCallback(upload.callback.callback, upload.callback.callbackVar);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded;
}

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 16 })
  .filter((value) => value.isWellFormed() && !value.includes('\0'));
const rendering = fc.record({
  jsonText: fc.constantFrom('raw' as const, 'ascii-escaped' as const),
  jsonSlash: fc.constantFrom('raw' as const, 'escaped' as const),
  missingInJson: fc.constantFrom('as-seen' as const, 'null' as const, 'empty' as const),
  space: fc.constantFrom('%20' as const, '+' as const),
});
const image: fc.Arbitrary<Record<string, CallbackValue>> = fc.record({
  'imageInfo.height': fc.nat(),
  'imageInfo.width': fc.nat(),
  'imageInfo.format': fc.constantFrom('png', 'jpg'),
});
const noImage = fc.constant<Record<string, CallbackValue>>({});

describe('what OSS makes of an upload', () => {
  it.each(bodyTypes)('is read again as it was authorised: %s', (bodyType) => {
    const property = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,6}$/).filter((name) => {
      return name !== 'ticket' && !(name in {});
    });
    fc.assert(
      fc.property(
        text.filter((object) => !/^[/\\]|(^|\/)\.\.?(\/|$)/.test(object)),
        fc.dictionary(property, text, { maxKeys: 4, noNullPrototype: true }),
        fc.oneof(image, noImage),
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.option(text, { nil: undefined }),
        rendering,
        (object, variables, imageInfo, crc64, contentMd5, rules) => {
          const given = Object.assign(new Variables(), variables);
          const upload = prepare({ object, variables: given, owner: 'me' }, { bodyType });
          const { parameter, variables: sent } = decode(upload);
          const values = new Map<string, CallbackValue>(
            Object.entries({
              bucket: 'photos',
              object,
              etag: 'D41D8CD98F00B204E9800998ECF8427E',
              size: 0,
              mimeType: 'image/png',
              crc64,
              ...(contentMd5 ? { contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==' } : {}),
              ...imageInfo,
              ...sent,
            }),
          );
          const body = renderCallbackBody(parameter.body, parameter.bodyType!, values, rules);
          const parsed = parseCallbackBody(Buffer.from(body));
          if (!parsed.ok) expect.fail(`${parsed.problem}: ${body}`);
          const read = readCallbackVariables(parsed.values);
          if (!read.ok) expect.fail(`${read.problem}: ${body}`);
          expect(read.system).toMatchObject({
            bucket: 'photos',
            object,
            size: 0,
            crc64: String(crc64),
          });
          expect(read.system.imageWidth).toBe(imageInfo['imageInfo.width']);
          expect(read.system.vpcId).toBeUndefined();
          expect({ ...read.variables }).toEqual(variables);
          const binding = { bucket: 'photos', object, variables: read.variables };
          const arrival = { path: '/oss/callback', route: 'default' };
          expect(tickets.open(read.ticket!, binding, arrival, new Date())).toEqual({
            ok: true,
            terms: upload.terms,
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('a JSON body is JSON to every reader, with all digits of crc64, of an image or not', () => {
  const { body, bodyType } = decode(prepare({}, { bodyType: 'application/json' })).parameter;
  const values = { bucket: 'photos', object: 'a', size: 5, crc64: 2n ** 64n - 1n };
  const dimensions = { 'imageInfo.height': 2, 'imageInfo.width': 1, 'imageInfo.format': 'png' };
  const read = (of: Record<string, CallbackValue>) =>
    JSON.parse(renderCallbackBody(body, bodyType!, new Map(Object.entries(of)))) as object;
  expect(read({ ...values, ...dimensions })).toMatchObject({
    ...values,
    crc64: '18446744073709551615',
    'imageInfo.height': '2',
    'imageInfo.width': '1',
    'imageInfo.format': 'png',
  });
  expect(read(values)).toMatchObject({
    size: 5,
    'imageInfo.height': '',
    'imageInfo.width': '',
    'imageInfo.format': null,
  });
});

describe('prepareUpload', () => {
  it('ends the right to start with the seconds asked for, and to report a while later', () => {
    const { signedAt, expiresAt, terms } = prepare({ expiresInSeconds: 10 });
    expect(expiresAt.getTime() - signedAt.getTime()).toBe(10_000);
    const reportable = terms.acceptUntil.getTime() - expiresAt.getTime();
    expect(reportable).toBeGreaterThanOrEqual(60_000);
    expect(reportable).toBeLessThan(61_000);
    expect(terms.acceptUntil.getTime() % 1_000).toBe(0);
  });

  it('takes the first bucket, or the one named', () => {
    expect(prepare({}).bucket).toBe('photos');
    expect(prepare({ bucket: 'other' }).ossBucket).toMatchObject({
      bucket: 'videos',
      region: 'cn-shanghai',
    });
  });

  it('calls the default route, or the one named; with SNI where that is https', () => {
    expect(decode(prepare({})).parameter).toMatchObject({
      urls: ['https://api.example.com/oss/callback'],
      sni: true,
    });
    const { parameter } = decode(prepare({ callback: 'avatars' }));
    expect(parameter.urls).toEqual(['http://api.example.com/avatars']);
    expect(parameter.sni).toBeUndefined();
    const set = decode(prepare({}, { sni: false, host: 'api.example.com' })).parameter;
    expect(set).toMatchObject({ sni: false, host: 'api.example.com' });
  });

  it.each(bodyTypes)(
    'leaves room for ten variables in %s, the most that OSS advises',
    (bodyType) => {
      const variables = new Variables();
      for (let index = 0; index < 10; index += 1) {
        variables[`variableNumber${index}`] = 'x'.repeat(30);
      }
      const upload = prepare(
        { variables, owner: 'o'.repeat(128), contentTypes: ['image/png', 'image/jpeg', 'video/*'] },
        { bodyType },
      );
      const { callback, callbackVar } = upload.callback;
      expect(callback.length).toBeLessThanOrEqual(MAX_CALLBACK_BASE64_BYTES);
      expect(callbackVar!.length).toBeLessThanOrEqual(MAX_CALLBACK_BASE64_BYTES);
    },
  );

  it.each<[string, Partial<UploadRequest>]>([
    ['"bucket" is "none"; the options have main, other', { bucket: 'none' }],
    ['"callback" is "none"', { callback: 'none' }],
    ['"variables" are too', { variables: Object.assign(new Variables(), { a: 'x'.repeat(5_000) }) }],
    ['"owner" and contentTypes make a ticket', { contentTypes: Array(60).fill('image/png') }],
    ['"contentTypes" contain "image/xxx', { contentTypes: [`image/${'x'.repeat(70_000)}`] }],
  ])('refuses what cannot be: %s', (message, request) => {
    expect(() => prepare(request)).toThrow(
      expect.objectContaining({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining(message),
      }),
    );
  }); // prettier-ignore
});

describe('sizes that no upload of its kind can have', () => {
  const GB = 1024 ** 3;
  it.each([
    [
      { maxSizeBytes: 5 * GB + 1 },
      PUT_OBJECT,
      /maxSizeBytes.*5368709121.*5368709120 by PutObject; larger/,
    ],
    [
      { minSizeBytes: 6 * GB },
      POST_OBJECT,
      /minSizeBytes.*5368709120 by PostObject; larger objects need a multipart/,
    ],
    [
      { maxSizeBytes: 50_000 * GB + 1 },
      MULTIPART,
      /maxSizeBytes.*53687091200000 by CompleteMultipartUpload\.$/,
    ],
  ] as const)('%j are refused', (request, carrier, message) => {
    const context = contextOf({});
    expect(() => check({ object: 'a', ...request }, carrier, context)).toThrow(message);
  });

  it.each([
    [{ minSizeBytes: 5 * GB, maxSizeBytes: 5 * GB }, PUT_OBJECT],
    [{ maxSizeBytes: 5 * GB }, POST_OBJECT],
    [{ maxSizeBytes: 50_000 * GB }, MULTIPART],
    [{}, POST_OBJECT],
  ])('%j are none', (request, carrier) => {
    expect(check({ object: 'a', ...request }, carrier, contextOf({}))).toMatchObject(request);
  });
});
