import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ObjectOptions, STORAGE_CLASSES } from '../protocol/object-options.js';
import { toOptionTerms } from '../variables/option-terms.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import { anyCharacter } from '../../test/support/any-character.js';
import type { CallbackArrival } from './callback-arrival.js';
import { decodeTicket, encodeTicket } from './ticket-encoding.js';
import { createUploadId } from './upload-id.js';
import { MAX_TICKET_LENGTH, type TicketBinding, UploadTickets } from './upload-tickets.js';

const secret = 'a secret of thirty-two bytes, at least';
const audience = ['https://api.example.com', 'test'];
const tickets = new UploadTickets([secret], audience);
const now = new Date('2026-01-01T00:00:00Z');
const terms: UploadTerms = {
  uploadId: createUploadId(now.getTime()),
  owner: 'user-7',
  minSizeBytes: 1,
  maxSizeBytes: 5 * 1024 ** 3,
  contentTypes: ['image/png', 'image/*'],
  options: toOptionTerms({ cacheControl: 'no-store', tagging: { kind: 'avatar' } }),
  acceptUntil: new Date('2026-01-02T00:00:00Z'),
  uploadIdPinned: true,
};
const binding: TicketBinding = {
  bucket: 'photos',
  object: 'a/文.png',
  variables: { albumId: '7', title: 'x' },
};

const arrival: CallbackArrival = { path: '/oss/callback?from=oss', route: 'default' };
const content = { keyId: Buffer.alloc(4), terms, arrivals: [Buffer.alloc(16, 7)] };

function issue(
  of: UploadTerms = terms,
  to: TicketBinding = binding,
  by = tickets,
  arrivals: readonly CallbackArrival[] = [arrival],
): string {
  const ticket = by.issue(of, to, arrivals);
  if (ticket === undefined) throw new Error('no ticket');
  return ticket;
}

