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

const KB = 1024;
const ANSWER_WITHIN_MS = 4_000;
/** How many of the bodies below take 64 MB, with 12 KB for the request of each. */
const ROOM = 1_024;

/** Adds bodies of 52 KB by address; gives the indices of those that had to make room, in their order. */
function arrive(arriving: ArrivingBodies, addresses: string[]) {
  const gone: number[] = [];
  const bodies = addresses.map((address, index) => {
    const body = arriving.add(address, () => void gone.push(index));
    body.grow(52 * KB);
    return body;
  });
  return { gone, bodies };
}

const many = (count: number, address: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => address(index));

describe('bodies that are arriving', () => {
  it.each([
    ['of one network, the oldest first', many(ROOM + 3, () => '10.0.0.1'), [0, 1, 2]],
    ['of many networks, the oldest first', many(ROOM + 3, (n) => `10.0.0.${n}`), [0, 1, 2]],
    [
      'of one that has the most, whichever came last',
      [...many(100, () => '10.0.0.9'), ...many(ROOM - 97, (n) => `10.0.0.${n + 10}`)],
      [0, 1, 2],
    ],
    [
      'of one that came to have the most',
      [...many(70, (n) => `10.0.1.${n}`), ...many(ROOM - 67, () => '10.0.0.9')],
      [70, 71, 72],
    ],
    [
      'of one /48, however many addresses it uses',
      [
        ...many(70, (n) => `2001:db8:${n + 1}::1`),
        ...many(ROOM - 67, (n) => `2001:db8:0:${n}::${n}`),
      ],
      [70, 71, 72],
    ],
  ])('make room beyond a limit: those %s', (_which, addresses, expected) => {
    expect(arrive(new ArrivingBodies(ANSWER_WITHIN_MS), addresses).gone).toEqual(expected);
  });

  it('make room for large ones until there is enough', () => {
    const arriving = new ArrivingBodies(ANSWER_WITHIN_MS);
    const { gone } = arrive(
      arriving,
      many(ROOM, () => 'a'),
    );
    arriving.add('b', () => undefined).grow(4 * 64 * KB);
    expect(gone).toEqual([0, 1, 2, 3, 4]);
  });

  it('count with what they take beside their bytes', () => {
    const arriving = new ArrivingBodies(ANSWER_WITHIN_MS);
    const gone: number[] = [];
    for (let index = 0; index < 5_462; index += 1) {
      arriving.add('a', () => void gone.push(index)).grow(1);
    }
    expect(gone.slice(0, 2)).toEqual([0, 1]);
  });

  it('make room once, and not where they are there by now', () => {
    const arriving = new ArrivingBodies(ANSWER_WITHIN_MS);
    const { gone, bodies } = arrive(
      arriving,
      many(ROOM + 1, () => 'a'),
    );
    for (const body of bodies.slice(0, 3)) body.leave();
    for (const body of bodies.slice(0, 3)) body.leave();
    for (const body of bodies.slice(0, 3)) body.grow(4_096 * KB);
    const later = arrive(
      arriving,
      many(3, () => 'b'),
    );
    expect([gone, later.gone]).toEqual([[0, 3], []]);
  });

  it('are told why, and the log says so every ten seconds, with their number', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const arriving = new ArrivingBodies(ANSWER_WITHIN_MS);
    const reasons: unknown[] = [];
    const add = () =>
      arriving.add('2001:db8::7', (reason) => void reasons.push(reason)).grow(52 * KB);
    for (let count = 0; count < ROOM + 100; count += 1) add();
    vi.advanceTimersByTime(10_000);
    add();
    expect(reasons).toHaveLength(101);
    expect(reasons[0]).toMatchObject({
      code: 'OVERLOADED',
      hint: 'arriving bodies take more than 64 MB',
    });
    expect(errors).toEqual([
      expect.stringMatching(
        /^OVERLOADED: 1 callbacks were answered 503 while .* than 64 MB, most of it from 2001:db8:0$/,
      ),
      expect.stringMatching(/^OVERLOADED: 100 callbacks /),
    ]);
  });

  it('are late after three quarters of the time for an answer, and given up slowly, the oldest first', () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    const arriving = new ArrivingBodies(ANSWER_WITHIN_MS);
    const gone: unknown[] = [];
    for (let index = 0; index < 500; index += 1) {
      arriving.add(`10.0.0.${index}`, ({ code }) => void gone.push([index, code]));
    }
    vi.advanceTimersByTime(2_999);
    expect(gone).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(gone).toEqual(many(10, String).map((index) => [Number(index), 'DEADLINE_EXCEEDED']));
    vi.advanceTimersByTime(1_000);
    expect(gone).toHaveLength(210);
    arriving.close();
    vi.advanceTimersByTime(50);
    expect(gone).toHaveLength(500);
  });
});

it.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1'],
  ['2001:db8::1', '2001:db8:0'],
  ['2001:db8:1:2::', '2001:db8:1'],
  ['1::2:3:4:5:6:7', '1:0:2'],
  ['::1', '0:0:0'],
  ['::', '0:0:0'],
  ['', ''],
])('the network of "%s" is "%s"', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
