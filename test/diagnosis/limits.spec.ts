import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  diagnoseSignature,
  MAX_SIGNATURE_VARIANTS,
} from '../../src/callback/diagnosis/signature-diagnosis.js';
import { urlVariants } from '../../src/callback/diagnosis/signature-diagnosis-urls.js';
import {
  MAX_EXPLANATIONS_PER_MINUTE,
  SignatureExplainer,
} from '../../src/callback/diagnosis/signature-explainer.js';
import { diagnose, FORM, JSON_BODY, pair, spoil } from './spoiled-callback.js';

/** Everything that gives a variant at once. */
const PLENTY = {
  received: '/internal/a%20b/oss/callback?c=1+2&b=%2f&a=3',
  headers: {
    'x-original-uri': '/one/oss/callback',
    'x-rewrite-url': '/two/oss/callback',
    'x-forwarded-prefix': '/three',
  },
  callbackUrls: ['/four', '/five?a', 'https://six.example/six', '/seven', '/eight'],
};

describe('at most 16 variants are held against a signature', () => {
  const variants = urlVariants(spoil({ url: '/never' }, PLENTY));

  it('finds the sixteenth, and not the seventeenth', () => {
    expect(MAX_SIGNATURE_VARIANTS).toBe(16);
    expect(variants.length).toBeGreaterThan(20);
    const [sixteenth = '', seventeenth = ''] = variants.slice(15);
    expect(diagnose({ url: sixteenth }, PLENTY)).toMatchObject({
      found: 'request',
      url: sixteenth,
      variantsTried: 16,
    });
    expect(diagnose({ url: seventeenth }, PLENTY)).toMatchObject({
      found: 'nothing',
      variantsTried: 16,
    });
  });

  it.each([FORM, JSON_BODY, 'x', ''])('whatever the body is: %s', (body) => {
    for (const withoutMd5 of [false, true]) {
      const diagnosis = diagnose({ url: '/never' }, { ...PLENTY, body, withoutMd5 });
      expect(diagnosis.variantsTried).toBeLessThanOrEqual(16);
      expect(diagnosis.found).toBe('nothing');
    }
  });

  it('finds within them what it says first, where Content-MD5 is there and where it is not', () => {
    for (const withoutMd5 of [false, true]) {
      const diagnosis = diagnose(
        { url: '/api/oss/callback?b=1&a=2' },
        { received: '/oss/callback?b=1&a=2', withoutMd5 },
      );
      expect(diagnosis).toMatchObject({ found: 'request', variantsTried: 1 });
    }
  });

  it('is cheap for the largest body that is looked into', () => {
    const failure = spoil({ url: '/never' }, { ...PLENTY, body: 'a'.repeat(65_536) });
    diagnoseSignature(failure);
    const startedAt = performance.now();
    for (let round = 0; round < 10; round += 1) diagnoseSignature(failure);
    const eachMs = (performance.now() - startedAt) / 10;
    console.log(`a diagnosis of 64 KiB that finds nothing: ${eachMs.toFixed(2)} ms`);
    expect(eachMs).toBeLessThan(200);
  });
});

describe('explanations are limited', () => {
  const failure = spoil({ url: '/api/x' }, { received: '/x' });
  const options = {
    callback: { urls: [] },
    localOss: undefined,
  } as unknown as ConstructorParameters<typeof SignatureExplainer>[0];

  it('to ten within any minute, by a clock that only goes forward', () => {
    let nowMs = 1_000;
    const explainer = new SignatureExplainer(options, () => nowMs);
    const explain = () => explainer.explain(failure).includes("addPrefix: '/api'");
    expect(MAX_EXPLANATIONS_PER_MINUTE).toBe(10);
    for (let count = 0; count < 10; count += 1) {
      expect(explain()).toBe(true);
      nowMs += 1_000;
    }
    expect(explain()).toBe(false);
    expect(explainer.explain(failure)).toBe(
      'checked for the path "/x"; not explained, as 10 others were within a minute. "npx oss-callback verify" explains a captured request',
    );
    nowMs = 60_999;
    expect(explain()).toBe(false);
    nowMs = 61_000;
    expect(explain()).toBe(true);
    expect(explain()).toBe(false);
    nowMs = 61_999;
    expect(explain()).toBe(false);
    nowMs = 200_000;
    expect(Array.from({ length: 12 }, explain).filter(Boolean)).toHaveLength(10);
  });

  it('and forged signatures use up none', () => {
    const explainer = new SignatureExplainer(options, () => 0);
    const authorization = Buffer.alloc(64, 1).toString('base64');
    for (let count = 0; count < 100; count += 1) {
      expect(explainer.explain({ ...failure, authorization })).toContain('it is forged, or cut');
    }
    expect(explainer.explain(failure)).toContain("addPrefix: '/api'");
  });

  it('where a local OSS may have made a new key, that is said', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const localOss = { url: 'http://127.0.0.1:9100' };
    const restarted = new SignatureExplainer({ ...options, localOss });
    expect(restarted.explain({ ...failure, publicKey })).toContain('start the app after it');
    const given = { ...localOss, publicKey: pair.publicKey };
    expect(
      new SignatureExplainer({ ...options, localOss: given }).explain({ ...failure, publicKey }),
    ).toContain('"http://127.0.0.1:9100 (option localOss)" did');
  });
});
