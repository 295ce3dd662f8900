import { expect, it } from 'vitest';
import { ClientReconciliations } from './client-reconciliations.js';

function counted() {
  const looks: string[] = [];
  const reconciliations = new ClientReconciliations({
    run: async (options) => {
      looks.push(...(options?.uploadIds ?? []));
      return undefined as never;
    },
  });
  const ask = (uploadId: string, owner: string | null) =>
    reconciliations.run({ uploadId, owner, status: 'pending', upload: null });
  return { looks, ask };
}

it.each(['eve', null])(
  'a client of the owner %j that asks without end has few looks, and takes none from others',
  async (owner) => {
    const { looks, ask } = counted();
    for (let asked = 0; asked < 1_000; asked += 1) await ask('one', owner);
    expect(looks).toHaveLength(6);
    await ask('another', 'bob');
    await ask('ownerless', null);
    expect(looks.slice(6)).toEqual(['another', 'ownerless']);
  },
);

it('an owner with many uploads takes a tenth of what there is', async () => {
  const { looks, ask } = counted();
  for (let asked = 0; asked < 1_000; asked += 1) await ask(`one ${asked}`, 'eve');
  expect(looks).toHaveLength(60);
  for (let asked = 0; asked < 1_000; asked += 1) await ask(`another ${asked}`, `owner ${asked}`);
  expect(looks).toHaveLength(600);
});