const text = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength });
const anyOptions: fc.Arbitrary<ObjectOptions> = fc.record(
  {
    cacheControl: text(8),
    contentDisposition: text(8),
    contentEncoding: text(8),
    storageClass: fc.constantFrom(...STORAGE_CLASSES),
    serverSideEncryption: fc.constant('KMS'),
    serverSideEncryptionKeyId: text(8),
    tagging: fc.dictionary(text(4), text(4), { maxKeys: 3 }),
    metadata: fc.oneof(fc.constant('any'), fc.dictionary(text(4), text(4), { maxKeys: 3 })),
  },
  { requiredKeys: [] },
);
const anyTerms: fc.Arbitrary<UploadTerms> = fc.record(
  {
    uploadId: fc.uuid({ version: 7 }),
    owner: text(12),
    minSizeBytes: fc.maxSafeNat(),
    maxSizeBytes: fc.maxSafeNat(),
    contentTypes: fc.array(fc.constantFrom('image/png', 'image/*', 'a/b'), { maxLength: 4 }),
    options: anyOptions.map(toOptionTerms),
    acceptUntil: fc
      .date({ min: now, max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => new Date(Math.ceil(date.getTime() / 1000) * 1000)),
    uploadIdPinned: fc.boolean(),
  },
  {
    requiredKeys: [
      'uploadId',
      'minSizeBytes',
      'contentTypes',
      'options',
      'acceptUntil',
      'uploadIdPinned',
    ],
  },
);
const anyBinding: fc.Arbitrary<TicketBinding> = fc.record({
  bucket: text(20),
  object: text(40),
  variables: fc.dictionary(text(8), text(8), { maxKeys: 4, noNullPrototype: true }),
});

describe('a ticket', () => {
  it('opens to the terms that it was issued for', () => {
    fc.assert(
      fc.property(anyTerms, anyBinding, (of, to) => {
        const ticket = issue(of, to);
        expect(ticket).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(ticket.length).toBeLessThanOrEqual(MAX_TICKET_LENGTH);
        expect(tickets.open(ticket, to, arrival, now)).toEqual({ ok: true, terms: of });
      }),
    );
  });

  it('does not depend on the order of the variables', () => {
    const turned = { ...binding, variables: { title: 'x', albumId: '7' } };
    expect(tickets.open(issue(), turned, arrival, now).ok).toBe(true);
  });

  it('is worth nothing with any bit altered', () => {
    const bytes = Buffer.from(issue(), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(
        tickets.open(altered.toString('base64url'), binding, arrival, now).ok,
        `bit ${bit}`,
      ).toBe(false);
    }
  });

  it('is worth nothing with any character altered, cut off or added', () => {
    const ticket = issue();
    for (let at = 0; at < ticket.length; at += 1) {
      for (const character of ['A', 'B', '_', '=', '+', ' ', '\n']) {
        const altered = ticket.slice(0, at) + character + ticket.slice(at + 1);
        if (altered !== ticket) expect(tickets.open(altered, binding, arrival, now).ok).toBe(false);
      }
      expect(tickets.open(ticket.slice(0, at), binding, arrival, now).ok).toBe(false);
      expect(tickets.open(ticket.slice(at + 1), binding, arrival, now).ok).toBe(false);
    }
    for (const other of [`${ticket}A`, `${ticket}=`, `${ticket}\n`, ` ${ticket}`]) {
      expect(tickets.open(other, binding, arrival, now)).toEqual({
        ok: false,
        reason: 'malformed',
      });
    }
  });

  it.each<[string, Partial<TicketBinding>]>([
    ['another bucket', { bucket: 'photos2' }],
    ['another object', { object: 'a/文.pnG' }],
    ['text moved from the bucket to the object', { bucket: 'photo', object: 'sa/文.png' }],
    ['another value', { variables: { albumId: '8', title: 'x' } }],
    ['a variable less', { variables: { albumId: '7' } }],
    ['a variable more', { variables: { albumId: '7', title: 'x', a: '' } }],
    ['another name', { variables: { albumid: '7', title: 'x' } }],
    ['values exchanged', { variables: { albumId: 'x', title: '7' } }],
    ['text moved from a name to a value', { variables: { album: 'Id7', title: 'x' } }],
  ])('is not ours with %s', (_what, other) => {
    expect(tickets.open(issue(), { ...binding, ...other }, arrival, now)).toEqual({
      ok: false,
      reason: 'not-ours',
    });
  });

  it('opens for the binding that it was issued for, and no other', () => {
    fc.assert(
      fc.property(anyBinding, anyBinding, (one, other) => {
        fc.pre(JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)));
        expect(tickets.open(issue(terms, one), other, arrival, now).ok).toBe(false);
      }),
    );
  });

  it.each([
    ['another app', ['https://other.example.com', 'test']],
    ['another environment', ['https://api.example.com', 'production']],
    ['no environment', ['https://api.example.com']],
    ['text moved between them', ['https://api.example.comtest', '']],
    ['a bucket in the audience', [...audience, 'photos']],
  ])('is not ours for %s', (_what, others) => {
    const elsewhere = new UploadTickets([secret], others);
    expect(elsewhere.open(issue(), binding, arrival, now)).toEqual({
      ok: false,
      reason: 'not-ours',
    });
  });

  it('is not ours where texts moved from the audience to the rest', () => {
    const elsewhere = new UploadTickets([secret], []);
    const moved = {
      bucket: audience[0]!,
      object: audience[1]!,
      variables: { photos: binding.object },
    };
    const ours = issue(terms, { ...binding, variables: {} });
    expect(elsewhere.open(ours, moved, arrival, now)).toEqual({ ok: false, reason: 'not-ours' });
  });

  it.each<[string, CallbackArrival]>([
    ['on another path', { path: '/oss/kyc?from=oss', route: 'default' }],
    ['with another query', { path: '/oss/callback?from=me', route: 'default' }],
    ['without its query', { path: '/oss/callback', route: 'default' }],
    ['in other letters', { path: '/oss/Callback?from=oss', route: 'default' }],
    ['with an escape that says the same', { path: '/oss/%63allback?from=oss', route: 'default' }],
    ['with a slash more', { path: '/oss/callback/?from=oss', route: 'default' }],
    ['on another route of the same path', { path: arrival.path, route: 'kyc' }],
    ['on a route with the guard alone', { path: arrival.path, route: '' }],
    ['on a route that is not known', { path: arrival.path }],
    ['with text moved from the path to the route', { path: '/oss/', route: 'callback?from=oss' }],
  ])('that arrives %s is not taken, and says which upload it was', (_how, elsewhere) => {
    expect(tickets.open(issue(), binding, elsewhere, now)).toEqual({
      ok: false,
      reason: 'elsewhere',
      terms,
    });
  });

  it('is taken at each of its upload’s callback URLs', () => {
    const five = Array.from({ length: 5 }, (_, index) => ({ path: `/oss/${index}`, route: 'a' }));
    const ticket = issue(terms, binding, tickets, five);
    for (const one of five) expect(tickets.open(ticket, binding, one, now).ok).toBe(true);
    expect(tickets.open(ticket, binding, arrival, now).ok).toBe(false);
  });

  it('is taken on every route of a URL whose route the app that issued it does not know', () => {
    const ticket = issue(terms, binding, tickets, [{ path: arrival.path }]);
    for (const route of ['default', 'kyc', '']) {
      expect(tickets.open(ticket, binding, { ...arrival, route }, now).ok).toBe(true);
    }
    expect(tickets.open(ticket, binding, { path: '/oss/kyc' }, now).ok).toBe(false);
  });

  it('expires, and still says which upload it was', () => {
    const { acceptUntil } = terms;
    const later = (ms: number) => new Date(acceptUntil.getTime() + ms);
    expect(tickets.open(issue(), binding, arrival, later(0)).ok).toBe(true);
    expect(tickets.open(issue(), binding, arrival, later(1))).toEqual({
      ok: false,
      reason: 'expired',
      terms,
    });
  });

  it('that is not ours is not read, expired or not', () => {
    const other = { ...binding, object: 'b' };
    const late = new Date(terms.acceptUntil.getTime() + 1);
    expect(tickets.open(issue(), other, arrival, late)).toEqual({ ok: false, reason: 'not-ours' });
  });

  it('has at most 512 characters, or is not issued', () => {
    const lengths = new Set<number>();
    for (let length = 250; length < 330; length += 1) {
      const ticket = tickets.issue(
        { ...terms, contentTypes: [], owner: 'o'.repeat(length) },
        binding,
        [arrival],
      );
      if (ticket) {
        lengths.add(ticket.length);
        expect(tickets.open(ticket, binding, arrival, now).ok).toBe(true);
      }
    }
    expect(Math.max(...lengths)).toBe(MAX_TICKET_LENGTH);
    for (const owner of ['o'.repeat(330), 'o'.repeat(70_000)]) {
      expect(tickets.issue({ ...terms, owner }, binding, [arrival])).toBeUndefined();
    }
  });
});

