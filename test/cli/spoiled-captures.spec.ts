import { describe, expect, it } from 'vitest';
import { readPublicKey } from '../../src/callback/keys/public-key.js';
import { readCaptures } from '../../src/cli/verify/read-captures.js';
import { verifyCapture } from '../../src/cli/verify/verify-capture.js';
import { toJsonReport, writeTextReport } from '../../src/cli/verify/verify-report.js';
import { createTestKeyPair } from '../../src/testing/index.js';
import { altered, rawGenuine } from './raw-captures.js';

const wireshark = rawGenuine('docs-wireshark-2018');
const query = rawGenuine('docs-signature-example');

/** What the command prints for one capture. */
function verify(bytes: Buffer, pem?: string): string {
  const [capture] = readCaptures(bytes);
  if (!capture) return expect.fail('there is no capture');
  const publicKey = pem === undefined ? undefined : readPublicKey(pem);
  const result = verifyCapture(capture, { publicKey, publicPath: (path) => path });
  expect(toJsonReport({ capture, result })).toMatchObject({ verified: result.verified });
  return writeTextReport({ capture, result });
}

describe('a genuine callback that was spoiled is not verified, and it is said why:', () => {
  it.each([
    [
      'a prefix added',
      altered(query, 'POST /index.php', 'POST /internal/index.php'),
      "publicPath: { removePrefix: '/internal' }",
    ],
    ['a query reordered', altered(query, 'id=1&index=2', 'index=2&id=1'), 'a proxy reordered it'],
    [
      'a query lost',
      altered(
        altered(query, '?id=1&index=2', ''),
        'host: ',
        'x-original-uri: /index.php?id=1&index=2\r\nhost: ',
      ),
      'a proxy dropped it',
    ],
    [
      'the body written again',
      altered(
        altered(wireshark, 'image%2Fpng', 'image%2fpng'),
        'filename=.snap',
        'filename=%2esnap',
      ),
      'the form was parsed and written again',
    ],
    [
      'a complete URL in the request line',
      altered(wireshark, 'POST / ', 'POST http://a.example/ '),
      'origin-form',
    ],
    ['a forged signature', altered(wireshark, 'fsNxFF0w', 'fsNxFF0x'), 'it is forged, truncated'],
    [
      'another body',
      altered(wireshark, 'size=6014', 'size=6015'),
      'According to its Content-MD5, the body was changed in transit',
    ],
    ['no signature', altered(wireshark, 'authorization', 'x-other'), 'Authorization is missing'],
    ['another key', altered(wireshark, 'nb3NzcHVi', 'nb3NzcHVj'), 'is not a key URL of OSS'],
    [
      'a key that is not shipped',
      altered(wireshark, 'MS5wZW0=', 'Mi5wZW0='),
      'pass it with --public-key',
    ],
    [
      'a path that OSS cannot sign',
      altered(wireshark, 'POST / ', 'POST /%0a '),
      'OSS cannot have signed this path',
    ],
  ])('%s', (_what, capture, says) => {
    const report = verify(capture);
    expect(report).toMatch(/^NOT VERIFIED\n/);
    expect(report).toContain(says);
  });
});

it('a capture that an editor saved, with LF alone and a line feed at the end, is verified', () => {
  const saved = `${wireshark.toString('latin1').replaceAll('\r\n', '\n')}\n`;
  const report = verify(Buffer.from(saved, 'latin1'));
  expect(report).toMatch(/^Verified\n/);
  expect(report).toContain('LF line ends');
  expect(report).toContain(
    'The body has 77 bytes, but Content-Length is 76: the line end after the body',
  );
});

it('a signature of OSS that is held against another key is told', () => {
  const report = verify(wireshark, createTestKeyPair().publicKey);
  expect(report).toMatch(/^NOT VERIFIED\n/);
  expect(report).toContain('did not make this signature, "https://gosspublic.alicdn.com');
});

it('another method than POST is noted', () => {
  const report = verify(altered(wireshark, 'POST / ', 'PUT / '));
  expect(report).toMatch(/^Verified\n/);
  expect(report).toContain('OSS sends POST, not "PUT"');
});

it('nothing of a capture is printed that a terminal would obey', () => {
  const report = verify(altered(wireshark, 'POST / ', 'POST /\u009b31m\u0085 '));
  expect(report.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(report).toContain('"/\\u009b31m\\u0085"');
});
