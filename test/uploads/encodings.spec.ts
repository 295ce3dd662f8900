import { Controller } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallbackBodyType,
  CallbackVariables,
  CompletedUpload,
  CustomVariablesDto,
  OssCallback,
  OssUpload,
  type OssUploadService,
  type UploadRequest,
} from '../../src/index.js';
import type { OssSimulatorOptions } from '../../src/simulator/index.js';
import { BUCKET, startOss, useTestApp } from '../support/test-app.js';
import { anyCharacter } from '../support/any-character.js';
import { PNG } from './png.js';
import { sendForm, sendPut, type UploadAnswer } from './send-upload.js';

class CaptionVariables extends CustomVariablesDto {
  @IsOptional()
  @IsString()
  caption?: string;
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload, @CallbackVariables() variables: CaptionVariables) {
    return { key: upload.object, caption: variables.caption };
  }
}

/** Each is the name of an object, and the value of a variable. */
const TEXTS = [
  'plain.txt',
  'two words',
  ' leading and trailing ',
  'a+b',
  'a%b',
  'a%2Fb',
  '%',
  '%%25',
  '100% + 1',
  "it's",
  '"quoted"',
  'a&b=c&bucket=other',
  'x:ticket=1',
  'back\\slash',
  'not \\u4e2d',
  'hash#query?semi;colon',
  'user@host:80',
  "!*'()~-_.",
  '中文 文件名.txt',
  '😀 emoji 👩‍👩‍👧',
  'e\u0301 is not \u00e9',
  'right\u202eleft',
  '\ufeffbyte order mark',
  '${object}',
  '${x:caption}',
  '$(object)',
  'null',
  'true',
  '0012',
  '1e3',
  '{"a":[1]}',
  '<a href="">&amp;</a>',
  'a/b//c/',
  'tab\tand\u0001control\u007f',
  'x'.repeat(1023),
  '中'.repeat(341),
  '"'.repeat(1023),
];

type Rendering = NonNullable<OssSimulatorOptions['rendering']>;

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/**
 * The ways in which OSS may write a text, and in JSON one that is missing; and what each writes unlike those above it. The
 * first of a type is tested with all texts.
 */
const renderings: [CallbackBodyType, Rendering, differsIn?: RegExp][] = [
  [FORM, { space: '%20' }],
  [FORM, { space: '+' }, / /],
  [JSON_TYPE, { jsonText: 'raw', jsonSlash: 'raw', missingInJson: 'as-seen' }],
  [JSON_TYPE, { jsonText: 'raw', jsonSlash: 'escaped', missingInJson: 'as-seen' }, /[/\\]/],
  [
    JSON_TYPE,
    { jsonText: 'ascii-escaped', jsonSlash: 'raw', missingInJson: 'as-seen' },
    /[^ -~]|\\/,
  ],
  [
    JSON_TYPE,
    { jsonText: 'ascii-escaped', jsonSlash: 'escaped', missingInJson: 'as-seen' },
    /[^ -~]|[/\\]/,
  ],
  [JSON_TYPE, { missingInJson: 'null' }],
  [JSON_TYPE, { missingInJson: 'empty' }],
];

type Upload = (
  uploads: OssUploadService,
  request: UploadRequest,
) => Promise<{ uploadId: string; answer: UploadAnswer }>;

const carriers: Record<CallbackBodyType, [name: string, upload: Upload]> = {
  [FORM]: [
    'forms',
    async (uploads, request) => {
      const form = await uploads.authorizePostObject(request);
      return { uploadId: form.uploadId, answer: await sendForm(form, 'x') };
    },
  ],
  [JSON_TYPE]: [
    'presigned PUTs',
    async (uploads, request) => {
      const put = await uploads.authorizePutObject(request);
      return { uploadId: put.uploadId, answer: await sendPut(put, 'x') };
    },
  ],
};

