import type { OssUploadService } from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { sendForm, sendPut, type UploadAnswer } from '../uploads/send-upload.js';
import { BUCKET } from './front.js';
import { beginUpload, type SlowUpload } from './slow-upload.js';

export interface LostCases {
  /** Upload ids of which nothing can be found. */
  fruitless: string[];
  /** Ends the uploads that began before their tickets expired. */
  endSlowUploads(): Promise<void>;
}

const FORBIDDEN = 409;
/** The upload landed; its callback did not. */
const CALLBACK_FAILED = 203;

/** Uploads that are hard to tell apart once their callbacks are lost. All of these callbacks are. */
export async function prepareLostCases(
  oss: OssSimulator,
  uploads: OssUploadService,
  ofEach: number,
): Promise<LostCases> {
  const fruitless: string[] = [];
  const slow: SlowUpload[] = [];
  const lose = (object: string) =>
    oss.faults.inject({ at: 'callback', effect: 'drop' }, { object, times: Infinity });
  for (let index = 0; index < ofEach; index += 1) {
    // a key that was occupied beforehand
    const occupied = `occupied/${index}.txt`;
    await oss.objects.put({ bucket: BUCKET, object: occupied, body: 'was there before' });
    const late = await uploads.authorizePutObject({ object: occupied });
    expectStatus(FORBIDDEN, await sendPut(late, 'mine'));
    const form = await uploads.authorizePostObject({ object: occupied });
    expectStatus(FORBIDDEN, await sendForm(form, 'mine'));

    // two tickets for one key: the first to come has it
    const shared = `shared/${index}.txt`;
    lose(shared);
    const winner = await uploads.authorizePutObject({ object: shared });
    const loser = await uploads.authorizePostObject({ object: shared });
    expectStatus(CALLBACK_FAILED, await sendPut(winner, 'the first'));
    expectStatus(FORBIDDEN, await sendForm(loser, 'the second'));

    // two tickets that may overwrite, and one upload
    const either = `either/${index}.txt`;
    lose(either);
    const unused = await uploads.authorizePutObject({ object: either, overwrite: true });
    const used = await uploads.authorizePutObject({ object: either, overwrite: true });
    expectStatus(CALLBACK_FAILED, await sendPut(used, 'one of two'));

    // A is overwritten by B
    const overwritten = `overwritten/${index}.txt`;
    lose(overwritten);
    const before = await uploads.authorizePutObject({ object: overwritten, overwrite: true });
    const after = await uploads.authorizePostObject({ object: overwritten, overwrite: true });
    expectStatus(CALLBACK_FAILED, await sendPut(before, 'A'));
    expectStatus(CALLBACK_FAILED, await sendForm(after, 'B'));

    // two own SDKs, of which one has stored an object that names no upload
    const unnamed = `unnamed/${index}.txt`;
    const one = await uploads.authorizeSdk({ object: unnamed });
    const other = await uploads.authorizeSdk({ object: unnamed });
    await oss.objects.put({ bucket: BUCKET, object: unnamed, body: 'whose?' });

    const slowObject = `slow/${index}.txt`;
    lose(slowObject);
    const authorised = await uploads.authorizePutObject({ object: slowObject });
    slow.push(await beginUpload(authorised, 'it takes its time'));

    const without = [late, form, loser, unused, before, one, other];
    fruitless.push(...without.map(({ uploadId }) => uploadId));
  }
  return {
    fruitless,
    endSlowUploads: async () => {
      for (const upload of slow) {
        const status = await upload.end();
        expectStatus(CALLBACK_FAILED, { status, text: 'slow upload' });
      }
    },
  };
}

function expectStatus(expected: number, { status, text }: UploadAnswer): void {
  if (status !== expected) throw new Error(`${status} in place of ${expected}: ${text}`);
}
