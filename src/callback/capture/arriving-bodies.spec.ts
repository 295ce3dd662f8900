import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArrivingBodies, networkOf } from './arriving-bodies.js';

let errors: string[];
beforeEach(() => {
  errors = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: string) => void errors.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Adds bodies by address; gives the names of those that had to make room, in their order. */
function arrive(arriving: ArrivingBodies, given: string[], names: (index: number) => string) {
  const gone: string[] = [];
  const leaves = given.map((address, index) =>
    arriving.add(address, () => void gone.push(names(index))),
  );
  return { gone, leaves };
}

const many = (count: number, address: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => address(index));

describe('bodies that are arriving', () => {
  it.each([
    ['of one network, the oldest first', many(131, () => '10.0.0.1'), [0, 1, 2]],
    ['of many networks, the oldest first', many(131, (n) => `10.0.0.${n}`), [0, 1, 2]],
    [
      'of one that has the most, whichever came last',
      [...many(100, () => '10.0.0.9'), ...many(31, (n) => `10.0.0.${n + 10}`)],
      [0, 1, 2],
    ],
    [
      'of one that came to have the most',
      [...many(70, (n) => `10.0.1.${n}`), ...many(61, () => '10.0.0.9')],
      [70, 71, 72],
    ],
    [
      'of one /64, however many addresses it uses',
      [...many(70, (n) => `2001:db8:1:${n}::1`), ...many(61, (n) => `2001:db8::${n}`)],
      [70, 71, 72],
    ],
  ])('make room beyond a limit: those %s', (_which, addresses, expected) => {
    const arriving = new ArrivingBodies(1);
    const { gone } = arrive(arriving, addresses, String);
    expect(gone).toEqual(expected.map(String));
  });

  it('make room once, and not where they are there by now', () => {
    const arriving = new ArrivingBodies(128);
    const { gone, leaves } = arrive(
      arriving,
      many(129, () => 'a'),
      String,
    );
    for (const leave of leaves.slice(0, 3)) leave();
    for (const leave of leaves.slice(0, 3)) leave();
    const later = arrive(
      arriving,
      many(3, () => 'b'),
      (index) => `later ${index}`,
    );
    expect([gone, later.gone]).toEqual([['0', '3'], []]);
  });

  it.each([
    [1, 128],
    [512, 512],
    [100_000, 1_024],
  ])('are limited by "maxCallbacksInFlight", %i of them: %i', (max, limit) => {
    const arriving = new ArrivingBodies(max);
    expect(
      arrive(
        arriving,
        many(limit, () => 'a'),
        String,
      ).gone,
    ).toEqual([]);
    expect(arrive(arriving, ['a'], String).gone).toEqual([]);
    expect(errors).toHaveLength(1);
  });

  it('are told why, and the log says so every ten seconds, with their number', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const arriving = new ArrivingBodies(1);
    const reasons: unknown[] = [];
    const add = () => void arriving.add('2001:db8::7', (reason) => void reasons.push(reason));
    for (let count = 0; count < 228; count += 1) add();
    vi.advanceTimersByTime(10_000);
    add();
    expect(reasons).toHaveLength(101);
    expect(reasons[0]).toMatchObject({
      code: 'OVERLOADED',
      hint: 'more than 128 bodies are arriving, most of them from 2001:db8:0:0',
    });
    expect(errors).toEqual([
      expect.stringMatching(/^OVERLOADED: 1 callbacks were answered 503 while .* more than 128 /),
      expect.stringMatching(/^OVERLOADED: 100 callbacks /),
    ]);
  });
});

it.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['1::2:3:4:5:6:7', '1:0:2:3'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['', ''],
])('the network of "%s" is "%s"', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
