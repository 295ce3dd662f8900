import { request } from 'node:http';
import type { PutObjectAuthorisation } from '../../src/index.js';

export interface SlowUpload {
  /** Sends the rest; resolves with the status. */
  end(): Promise<number>;
}

/** Begins an upload whose content is under way for as long as one likes. Resolves when OSS has its beginning. */
export async function beginUpload(
  { url, method, headers }: PutObjectAuthorisation,
  content: string,
): Promise<SlowUpload> {
  const sent = request(url, {
    method,
    headers: { ...headers, 'content-length': Buffer.byteLength(content) },
  });
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
  });
  await new Promise<void>((resolve, reject) => {
    sent.once('error', reject);
    sent.write(content.slice(0, 1), () => resolve());
  });
  return {
    end: () => {
      sent.end(content.slice(1));
      return answered;
    },
  };
}
