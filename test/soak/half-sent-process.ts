import { HalfSentBodies, type HalfSentOrder } from './half-sent-bodies.js';

/** {@link HalfSentBodies} in a process of its own: what it opens, the app's process does not have to pay for. */
const bodies = new HalfSentBodies(JSON.parse(process.argv[2] ?? '{}') as HalfSentOrder);
await bodies.start();
process.send?.('started');
process.on('message', () => process.send?.(bodies.opened));
process.once('disconnect', () => {
  bodies.stop();
  process.exit(0);
});
