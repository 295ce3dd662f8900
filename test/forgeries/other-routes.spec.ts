import type { IncomingMessage } from 'node:http';
import {
  Controller,
  HttpCode,
  Param,
  Post,
  Query,
  UseGuards,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { OssCallback, OssCallbackGuard } from '../../src/index.js';
import { authoriseBody, type CallbackToSend, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startAppForTest, useTestApp } from '../support/test-app.js';
import { expectRefused, type Refused } from './refused.js';

/** The methods that ran, with what they were given. */
const ran: unknown[] = [];
const run = (...given: unknown[]) => void ran.push(given);

@Controller('oss')
class OssController {
  @Version('2')
  @OssCallback('callback', { name: 'next' })
  onUploadOfNextVersion() {
    run('next version');
  }

  @OssCallback('callback')
  onUpload(@Query('shop') shop?: string) {
    run('upload', shop);
  }

  @OssCallback('kyc', { name: 'kyc' })
  onIdentityCard() {
    run('identity card');
  }
}

@Controller(':tenant')
class TenantController {
  @OssCallback('uploaded', { name: 'tenant' })
  onUpload(@Param('tenant') tenant: string, @Query('plan') plan?: string) {
    run(tenant, plan);
  }

  @Post('guarded')
  @HttpCode(200)
  @UseGuards(OssCallbackGuard)
  guarded(@Param('tenant') tenant: string) {
    run('guarded', tenant);
  }
}

const refused: Refused = {
  status: 403,
  code: 'TICKET_INVALID',
  message: 'The ticket is not valid.',
  signed: true,
  reason: 'its callback belongs to another URL or route',
};

describe.each(platforms)(
  'a ticket of one route, sent by OSS for a forger to another, on %s',
  (platform) => {
    const world = useTestApp({
      platform,
      controllers: [OssController, TenantController],
      configure: (app) =>
        void app.enableVersioning({
          type: VersioningType.CUSTOM,
          extractor: (request) =>
            String((request as IncomingMessage).headers['x-version'] ?? 'none'),
          defaultVersion: VERSION_NEUTRAL,
        }),
      signsCallbacks: true,
      options: {
        callback: { url: ['/acme/uploaded?plan=free', '/acme/guarded', '/oss/callback?shop=7'] },
      },
    });
    beforeEach(() => void ran.splice(0));

    it.each<[target: string, given: unknown[]]>([
      ['/acme/uploaded?plan=free', ['acme', 'free']],
      ['/acme/guarded', ['guarded', 'acme']],
      ['/oss/callback?shop=7', ['upload', '7']],
    ])('is taken at %s, which is one of the URLs of its upload', async (target, given) => {
      const { body } = await authoriseBody(world);
      const { status } = await sendCallback(world, { target, body });
      expect([status, ran]).toEqual([200, [given]]);
    });

    it('is taken at the one route that its upload names', async () => {
      const { body } = await authoriseBody(world, {}, { callback: 'kyc' });
      await expectRefused(
        world,
        () => sendCallback(world, { target: '/oss/callback?shop=7', body }),
        refused,
      );
      expect((await sendCallback(world, { target: '/oss/kyc', body })).status).toBe(200);
      expect(ran).toEqual([['identity card']]);
    });

    it.each<[what: string, callback: Omit<CallbackToSend, 'body'>]>([
      ['the route of another name', { target: '/oss/kyc' }],
      ['its route with another query', { target: '/oss/callback?shop=8' }],
      ['its route with a longer query', { target: '/oss/callback?shop=7&shop=8' }],
      ['its route without a query', { target: '/oss/callback' }],
      ['its path for another tenant', { target: '/evil/uploaded?plan=free' }],
      ['its path with another plan', { target: '/acme/uploaded?plan=enterprise' }],
      ['its path in other letters', { target: '/ACME/uploaded?plan=free' }],
      ['its path with an escape in place of a letter', { target: '/%61cme/uploaded?plan=free' }],
      ['its path with a slash at the end', { target: '/acme/uploaded/?plan=free' }],
    ])('runs nothing at %s', async (_what, callback) => {
      const { body, uploadId } = await authoriseBody(world);
      const row = await expectRefused(
        world,
        () => sendCallback(world, { ...callback, body }),
        refused,
      );
      expect(ran).toEqual([]);
      expect(row).toMatchObject({ uploadId, path: callback.target!.split('?')[0] });
      expect(row.reason).not.toContain('shop=');
      // nothing but the place was wrong with it
      expect((await sendCallback(world, { target: '/oss/callback?shop=7', body })).status).toBe(
        200,
      );
    });

    it('runs nothing under the guard alone, for another tenant', async () => {
      const { body } = await authoriseBody(world);
      const response = await sendCallback(world, { target: '/evil/guarded', body });
      expect([response.status, response.json(), ran]).toEqual([
        403,
        { code: refused.code, message: refused.message },
        [],
      ]);
    });

    it('runs nothing at another version of the route that its upload names, which an unsigned header chooses', async () => {
      const { body } = await authoriseBody(world, {}, { callback: 'default' });
      const headers = { 'x-version': '2' };
      await expectRefused(world, () => sendCallback(world, { body, headers }), refused);
      expect((await sendCallback(world, { body })).status).toBe(200);
      expect(ran).toEqual([['upload', undefined]]);
    });
  },
);

it('a route whose path has parameters is no target by name alone, since nothing says what stands in their place', async () => {
  const world = await startAppForTest({ controllers: [OssController, TenantController] });
  await expect(
    world.uploads.authorizePutObject({ object: 'a.txt', callback: 'tenant' }),
  ).rejects.toMatchObject({
    code: 'INVALID_UPLOAD_REQUEST',
    message: expect.stringContaining(
      'whose paths have no parameters are named "next", "default", "kyc"',
    ),
  });
});
