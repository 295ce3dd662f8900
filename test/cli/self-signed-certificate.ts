import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';

export interface CertificatePlan {
  /** The name it is for. */
  name: string;
  validFrom: Date;
  validTo: Date;
}

const DAY_MS = 86_400_000;

/** A certificate that signs itself, made anew each time: no private key is kept anywhere. RFC 5280. */
export function selfSignedCertificate(plan: Partial<CertificatePlan> & { name: string }): {
  key: string;
  cert: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const from = plan.validFrom ?? new Date(Date.now() - DAY_MS);
  const to = plan.validTo ?? new Date(Date.now() + 90 * DAY_MS);
  const spki = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  const ecdsaWithSha256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
  const commonName = sequence(
    element(0x31, sequence(Buffer.from('0603550403', 'hex'), element(0x0c, plan.name))),
  );
  const alternativeName = sequence(element(0x82, plan.name));
  const isAuthority = sequence(Buffer.from('0101ff', 'hex'));
  const extensions = sequence(
    sequence(Buffer.from('0603551d11', 'hex'), element(0x04, alternativeName)),
    sequence(Buffer.from('0603551d13', 'hex'), element(0x04, isAuthority)),
  );
  const content = sequence(
    element(0xa0, Buffer.from('020102', 'hex')),
    element(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    commonName,
    sequence(element(0x17, utcTime(from)), element(0x17, utcTime(to))),
    commonName,
    spki,
    element(0xa3, extensions),
  );
  const signature = sign('sha256', content, createPrivateKey(privateKey));
  const der = sequence(content, ecdsaWithSha256, element(0x03, Buffer.of(0), signature));
  return {
    key: privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, ...parts);
}

function element(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'utf8')));
  const { byteLength } = content;
  const length =
    byteLength < 0x80
      ? [byteLength]
      : byteLength < 0x100
        ? [0x81, byteLength]
        : [0x82, byteLength >> 8, byteLength & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function utcTime(time: Date): string {
  return `${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`;
}
