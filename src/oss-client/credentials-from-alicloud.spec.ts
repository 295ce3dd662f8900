import { describe, expect, it, vi } from 'vitest';
import { credentialsFromAlicloud } from './credentials-from-alicloud.js';

describe('credentials from a client of @alicloud/credentials', () => {
  it('are good for a quarter of an hour where they are temporary', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    const provider = credentialsFromAlicloud({
      getCredential: () =>
        Promise.resolve({
          accessKeyId: 'STS.1',
          accessKeySecret: 'secret',
          securityToken: 'token',
          type: 'ecs_ram_role',
        }),
    });
    expect(await provider()).toEqual({
      accessKeyId: 'STS.1',
      accessKeySecret: 'secret',
      securityToken: 'token',
      expiresAt: new Date('2026-01-01T00:15:00Z'),
    });
    vi.useRealTimers();
  });

  it('have no expiry where they are an access key', async () => {
    const provider = credentialsFromAlicloud({
      getCredential: () =>
        Promise.resolve({ accessKeyId: 'LTAI', accessKeySecret: 'secret', securityToken: '' }),
    });
    expect(await provider()).toEqual({ accessKeyId: 'LTAI', accessKeySecret: 'secret' });
  });
});
