import { describe, expect, it } from 'vitest';
import { type CallbackOptions } from '../../src/index.js';
import { startAppForTest } from '../support/test-app.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const everything =
  'bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&imageInfo.height=${imageInfo.height}&imageInfo.width=${imageInfo.width}&imageInfo.format=${imageInfo.format}&my_var1=${x:var1}&my_var2=${x:var2}';

/** The callbacks of the SDKs' documentation: the body, and what else their samples set. */
const samples: [sdk: string, callback: CallbackOptions][] = [
  [
    'Java',
    {
      body: 'bucket=${bucket}&object=${object}&mimeType=${mimeType}&size=${size}&my_var1=${x:var1}&my_var2=${x:var2}',
      host: 'oss-cn-hangzhou.aliyuncs.com',
    },
  ],
  ['Java, JSON', { body: '{"mimeType":${mimeType},"size":${size}}', bodyType: JSON_TYPE }],
  ['PHP', { body: everything, bodyType: FORM, host: 'callback.oss.com' }],
  [
    'PHP, JSON',
    {
      body: '{"bucket":${bucket},"object":${object},"etag":${etag},"size":${size},"mimeType":${mimeType},"my_var1":${x:var1},"my_var2":${x:var2}}',
      bodyType: JSON_TYPE,
    },
  ],
  [
    'Node.js',
    { body: 'bucket=${bucket}&object=${object}&var1=${x:var1}&var2=${x:var2}', bodyType: FORM },
  ],
  [
    'Python',
    {
      body: 'bucket=${bucket}&object=${object}',
      bodyType: FORM,
      host: 'oss-cn-hangzhou.aliyuncs.com',
    },
  ],
  ['Python, with the size alone', { body: 'size=${size}&mimeType=${mimeType}' }],
  ['C#', { body: everything }],
  [
    'C#, JSON',
    {
      body: '{"bucket":${bucket},"object":${object},"my_var1":${x:var1},"my_var2":${x:var2}}',
      bodyType: JSON_TYPE,
    },
  ],
  [
    'Android',
    {
      body: 'filename=${object}&size=${size}&photo=${x:var1}&system=${x:var2}',
      host: 'oss-demo.aliyuncs.com',
    },
  ],
  ['iOS', { body: 'filename=${object}&my_var1=${x:var1}', bodyType: FORM }],
  [
    'C++',
    {
      body: 'bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&my_var1=${x:var1}',
    },
  ],
  [
    'C',
    {
      body: 'bucket=${bucket}&object=${object}&size=${size}&mimeType=${mimeType}',
      host: 'img-demo-cn-hangzhou.aliyuncs.com',
    },
  ],
  [
    'Ruby, with a query',
    { url: '/oss/callback?user=me&id=1', body: 'bucket=${bucket}&object=${object}' },
  ],
  [
    'Go',
    {
      body: 'filename=${object}&size=${size}&mimeType=${mimeType}&x:var1=${x:var1}',
      bodyType: FORM,
    },
  ],
  [
    'browser sample',
    {
      body: 'filename=${object}&size=${size}&mimeType=${mimeType}&height=${imageInfo.height}&width=${imageInfo.width}',
    },
  ],
  ['no name that a record has', { body: 'app=shop&pic=${imageInfo.width},${imageInfo.height}' }],
];

describe("the callbacks of the SDKs' documentation", () => {
  it.each(samples)('%s: upload, callback, verification, record', async (_sdk, callback) => {
    const world = await startAppForTest({ options: { callback } });
    for (const variables of [undefined, { var1: 'a&b="1" 变量', var2: 'value2' }]) {
      const request = { object: '目录/a b+c.txt', overwrite: true, owner: 'user', variables };
      const { uploadId, answer, etag } = await world.uploads.putObject({
        ...request,
        body: 'hello',
      });
      expect(answer).toEqual({ uploadId });
      expect(await world.audit.get(uploadId)).toMatchObject({
        status: 'completed',
        object: request.object,
        owner: 'user',
        size: 5,
        etag,
        mimeType: 'application/octet-stream',
        variables: variables ?? {},
      });
      const sent = world.oss.callbacks.at(-1);
      if (callback.host) expect(sent?.headers).toMatchObject({ Host: callback.host });
      if (callback.bodyType)
        expect(sent?.headers).toMatchObject({ 'Content-Type': callback.bodyType });
    }
  });
});
