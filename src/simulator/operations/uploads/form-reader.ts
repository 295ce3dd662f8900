import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { OssFailure } from '../../server/oss-failure.js';
import { FormPartHeads } from './form-part-heads.js';

/** The fields of a form before its file; OSS ignores those after it. */
export interface FormFields {
  /** Lower-case names. */
  fields: Map<string, string>;
  /** The `x:` fields, with their names as sent. */
  variables: Record<string, string>;
}

export interface ReadForm<Received> extends FormFields {
  fileName: string;
  fileType: string;
  received: Received;
}

/** https://help.aliyun.com/en/oss/developer-reference/postobject */
const LIMITS = {
  fieldNameSize: 8 * 1024,
  fieldSize: 2 * 1024 * 1024,
  fields: 200,
  files: 1,
  headerPairs: 100,
  headerSize: 32 * 1024,
};

/**
 * Reads a form while it arrives.
 * @param receive is called with the fields before the file, and must read or resume the file
 * @throws OssFailure if it is not a form, has no file, or is incomplete
 */
export async function readForm<Received>(
  message: IncomingMessage,
  receive: (form: FormFields, file: Readable) => Promise<Received>,
): Promise<ReadForm<Received>> {
  const busboy = openForm(message);
  const form: FormFields = { fields: new Map(), variables: {} };
  let file: BusboyFileStream | undefined;
  let reading: Promise<ReadForm<Received>> | undefined;
  let isRefused = false;
  const heads = new FormPartHeads(message.headers['content-type'] ?? '');
  const finished = new Promise<void>((resolve, reject) => {
    const fail = (error: OssFailure) => {
      isRefused = true;
      file?.destroy(error);
      reject(error);
    };
    busboy.on('field', (name, value, nameTruncated, valueTruncated) => {
      if (reading !== undefined || typeof name !== 'string') return;
      if (nameTruncated || valueTruncated) fail(new OssFailure('FieldItemTooLong'));
      form.fields.set(name.toLowerCase(), value);
      if (name.startsWith('x:')) {
        Object.defineProperty(form.variables, name, {
          value,
          enumerable: true,
          configurable: true,
        });
      }
    });
    busboy.on('file', (_name, stream, fileName, _encoding, fileType) => {
      if (isRefused) {
        stream.resume();
        return;
      }
      file = stream;
      stream.on('error', () => undefined); // `receive` sees the error as well
      reading = receive(form, stream).then((received) => {
        return { ...form, fileName: fileName ?? '', fileType, received };
      });
      reading.catch(reject);
    });
    busboy.on('fieldsLimit', () => fail(new OssFailure('MalformedPOSTRequest')));
    busboy.on('error', () => fail(new OssFailure('MalformedPOSTRequest')));
    busboy.on('finish', resolve);
    message.on('close', () => {
      if (!message.complete) fail(new OssFailure('MalformedPOSTRequest'));
    });
    // OSS ignores what comes after the file, so the heads of its parts do not count either.
    message.on('data', (chunk: Buffer) => {
      if (reading === undefined && !isRefused && heads.beginsWithType(chunk)) {
        fail(new OssFailure('MalformedPOSTRequest'));
      }
    });
    message.pipe(busboy);
  });
  try {
    await finished;
    if (reading === undefined) throw new OssFailure('IncorrectNumberOfFilesInPOSTRequest');
    return await reading;
  } catch (error) {
    message.unpipe(busboy);
    throw error;
  }
}

function openForm(message: IncomingMessage) {
  const type = message.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw new OssFailure('RequestIsNotMultiPartContent');
  }
  try {
    return new Busboy({
      headers: { ...message.headers, 'content-type': type },
      limits: LIMITS,
      isPartAFile: (name) => name?.toLowerCase() === 'file',
    });
  } catch {
    throw new OssFailure('MalformedPOSTRequest'); // no boundary
  }
}
