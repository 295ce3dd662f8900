import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from './write-file.js';

export interface CallbackKeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** SPKI PEM, the form of OSS's own key file. */
  publicKeyPem: string;
}

const FILE_NAME = 'callback-private-key.pem';

/** The key pair that signs callbacks: new at each start, or the one kept in the folder. */
export async function loadKeyPair(bits: number, dataDirectory?: string): Promise<CallbackKeyPair> {
  if (dataDirectory === undefined) return describe(generate(bits));
  await mkdir(dataDirectory, { recursive: true });
  const path = join(dataDirectory, FILE_NAME);
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return describe(createPrivateKey(kept));
  const privateKey = generate(bits);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFileAtomically(path, pem, 0o600);
  return describe(privateKey);
}

function generate(bits: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
}

function describe(privateKey: KeyObject): CallbackKeyPair {
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicKey, publicKeyPem };
}
