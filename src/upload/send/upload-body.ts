import { Crc64 } from '../../protocol/checksum/crc64.js';
import { MAX_UPLOAD_BYTES } from '../../protocol/object-limits.js';
import { invalidRequest } from '../authorize/invalid-request.js';
import type { UploadStream } from '../upload-request.js';

/** How many bytes a body may have. */
export interface BodyLimits {
  /** Size of the body, if it is known. */
  sizeBytes: number | undefined;
  minSizeBytes: number;
  maxSizeBytes: number | undefined;
}

/** A body that counts its bytes and their checksum while it is sent, and fails if it violates its limits. */
export class MeteredBody implements AsyncIterable<Uint8Array> {
  readonly #crc64 = new Crc64();
  sentBytes = 0;

  constructor(
    private readonly source: UploadStream,
    private readonly limits: BodyLimits,
    private readonly onSent?: (sentBytes: number) => void,
  ) {}

  get crc64(): bigint {
    return this.#crc64.digest();
  }

  /** @throws OssCallbackError `INVALID_UPLOAD_REQUEST`, before OSS has the whole body, so that it stores nothing */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { sizeBytes, minSizeBytes, maxSizeBytes = MAX_UPLOAD_BYTES } = this.limits;
    const source = bytesOf(this.source);
    try {
      for (let next = await source.next(); !next.done;) {
        const bytes = next.value;
        const sentBytes = this.sentBytes + bytes.byteLength;
        if (sentBytes > Math.min(maxSizeBytes, sizeBytes ?? Infinity)) {
          throw sizeBytes === undefined
            ? invalidRequest('body', `has more than ${maxSizeBytes} bytes; nothing is stored`)
            : notAsDeclared(sizeBytes);
        }
        this.#crc64.update(bytes);
        this.sentBytes = sentBytes;
        this.onSent?.(sentBytes);
        // The last bytes of a declared size complete the body, so make sure first that nothing follows.
        const following = sentBytes === sizeBytes ? await source.next() : undefined;
        if (following && !following.done) throw notAsDeclared(sentBytes);
        yield bytes;
        next = following ?? (await source.next());
      }
    } finally {
      await source.return(undefined);
    }
    if (sizeBytes !== undefined && this.sentBytes !== sizeBytes) throw notAsDeclared(sizeBytes);
    if (this.sentBytes < minSizeBytes) {
      throw invalidRequest('body', `has less than ${minSizeBytes} bytes; nothing is stored`);
    }
  }
}

async function* bytesOf(source: UploadStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of source as AsyncIterable<unknown>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    if (!(bytes instanceof Uint8Array))
      throw invalidRequest('body', 'yields something other than bytes or text');
    if (bytes.byteLength > 0) yield bytes;
  }
}

function notAsDeclared(sizeBytes: number) {
  return invalidRequest(
    'body',
    `does not have the ${sizeBytes} bytes of "sizeBytes"; nothing is stored`,
  );
}