describe('secrets', () => {
  const next = 'the next secret, also thirty-two bytes';

  it('rotate: the first signs, all open', () => {
    const rotated = new UploadTickets([next, secret], audience);
    expect(rotated.open(issue(), binding, arrival, now).ok).toBe(true);
    const fresh = issue(terms, binding, rotated);
    expect(rotated.open(fresh, binding, arrival, now).ok).toBe(true);
    expect(new UploadTickets([next], audience).open(fresh, binding, arrival, now).ok).toBe(true);
    expect(tickets.open(fresh, binding, arrival, now)).toEqual({
      ok: false,
      reason: 'unknown-secret',
    });
  });

  it('do not open what another made, even under their own key id', () => {
    const foreign = Buffer.from(
      issue(terms, binding, new UploadTickets([next], audience)),
      'base64url',
    );
    Buffer.from(issue(), 'base64url').copy(foreign, 2, 2, 6);
    expect(tickets.open(foreign.toString('base64url'), binding, arrival, now)).toEqual({
      ok: false,
      reason: 'not-ours',
    });
  });

  it('are compared in constant time, bytes of equal length', () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      tickets.open(issue(), binding, arrival, now);
      tickets.open(issue(), { ...binding, object: 'b' }, arrival, now);
      expect(compare.mock.results.map(({ value }) => value as boolean)).toEqual([true, false]);
      for (const sides of compare.mock.calls) {
        expect(sides.map(({ byteLength }) => byteLength)).toEqual([32, 32]);
      }
    } finally {
      compare.mockRestore();
      syncBuiltinESMExports();
    }
  });
});

describe('whatever comes instead of a ticket', () => {
  it('is refused without a throw', () => {
    const fixed = encodeTicket(content);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.nat(fixed.length), fc.uint8Array({ maxLength: 120 }))
        .map(([kept, rest]) => Buffer.concat([fixed.subarray(0, kept), rest])),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyCharacter, maxLength: 600 }),
          bytes.map((some) => Buffer.from(some).toString('base64url')),
        ),
        (ticket) => {
          expect(tickets.open(ticket, binding, arrival, now)).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 1_000 },
    );
    expect(tickets.open('A'.repeat(5_000_000), binding, arrival, now)).toMatchObject({ ok: false });
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['another version', (bytes) => bytes.fill(2, 0, 1)],
    ['an unknown flag', (bytes) => bytes.fill(8, 1, 2)],
    ['no place to arrive at', (bytes) => bytes.fill(0, 44, 45)],
    ['more places than fit', (bytes) => bytes.fill(0xff, 44, 45)],
    ['more options than fit', (bytes) => bytes.fill(0xff, 45, 46)],
    ['an unknown option', (bytes) => bytes.fill(0xff, 62, 63)],
    ['an option that is there twice', (bytes) => bytes.copyWithin(75, 62, 75)],
    ['no owner', (bytes) => bytes.subarray(0, 88)],
    ['a length beyond the end', (bytes) => bytes.fill(0xff, 88, 90)],
    ['half a length', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
  ])('is not decoded with %s', (_what, change) => {
    const bytes = encodeTicket(content);
    expect(decodeTicket(bytes)).toEqual(content);
    expect(decodeTicket(change(bytes))).toBeUndefined();
  });
});

function sorted({ bucket, object, variables }: TicketBinding) {
  return [bucket, object, Object.entries(variables).toSorted(([a], [b]) => (a < b ? -1 : 1))];
}
