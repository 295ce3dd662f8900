import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../storage/write-file.js';

export interface CallbackKeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** SPKI PEM, the form of OSS's own key file. */
  publicKeyPem: string;
}

/** The key pair that an earlier run kept in its folder. */
export async function findKeyPair(
  version: number,
  dataDirectory: string | undefined,
): Promise<CallbackKeyPair | undefined> {
  if (dataDirectory === undefined) return undefined;
  const pem = await readFile(pathOf(version, dataDirectory), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  return pem === undefined ? undefined : describe(createPrivateKey(pem));
}

export function makeKeyPair(bits: number): CallbackKeyPair {
  return describe(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
}

export async function keepKeyPair(
  { privateKey }: CallbackKeyPair,
  version: number,
  dataDirectory: string,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFileAtomically(pathOf(version, dataDirectory), pem, 0o600);
}

function pathOf(version: number, dataDirectory: string): string {
  return join(dataDirectory, `callback-private-key${version === 1 ? '' : `-v${version}`}.pem`);
}

function describe(privateKey: KeyObject): CallbackKeyPair {
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicKey, publicKeyPem };
}