const title = 'names and values in %s bodies, written as %o';
describe.each(renderings)(title, (bodyType, rendering, differsIn) => {
  const isFirstOfItsType = renderings.find(([type]) => type === bodyType)?.[1] === rendering;
  const app = useTestApp({
    platform: bodyType === 'application/json' ? 'Fastify' : 'Express',
    controllers: [CallbackController],
    options: { callback: { bodyType } },
    createOss: () => startOss({ rendering }),
  });

  function requestFor(text: string) {
    return {
      object: text,
      variables: Object.assign(new CaptionVariables(), { caption: text }),
      overwrite: true,
    };
  }

  async function expectExact(uploadId: string, object: string, caption: string) {
    expect(await app.audit.get(uploadId)).toMatchObject({
      status: 'completed',
      object,
      variables: { caption },
      crc64: app.oss.objects.get(BUCKET, object)!.crc64,
    });
  }

  if (differsIn) {
    it('arrive exactly from the app’s own uploads', async () => {
      for (const text of TEXTS.filter((each) => differsIn.test(each))) {
        const result = await app.uploads.putObject({ ...requestFor(text), body: text });
        expect(result.answer).toEqual({ key: text, caption: text });
        await expectExact(result.uploadId, text, text);
      }
    });
  }

  // a body does not depend on how the object came
  if (isFirstOfItsType) {
    const [carrier, upload] = carriers[bodyType];
    it(`arrive exactly from ${carrier}`, async () => {
      for (const text of TEXTS) {
        const { uploadId, answer } = await upload(app.uploads, requestFor(text));
        expect(JSON.parse(answer.text)).toEqual({ key: text, caption: text });
        await expectExact(uploadId, text, text);
      }
    });
  }

  it('leave out what is empty or unset', async () => {
    const { uploadId } = await app.uploads.putObject({ object: 'empty', body: '' });
    expect(await app.audit.get(uploadId)).toMatchObject({
      size: 0,
      crc64: '0',
      etag: 'D41D8CD98F00B204E9800998ECF8427E',
      contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==',
      variables: {},
      owner: null,
      imageWidth: null,
      imageHeight: null,
      imageFormat: null,
      vpcId: null,
      clientIp: '127.0.0.1',
      operation: 'PutObject',
    });
  });

  it('tell an image’s dimensions and format', async () => {
    const { uploadId } = await app.uploads.putObject({ object: 'image', body: PNG });
    expect(await app.audit.get(uploadId)).toMatchObject({
      imageWidth: 2,
      imageHeight: 1,
      imageFormat: 'png',
      size: PNG.byteLength,
      mimeType: 'application/octet-stream',
    });
  });

  it('keep every digit of a large crc64', async () => {
    // CRC64-ECMA of these bytes, by another implementation
    const { uploadId } = await app.uploads.putObject({ object: 'crc64', body: '123456789' });
    expect(await app.audit.get(uploadId)).toMatchObject({ crc64: '11051210869376104954' });
  });

  if (!isFirstOfItsType && !differsIn) return;
  it('arrive exactly, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(objectName, variableValue, async (object, caption) => {
        const { uploadId, answer } = await app.uploads.putObject({
          object,
          variables: Object.assign(new CaptionVariables(), { caption }),
          overwrite: true,
          body: 'x',
        });
        expect(answer).toEqual({ key: object, caption });
        await expectExact(uploadId, object, caption);
      }),
      { numRuns: isFirstOfItsType ? 12 : 4 },
    );
  });
});

const length = { minLength: 1, maxLength: 60 };
const variableValue = fc
  .oneof(
    fc.string({ unit: anyCharacter, ...length }),
    fc.string({ unit: 'grapheme', ...length }),
    fc.string({ unit: fc.constantFrom(...Array.from('%+&=\\"\'/ #?;${}:2Fx中')), ...length }),
  )
  .filter((each) => each.isWellFormed() && !each.includes('\0'));

/** As OSS allows them, but for `.` and `..`, which URLs cannot carry. */
const objectName = variableValue.filter(
  (name) => !/^[/\\]/.test(name) && !/(^|\/)\.{1,2}(\/|$)/.test(name),
);
