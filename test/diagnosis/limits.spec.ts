import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeDiagnosis } from '../../src/callback/diagnosis/signature-diagnosis-text.js';
import { MAX_SIGNATURE_VARIANTS } from '../../src/callback/diagnosis/signature-diagnosis.js';
import { urlVariants } from '../../src/callback/diagnosis/signature-diagnosis-urls.js';
import {
  MAX_EXPLANATIONS_PER_MINUTE,
  SignatureExplainer,
} from '../../src/callback/diagnosis/signature-explainer.js';
import { OSS_CALLBACK_PUBLIC_KEYS } from '../../src/protocol/callback/public-key-url.js';
import { genuineCallbacks } from '../genuine/genuine-callbacks.js';
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

  it('none of a body that is larger than any of OSS', () => {
    const limited = diagnose({ url: '/api/x' }, { received: '/x', body: 'a'.repeat(16_385) });
    expect(limited).toMatchObject({ found: 'nothing', limitedBy: 'size', variantsTried: 0 });
    expect(describeDiagnosis(limited).text).toContain('its body is too large to search for it');
    const body = 'a'.repeat(16_384);
    expect(diagnose({ url: '/api/x', body }, { received: '/x' })).toMatchObject({
      found: 'request',
      url: '/api/x',
    });
  });

  it('and no further one where the time is over', () => {
    const limited = diagnose({ url: '/v1/x' }, { received: '/x' }, { maxMs: 0 });
    expect(limited).toMatchObject({ found: 'nothing', limitedBy: 'time', variantsTried: 1 });
    expect(describeDiagnosis(limited).text).toContain('1 variants');
    expect(describeDiagnosis(limited).text).toContain('and time ran out');
  });
});

describe('explanations are limited', () => {
  const failure = spoil({ url: '/api/x' }, { received: '/x' });
  const options = {
    callback: { urls: [] },
    localOss: undefined,
  } as unknown as ConstructorParameters<typeof SignatureExplainer>[0];

  it('to ten in a minute', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const explainer = new SignatureExplainer(options);
    const explain = () => explainer.explain(failure).text.includes("addPrefix: '/api'");
    const count = () => Array.from({ length: 12 }, explain).filter(Boolean).length;
    expect(MAX_EXPLANATIONS_PER_MINUTE).toBe(10);
    expect(count()).toBe(10);
    expect(explainer.explain(failure).text).toBe(
      'checked for the path "/x"; not explained, as 10 others were within a minute. "npx oss-callback verify" explains a captured request',
    );
    vi.advanceTimersByTime(59_999);
    expect(count()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(count()).toBe(10);
  });

  it('and forged signatures use up none', () => {
    const explainer = new SignatureExplainer(options);
    const authorization = Buffer.alloc(64, 1).toString('base64');
    for (let count = 0; count < 100; count += 1) {
      expect(explainer.explain({ ...failure, authorization }).text).toContain(
        'it is forged, truncated',
      );
    }
    expect(explainer.explain(failure).text).toContain("addPrefix: '/api'");
  });

  it.each(genuineCallbacks.map(({ id, authorization }) => [id, authorization]))(
    'and the signature that %s publishes is not looked into, however often it comes',
    (_id, authorization) => {
      const explainer = new SignatureExplainer(options);
      const [publicKey = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
      const published = { ...failure, authorization, publicKey: createPublicKey(publicKey) };
      for (let count = 0; count < 20; count += 1) {
        expect(explainer.explain(published).text).toBe(
          'checked for the path "/x"; this signature of OSS is published in documentation, for a different request',
        );
      }
      expect(explainer.explain(failure).text).toContain("addPrefix: '/api'");
    },
  );

  it('where a local OSS may have made a new key, that is said', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const localOss = { url: 'http://127.0.0.1:9100' };
    const restarted = new SignatureExplainer({ ...options, localOss });
    expect(restarted.explain({ ...failure, publicKey }).text).toContain('start the app after it');
    const given = { ...localOss, publicKey: pair.publicKey };
    expect(
      new SignatureExplainer({ ...options, localOss: given }).explain({ ...failure, publicKey })
        .text,
    ).toContain('"http://127.0.0.1:9100 (option localOss)" did');
  });
});
